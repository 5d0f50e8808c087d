import { arn, parseArn } from '#kernel/values/arn'
import { invalidParameter } from './refusals.ts'

/** One account in one Region. */
export interface Cell {
  readonly account: string
  readonly region: string
}

/** A group by its place and name. */
export interface GroupId extends Cell {
  readonly name: string
}

/** `arn:…:log-group:<name>`: as tags and `logGroupArn` have it. */
export const groupArn = ({ account, region, name }: GroupId): string =>
  arn('logs', region, account, `log-group:${name}`)

/** The same with `:*`: the `arn` of answers, and the source of what the group does. */
export const groupArnOfAll = (group: GroupId): string => `${groupArn(group)}:*`

/**
 * The ARN that permissions on a stream are asked for; without a stream those on the group, as refusals of the service show it:
 * policies for `log-group:<name>:*` take both.
 */
export const streamArn = (group: GroupId, stream = ''): string => `${groupArn(group)}:log-stream:${stream}`

const GROUP = /^log-group:([.\-_/#A-Za-z0-9]{1,512})(?::\*)?$/

/** The group that an ARN names, with `:*` or without; undefined when it is none. */
export function groupOfArn(text: string): GroupId | undefined {
  const parsed = parseArn(text)
  if (parsed?.service !== 'logs') return undefined
  const [, name] = GROUP.exec(parsed.resource) ?? []
  return name === undefined ? undefined : { account: parsed.account, region: parsed.region, name }
}

/** How a call may name a group. */
export interface Named {
  readonly logGroupName?: string | undefined
  readonly logGroupIdentifier?: string | undefined
}

/**
 * The group that a call means: by name, or by name or ARN. Source: API_GetLogEvents: one of the two must be given, not both.
 */
export function groupNamed({ logGroupName, logGroupIdentifier }: Named, cell: Cell): GroupId {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined)
    throw invalidParameter('LogGroup name and LogGroup identifier are mutually exclusive parameters.')
  const given = logGroupName ?? logGroupIdentifier
  if (given === undefined)
    throw invalidParameter('Exactly one of logGroupName or logGroupIdentifier must be specified.')
  return identified(given, cell)
}

/** A group by its name or its ARN. */
export function identified(given: string, { account, region }: Cell): GroupId {
  if (!given.startsWith('arn:')) {
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(given)) throw invalidParameter('Invalid log group identifier.')
    return { account, region, name: given }
  }
  const found = groupOfArn(given)
  if (found === undefined || found.region !== region) throw invalidParameter('Invalid log group identifier.')
  return found
}

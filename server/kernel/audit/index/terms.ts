import { hash } from 'node:crypto'
import { type Asked, type Identity, type On, SECRET_TYPE } from '#kernel/audit/attributes'

/**
 * What records are looked up by. `EventId` … `AccessKeyId` are those of LookupEvents (surroundings.md 1.5); besides: `SourceIp`,
 * `ErrorCode`, `PrincipalArn`; `Arn`, of anything that was acted on, with a type or without; and `Name` of a secret or parameter.
 */
export type Key =
  | 'EventId'
  | 'EventName'
  | 'ReadOnly'
  | 'Username'
  | 'ResourceType'
  | 'ResourceName'
  | 'EventSource'
  | 'AccessKeyId'
  | 'SourceIp'
  | 'ErrorCode'
  | 'PrincipalArn'
  | 'Arn'
  | 'Name'

/** One thing that is looked for. */
export interface Attribute {
  readonly key: Key
  readonly value: string
}

/** The keys that lists are kept of: the others are among them, or in the ids themselves. */
export type Listed = Exclude<Key, 'EventId' | 'ResourceName'> | 'All'

type Term = readonly [Listed, string]

export function termsOfWho({ username, accessKeyId, principalArn }: Identity): Term[] {
  const terms: Term[] = []
  if (username !== undefined) terms.push(['Username', username])
  if (accessKeyId !== undefined) terms.push(['AccessKeyId', accessKeyId])
  if (principalArn !== undefined) terms.push(['PrincipalArn', principalArn])
  return terms
}

export const termsOfAsked = ({ eventSource, eventName, sourceIp }: Asked): Term[] => [
  ['EventSource', eventSource],
  ['EventName', eventName],
  ['SourceIp', sourceIp],
]

export function termsOfOn({ resources }: On): Term[] {
  const terms: Term[] = []
  for (const { type, name } of resources) {
    terms.push(['Arn', name])
    if (type !== '') terms.push(['ResourceType', type])
    const short = nameIn(name)
    if (short !== undefined) terms.push(['Name', short])
  }
  return terms
}

/**
 * The name in the ARN of a secret (without the six characters that AWS appends) or of a parameter (with its leading slash, if the
 * name has slashes). Sources: the user guides of Secrets Manager and Systems Manager on ARNs.
 */
export function nameIn(arn: string): string | undefined {
  const parts = arn.split(':')
  if (parts[2] === 'secretsmanager' && parts[5] === 'secret')
    return parts
      .slice(6)
      .join(':')
      .replace(/-[A-Za-z0-9]{6}$/, '')
  const [, name] = /^parameter\/(.+)$/.exec(parts.slice(5).join(':')) ?? []
  if (parts[2] !== 'ssm' || name === undefined) return undefined
  return name.includes('/') ? `/${name}` : name
}

/** What is listed for an attribute: a superset of what has it. */
export function listedOf({ key, value }: Attribute): { readonly key: Listed; readonly value: string } | undefined {
  if (key === 'EventId') return undefined
  return { key: key === 'ResourceName' ? 'Arn' : key, value }
}

/** Whether a record has an attribute. */
export function has(
  { key, value }: Attribute,
  eventId: string,
  of: Identity & Asked & On & { readonly errorCode?: string; readonly readOnly: boolean },
): boolean {
  switch (key) {
    case 'EventId':
      return eventId === value
    case 'EventName':
      return of.eventName === value
    case 'EventSource':
      return of.eventSource === value
    case 'ReadOnly':
      return String(of.readOnly) === value
    case 'Username':
      return of.username === value
    case 'AccessKeyId':
      return of.accessKeyId === value
    case 'PrincipalArn':
      return of.principalArn === value
    case 'SourceIp':
      return of.sourceIp === value
    case 'ErrorCode':
      return of.errorCode === value
    case 'ResourceType':
      return of.resources.some(({ type }) => type === value)
    case 'ResourceName':
      return of.resources.some(({ type, name }) => type !== '' && name === value)
    case 'Arn':
      return of.resources.some(({ name }) => name === value)
    case 'Name':
      return of.resources.some(({ type, name }) => nameIn(name) === value && (type === SECRET_TYPE || type === ''))
  }
}

/** 48 bits of a digest: two terms that have the same are told apart by the records themselves. */
export function codeOf(account: string, region: string, key: Listed, value: string): number {
  const digest = hash('sha256', `${account}\n${region}\n${key}\n${value}`, 'binary')
  let code = 0
  for (let i = 0; i < 6; i++) code = code * 256 + digest.charCodeAt(i)
  return code
}

/** Milliseconds in a version-7 UUID; 0 for any other id. */
export function timeInId(id: string): number {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : 0
}

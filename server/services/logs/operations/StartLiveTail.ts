import type { StartLiveTailRequest } from '@aws-sdk/client-cloudwatch-logs'
import type { Call } from '#kernel/call'
import { knownPattern } from '../model/filter/pattern.ts'
import * as members from '../model/members.ts'
import { type GroupId, groupArn, groupOfArn } from '../model/names.ts'
import { invalidOperation, invalidParameter } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { type Arrived, type Tailed, tailed, type Update, updateOf, type Wanted } from '../tailing.ts'
import type { Tails } from '../tails.ts'
import { targetOf } from '../target.ts'

/** Source: API_StartLiveTail. */
const EVERY_MS = 1000
const LONGEST_MS = 3 * 3_600_000

/** A session: what `run` answers, and what its updates are read by. */
export interface Session {
  readonly call: Call
  readonly sessionId: string
  readonly input: Pick<
    StartLiveTailRequest,
    'logGroupIdentifiers' | 'logStreamNames' | 'logStreamNamePrefixes' | 'logEventFilterPattern'
  >
  readonly groups: readonly Tailed[]
  readonly wanted: Wanted
  readonly tails: Tails
}

/**
 * Events of groups as they come, once a second, for three hours at the most. Source: API_StartLiveTail. The session is a stream of
 * events (see `Streams`); it sees what any process of the server wrote.
 */
export const StartLiveTail = operation<StartLiveTailRequest, Session>()({
  name: 'StartLiveTail',
  effect: 'read',
  input: {
    logGroupIdentifiers: { ...members.LiveTailLogGroupIdentifiers, required: true },
    logStreamNames: members.InputLogStreamNames,
    logStreamNamePrefixes: members.InputLogStreamNames,
    logEventFilterPattern: members.FilterPattern,
  },
  errors: [
    'AccessDeniedException',
    'InvalidOperationException',
    'InvalidParameterException',
    'LimitExceededException',
    'ResourceNotFoundException',
  ],
  target: (input, env, call) =>
    Promise.all(groupsOf(input, call).map((id) => targetOf({ logGroupIdentifier: groupArn(id) }, env, call))),
  async run(input, env, call) {
    const { logStreamNames, logStreamNamePrefixes, logEventFilterPattern = '' } = input
    const ids = groupsOf(input, call)
    if (logStreamNames !== undefined && logStreamNamePrefixes !== undefined)
      throw invalidParameter('LogStream names and LogStream name prefixes are mutually exclusive parameters.')
    // Only with one group. Source: API_StartLiveTail. Assumed: the texts of these refusals.
    if (ids.length > 1 && (logStreamNames ?? logStreamNamePrefixes) !== undefined)
      throw invalidParameter('LogStream names and prefixes can be specified only for a single log group.')
    const pattern = knownPattern(logEventFilterPattern)
    const groups: Tailed[] = []
    for (const id of ids) {
      if ((await env.groups.existing(id)).logClass !== 'STANDARD') throw invalidOperation()
      groups.push(await tailed(env, id))
    }
    // Assumed: streams that are not there yet may be named, and are seen when they are.
    const names = logStreamNames && new Set(logStreamNames)
    const stream = (name: string) =>
      names?.has(name) ?? logStreamNamePrefixes?.some((prefix) => name.startsWith(prefix)) ?? true
    return { call, sessionId: env.uuid(), input, groups, wanted: { stream, pattern }, tails: env.tails }
  },
  streams: {
    everyMs: EVERY_MS,
    longestMs: LONGEST_MS,
    begin: ({ tails, call }) => tails.begin(call),
    over: ({ tails, call }) => tails.over(call),
    first: ({ call, sessionId, input }) => [
      {
        type: 'sessionStart',
        members: {
          requestId: call.requestId,
          sessionId,
          logGroupIdentifiers: input.logGroupIdentifiers,
          logStreamNames: input.logStreamNames ?? [],
          logStreamNamePrefixes: input.logStreamNamePrefixes ?? [],
          logEventFilterPattern: input.logEventFilterPattern ?? '',
        },
      },
    ],
    async next({ groups, wanted }, env) {
      const update = await updateOf(env, groups, wanted)
      return { events: [{ type: 'sessionUpdate', members: shown(update) }], read: () => update.moveOn() }
    },
    // Assumed: the texts of both; the service's own are not recorded.
    late: () => ended('SessionTimeoutException', 'The Live Tail session has reached its maximum duration of 3 hours.'),
    broken: (text) => ended('SessionStreamingException', text),
  },
})

const ended = (type: string, message: string) => ({ type, members: { message }, exception: true as const })

/** The groups of a session, each once. They are named by ARNs without `:*`. Source: API_StartLiveTail. */
function groupsOf({ logGroupIdentifiers }: Pick<StartLiveTailRequest, 'logGroupIdentifiers'>, call: Call): GroupId[] {
  const found = new Map<string, GroupId>()
  for (const given of logGroupIdentifiers ?? []) {
    const id = given.endsWith('*') ? undefined : groupOfArn(given)
    if (id === undefined || id.region !== call.region) throw invalidParameter('Invalid log group identifier.')
    found.set(groupArn(id), id)
  }
  return [...found.values()]
}

/** Also when nothing came: clients see by it that the session goes on. */
const shown = ({ events, sampled }: Update) => ({
  sessionMetadata: { sampled },
  sessionResults: events.map(result),
})

/** Assumed: the group is named as other answers about several accounts name it. */
const result = ({ group, stream, message, time, ingestedAt }: Arrived) => ({
  logStreamName: stream,
  logGroupIdentifier: `${group.account}:${group.name}`,
  message,
  timestamp: time,
  ingestionTime: ingestedAt,
})

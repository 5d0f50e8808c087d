import type { Chunks } from './chunks.ts'
import { bytesOf } from './model/batch.ts'
import { knownPattern, Message } from './model/filter/pattern.ts'
import { byKey, type Key, type LogEvent, type LogGroup, type LogStream, oldestShown } from './model/group.ts'
import { backwardToken, before, behind, forwardToken, placeIn } from './model/position.ts'
import { invalidParameter } from './model/refusals.ts'
import type { Env } from './operation.ts'
import { opened } from './paging.ts'
import { type Budget, type Placed, read } from './reading.ts'

/** What one page holds at the most, bytes; and what is opened for it. Source: API_GetLogEvents: 1 MB. */
const PAGE_BYTES = 1_048_576
const OPENED_BYTES = 8 * 1024 * 1024
/** What a page of GetLogEvents and of FilterLogEvents has without a limit. Source: the API's pages. */
const USUAL = 10_000
/** Steps of a pattern's expressions for one page, as bytes that are opened. */
const STEPS_PER_BYTE = 8

const LAST: Key = { time: Number.MAX_SAFE_INTEGER, ordinal: Number.MAX_SAFE_INTEGER }

interface Asked {
  readonly startTime?: number | undefined
  readonly endTime?: number | undefined
  readonly nextToken?: string | undefined
  readonly limit?: number | undefined
}

/** Times that are asked for. The end is in it when `last` is so: in FilterLogEvents, not in GetLogEvents. Source: their pages of the API. */
function bounds(
  { startTime = 0, endTime }: Asked,
  { group, now, last }: { readonly group: LogGroup; readonly now: number; readonly last: boolean },
): { least: Key; most: Key } {
  if (endTime !== undefined && endTime < startTime)
    throw invalidParameter('End time should not be less than start time.')
  const least = { time: Math.max(startTime, oldestShown(group, now)), ordinal: 0 }
  if (endTime === undefined) return { least, most: LAST }
  return { least, most: last ? { time: endTime, ordinal: LAST.ordinal } : before({ time: endTime, ordinal: 0 }) }
}

/**
 * A page of one stream with the tokens of the pages beside it. Without a token it is the newest one, or the first when `startFromHead`.
 * Who is at the end gets the token that he gave.
 */
export async function pageOfStream(
  chunks: Chunks,
  group: LogGroup,
  stream: LogStream,
  asked: Asked & { readonly startFromHead?: boolean | undefined },
  now: number,
): Promise<{ readonly events: readonly LogEvent[]; readonly forward: string; readonly backward: string }> {
  const { least, most } = bounds(asked, { group, now, last: false })
  const place = asked.nextToken === undefined ? undefined : placeIn(asked.nextToken)
  const up = place?.forward ?? asked.startFromHead === true
  const span = {
    ...{ group, stream, up },
    least: place !== undefined && up ? later(least, behind(place.key)) : least,
    most: place !== undefined && !up ? earlier(most, before(place.key)) : most,
  }
  const events: LogEvent[] = []
  let bytes = 0
  // A token for the very beginning has nothing before it.
  const nothing = byKey(span.least, span.most) > 0 || (place !== undefined && !up && byKey(place.key, FIRST) <= 0)
  if (!nothing) {
    for await (const event of read(chunks, span, { left: OPENED_BYTES })) {
      bytes += bytesOf(event)
      if (events.length > 0 && bytes > PAGE_BYTES) break
      events.push(event)
      if (events.length >= (asked.limit ?? USUAL)) break
    }
  }
  if (!up) events.reverse()
  const [first, last] = [events[0], events.at(-1)]
  if (first !== undefined && last !== undefined)
    return { events, forward: forwardToken(last), backward: backwardToken(first) }
  if (place === undefined) return { events, forward: forwardToken(before(least)), backward: backwardToken(least) }
  return up
    ? { events, forward: forwardToken(place.key), backward: backwardToken(behind(place.key)) }
    : { events, forward: forwardToken(before(place.key)), backward: backwardToken(place.key) }
}

const FIRST: Key = { time: 0, ordinal: 0 }
const later = (one: Key, other: Key): Key => (byKey(one, other) >= 0 ? one : other)
const earlier = (one: Key, other: Key): Key => (byKey(one, other) <= 0 ? one : other)

/** An event with the name of its stream. */
export interface Found extends LogEvent {
  readonly stream: string
}

/** Where a page of a group ended, and in which direction it went. */
interface Reached extends Key {
  readonly up: boolean
}

/** Newest events first is offered from 2024 on. Source: API_FilterLogEvents. */
const NEWEST_FIRST_FROM = Date.UTC(2024, 0, 1)

/**
 * A page of a whole group, or of some of its streams. It ends when it is full, or when enough was looked at: then it may be empty, and
 * its token goes on.
 */
export async function pageOfGroup(
  { groups, chunks, tokens }: Pick<Env, 'groups' | 'chunks' | 'tokens'>,
  group: LogGroup,
  asked: Asked & {
    readonly logStreamNames?: readonly string[] | undefined
    readonly logStreamNamePrefix?: string | undefined
    readonly filterPattern?: string | undefined
    readonly startFromHead?: boolean | undefined
  },
  now: number,
): Promise<{ readonly events: readonly Found[]; readonly nextToken?: string }> {
  const { logStreamNames, logStreamNamePrefix, filterPattern = '', limit = USUAL } = asked
  const pattern = knownPattern(filterPattern)
  const names = [...new Set(logStreamNames ?? [])].sort()
  const { least, most } = bounds(asked, { group, now, last: true })
  const bound = [
    ...['FilterLogEvents', group.id, names, logStreamNamePrefix, filterPattern],
    ...[asked.startTime, asked.endTime],
  ]
  const from = asked.nextToken === undefined ? undefined : opened<Reached>(tokens, asked.nextToken, bound)
  if (asked.startFromHead === false && (asked.startTime ?? 0) < NEWEST_FIRST_FROM)
    throw invalidParameter('startFromHead can be false only with a startTime on or after Jan 1, 2024.')
  const up = from?.up ?? asked.startFromHead !== false
  const chosen: LogStream[] = []
  // All of them must be there. Source: API_FilterLogEvents.
  for (const name of names) chosen.push(await groups.existingStream(group, name))
  const [only] = chosen
  const streams = new Map(chosen.map(({ id, name }) => [id, name]))
  const budget: Budget = { left: OPENED_BYTES }
  const span = {
    ...{ group, up },
    least: from !== undefined && up ? later(least, behind(from)) : least,
    most: from !== undefined && !up ? earlier(most, before(from)) : most,
    ...(chosen.length === 1 ? { stream: only } : chosen.length === 0 ? {} : { of: new Set(streams.keys()) }),
  }
  const events: Found[] = []
  let bytes = 0
  let last: Placed | undefined
  const goOn = (at: Key | undefined) =>
    at === undefined
      ? {}
      : { nextToken: tokens.seal(JSON.stringify({ time: at.time, ordinal: at.ordinal, up }), bound) }
  if (byKey(span.least, span.most) > 0) return { events }
  for await (const event of read(chunks, span, budget)) {
    let name = streams.get(event.streamId)
    if (name === undefined) {
      name = (await groups.nameOf(group, event.streamId)) ?? ''
      streams.set(event.streamId, name)
    }
    budget.left -= (event.message.length * pattern.work) / STEPS_PER_BYTE
    // Of a stream that was deleted nothing is shown any more.
    const isOf = name !== '' && (logStreamNamePrefix === undefined || name.startsWith(logStreamNamePrefix))
    if (isOf && pattern.matches(new Message(event.message))) {
      bytes += bytesOf(event)
      if (events.length > 0 && bytes > PAGE_BYTES) return { events, ...goOn(last) }
      events.push({ ...event, stream: name })
    }
    last = event
    if (events.length >= limit) return { events, ...goOn(last) }
  }
  return { events, ...(budget.left > 0 ? {} : goOn(last)) }
}

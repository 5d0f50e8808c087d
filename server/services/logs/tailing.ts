import { bytesOf } from './model/batch.ts'
import { Message, type Pattern } from './model/filter/pattern.ts'
import type { LogEvent, LogGroup } from './model/group.ts'
import type { GroupId } from './model/names.ts'
import type { Env } from './operation.ts'

/** Events that one update holds. Source: API_LiveTailSessionUpdate: 500. */
export const MOST_RESULTS = 500
/** What an update holds, unless it is one event; what is opened for it: bytes, and chunks of one group. */
const UPDATE_BYTES = 1_048_576
const OPENED_BYTES = 2 * 1_048_576
const MOST_CHUNKS = 32
/** Steps of a pattern's expressions for one update, as bytes that are opened. */
const STEPS_PER_BYTE = 8

/** One group that is tailed: how far that has come. */
export interface Tailed {
  readonly id: GroupId
  /** The group's own id; undefined when it was not there the last time. Its namesake is tailed from its first event on. */
  group: string | undefined
  /** The newest event that was looked at. */
  ordinal: number
}

/** Which events are wanted. */
export interface Wanted {
  /** Whether a stream of this name is meant. */
  stream(name: string): boolean
  readonly pattern: Pattern
}

/** An event with where it is from. */
export interface Arrived extends LogEvent {
  readonly group: GroupId
  readonly stream: string
}

export interface Update {
  readonly events: readonly Arrived[]
  /** There were more than are shown. */
  readonly sampled: boolean
  /** The groups are moved on behind it: for when what was read is sure. */
  moveOn(): void
}

/** Where tailing a group begins: behind all that is there. */
export async function tailed({ groups, chunks }: Pick<Env, 'groups' | 'chunks'>, id: GroupId): Promise<Tailed> {
  const group = await groups.existing(id)
  return { id, group: group.id, ordinal: await chunks.newest(group) }
}

/**
 * What came into the groups since the last time, whatever its time, in the order in which it came. When there
 * is more than one update holds, or than is looked at for one, the rest is passed over. A group into which nothing came costs two rows.
 */
export async function updateOf(
  env: Pick<Env, 'groups' | 'chunks'>,
  all: readonly Tailed[],
  wanted: Wanted,
): Promise<Update> {
  const events: Arrived[] = []
  const budget = { opened: OPENED_BYTES, held: UPDATE_BYTES }
  let sampled = false
  const moved: (() => void)[] = []
  for (const one of all) {
    const group = await env.groups.find(one.id)
    const after = group !== undefined && group.id === one.group ? one.ordinal : 0
    const newest = group === undefined ? 0 : await env.chunks.newest(group)
    moved.push(() => {
      one.group = group?.id
      one.ordinal = newest
    })
    if (group !== undefined && newest > after)
      sampled = (await arrivedIn(env, group, after, wanted, budget, events)) || sampled
  }
  return {
    events,
    sampled,
    moveOn() {
      for (const move of moved) move()
    },
  }
}

/** Adds what is wanted; answers whether something was passed over. */
async function arrivedIn(
  { groups, chunks }: Pick<Env, 'groups' | 'chunks'>,
  group: LogGroup,
  after: number,
  { stream: isMeant, pattern }: Wanted,
  budget: { opened: number; held: number },
  events: Arrived[],
): Promise<boolean> {
  const names = new Map<string, string | undefined>()
  const rows = await chunks.since(group, after, MOST_CHUNKS + 1)
  const found: Arrived[] = []
  const { account, region, name } = group
  let passed = rows.length > MOST_CHUNKS
  for (const row of rows.slice(0, MOST_CHUNKS)) {
    if (!names.has(row.stream_id)) names.set(row.stream_id, await groups.nameOf(group, row.stream_id))
    const stream = names.get(row.stream_id)
    // Of a stream that was deleted nothing is shown any more.
    if (stream === undefined || !isMeant(stream)) continue
    if (budget.opened <= 0 || budget.held <= 0 || events.length + found.length >= MOST_RESULTS) {
      passed = true
      break
    }
    budget.opened -= row.bytes + 1000
    for (const event of await chunks.open(group, row.stream_id, row)) {
      if (event.ordinal <= after) continue
      budget.opened -= (event.message.length * pattern.cost) / STEPS_PER_BYTE
      if (!pattern.matches(new Message(event.message))) continue
      budget.held -= bytesOf(event)
      const isFull =
        events.length + found.length >= MOST_RESULTS || (budget.held < 0 && events.length + found.length > 0)
      if (isFull) {
        passed = true
        break
      }
      found.push({ ...event, group: { account, region, name }, stream })
    }
  }
  events.push(...found.sort((one, other) => one.ordinal - other.ordinal))
  return passed
}

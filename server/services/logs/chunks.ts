import type { Unit } from '#kernel/storage/storage'
import { of } from './groups.ts'
import { bytesOf } from './model/batch.ts'
import { byKey, type LogEvent, type LogGroup, type LogStream, type NewEvent } from './model/group.ts'
import type { Sealing } from './sealing.ts'
import type { ChunkRow } from './store.sql.ts'
import * as sql from './store.sql.ts'

/** A chunk is not made longer than this, unless it is one event: bytes, and events. */
const CHUNK_BYTES = 64 * 1024
const CHUNK_EVENTS = 1000
/** A chunk to which more is added. */
const SMALL_BYTES = 16 * 1024
/** Between the times of one chunk, milliseconds: what is read from a time on begins so much before it at the most. */
export const SPAN_MS = 3_600_000

/** What a chunk holds: time, ordinal beyond the chunk's, ingestion time, message. */
type Packed = [number, number, number, string]

/** Events of streams, in chunks, in one unit of work. */
export class Chunks {
  readonly #unit: Unit
  readonly #sealing: Sealing

  constructor(unit: Unit, sealing: Sealing) {
    this.#unit = unit
    this.#sealing = sealing
  }

  /** Adds events to a stream, in their order; answers them as they are kept, and the bytes that the group has now. */
  async append(
    group: LogGroup,
    stream: LogStream,
    events: readonly NewEvent[],
    now: number,
  ): Promise<{ readonly kept: readonly LogEvent[]; readonly bytes: number; readonly added: number }> {
    if (events.length === 0) return { kept: [], bytes: 0, added: 0 }
    const added = events.reduce((sum, event) => sum + bytesOf(event), 0)
    const reserved = await this.#unit.get<{ next_ordinal: number; bytes: number }>(sql.reserve, {
      ...of(group),
      events: events.length,
      bytes: added,
    })
    if (reserved === undefined) throw new Error(`log group ${group.id} has no usage`)
    const first = Number(reserved.next_ordinal) - events.length
    const kept = events.map((event, at): LogEvent => ({ ...event, ordinal: first + at, ingestedAt: now })).sort(byKey)
    let rest: readonly LogEvent[] = kept
    rest = rest.slice(await this.#addToNewest(group, stream, rest))
    while (rest.length > 0) {
      const count = fitting(rest, [])
      await this.#insert(group, stream, rest.slice(0, count))
      rest = rest.slice(count)
    }
    const times = { first_at: (kept[0] as LogEvent).time, last_at: (kept.at(-1) as LogEvent).time }
    await this.#unit.run(sql.wroteStream, { ...of(group), name: stream.name, ...times, ingested_at: now })
    return { kept, bytes: Number(reserved.bytes), added }
  }

  /** Adds what fits to the newest chunk of the stream, while that is small; how many. */
  async #addToNewest(group: LogGroup, stream: LogStream, events: readonly LogEvent[]): Promise<number> {
    const row = await this.#unit.get<ChunkRow>(sql.newestChunk, { ...of(group), stream_id: stream.id })
    if (row === undefined || row.bytes >= SMALL_BYTES || row.key_number !== group.keyNumber) return 0
    const old = await this.open(group, stream.id, row)
    const count = fitting(events, old)
    if (count === 0) return 0
    const all = [...old, ...events.slice(0, count)].sort(byKey)
    const sealed = await this.#seal(group, stream.id, row.ordinal, all)
    await this.#unit.run(sql.updateChunk, {
      ...of(group),
      stream_id: stream.id,
      ...extent(all),
      ordinal: row.ordinal,
      sealed,
    })
    return count
  }

  async #insert(group: LogGroup, { id }: LogStream, events: readonly LogEvent[]): Promise<void> {
    const ordinal = Math.min(...events.map((event) => event.ordinal))
    const sealed = await this.#seal(group, id, ordinal, events)
    const row = { stream_id: id, ordinal, ...extent(events), key_number: group.keyNumber, sealed }
    await this.#unit.run(sql.insertChunk, { ...of(group), ...row })
  }

  #seal(group: LogGroup, streamId: string, ordinal: number, events: readonly LogEvent[]): Promise<Buffer> {
    const packed = events.map((event): Packed => [event.time, event.ordinal - ordinal, event.ingestedAt, event.message])
    return this.#sealing.seal(group, Buffer.from(JSON.stringify(packed)), [streamId, String(ordinal)])
  }

  /** The events of a chunk, in order; none when it has gone meanwhile. */
  async open(group: LogGroup, streamId: string, { ordinal }: Pick<ChunkRow, 'ordinal'>): Promise<LogEvent[]> {
    const row = await this.#unit.get<{ key_number: number; sealed: Uint8Array }>(sql.openChunk, {
      ...of(group),
      stream_id: streamId,
      ordinal,
    })
    if (row === undefined) return []
    const clear = await this.#sealing.open(group, row.key_number, row.sealed, [streamId, String(ordinal)])
    return (JSON.parse(clear.toString('utf8')) as Packed[]).map(([time, beyond, ingestedAt, message]) => ({
      ...{ time, ordinal: ordinal + beyond, ingestedAt, message },
    }))
  }

  /** Chunks with something that came behind an event, in the order in which they were last written to. */
  since(group: LogGroup, after: number, limit: number): Promise<readonly ChunkRow[]> {
    return this.#unit.all<ChunkRow>(sql.chunksSince, { ...of(group), after, limit })
  }

  /** The number of the newest event of a group; 0 when there is none. */
  async newest(group: LogGroup): Promise<number> {
    return Number((await this.#unit.get<{ next_ordinal: number }>(sql.newestOrdinal, of(group)))?.next_ordinal ?? 1) - 1
  }

  /** Chunks in one direction behind one, with something between two times. */
  rows(
    group: LogGroup,
    stream: LogStream | undefined,
    { up, least, most, behind, limit }: ChunkPage,
  ): Promise<readonly ChunkRow[]> {
    const at = behind === undefined ? (up ? -1 : Number.MAX_SAFE_INTEGER) : up ? behind.first_at : behind.last_at
    const asked = {
      ...of(group),
      ...{ least, most, at, ordinal: behind?.ordinal ?? (up ? -1 : Number.MAX_SAFE_INTEGER), limit },
      ...(up ? { from: Math.max(0, least - SPAN_MS) } : { to: Math.min(most + SPAN_MS, Number.MAX_SAFE_INTEGER) }),
    }
    if (stream === undefined) return this.#unit.all<ChunkRow>(up ? sql.chunksUp : sql.chunksDown, asked)
    const ofStream = { ...asked, stream_id: stream.id }
    return this.#unit.all<ChunkRow>(up ? sql.chunksOfStreamUp : sql.chunksOfStreamDown, ofStream)
  }
}

export interface ChunkPage {
  /** By their beginnings, oldest first; or by their ends, newest first. */
  readonly up: boolean
  /** Milliseconds, both inclusive. */
  readonly least: number
  readonly most: number
  readonly behind: ChunkRow | undefined
  readonly limit: number
}

/** How many of the events one chunk takes in with those that it has: at least one when it has none. */
function fitting(events: readonly LogEvent[], old: readonly LogEvent[]): number {
  let bytes = old.reduce((sum, event) => sum + bytesOf(event), 0)
  let least = Math.min(...old.map(({ time }) => time), Number.POSITIVE_INFINITY)
  let most = Math.max(...old.map(({ time }) => time), Number.NEGATIVE_INFINITY)
  let count = 0
  for (const event of events) {
    bytes += bytesOf(event)
    least = Math.min(least, event.time)
    most = Math.max(most, event.time)
    const fits = bytes <= CHUNK_BYTES && most - least <= SPAN_MS && old.length + count < CHUNK_EVENTS
    if (!fits && (count > 0 || old.length > 0)) return count
    count++
  }
  return count
}

const extent = (events: readonly LogEvent[]) => ({
  last_ordinal: Math.max(...events.map(({ ordinal }) => ordinal)),
  first_at: (events[0] as LogEvent).time,
  last_at: (events.at(-1) as LogEvent).time,
  events: events.length,
  bytes: events.reduce((sum, event) => sum + bytesOf(event), 0),
})

import type { Clock } from '#kernel/clock'
import type { Unit } from '#kernel/storage/storage'
import { ApiError } from '#kernel/error'
import { bytesOf } from './model/batch.ts'
import type { LogGroup, LogStream } from './model/group.ts'
import { oldestShown } from './model/group.ts'
import { behind } from './model/position.ts'
import type { Env } from './operation.ts'
import type { ListedGroup, LogReader, LogWriter, ReadEvent, ReadPlace, Written } from './port.ts'
import { read } from './reading.ts'

/** Logs as other services write them, and as who runs the server reads them. See port.ts. */

type EnvOf = (unit: Unit) => Env

export function writerOf(envOf: EnvOf, clock: Clock): LogWriter {
  return {
    async write(unit, written) {
      const env = envOf(unit)
      const now = clock.now()
      const group = await groupFor(env, written, now)
      if (group === undefined) return false
      if (written.events.length === 0) return true
      const stream = await streamFor(env, group, written.stream, now)
      await env.writing.append(group, stream, written.events, now)
      return true
    },
    has: async (unit, { account, region, group: name }) =>
      (await envOf(unit).groups.find({ account, region, name })) !== undefined,
  }
}

async function groupFor({ groups, leavings }: Env, written: Written, now: number): Promise<LogGroup | undefined> {
  const { account, region, group: name, retentionDays } = written
  const found = await groups.find({ account, region, name })
  if (found !== undefined || written.missing === 'skip') return found
  const made = await groups.create({ account, region, name }, { retentionDays }, now)
  if (retentionDays !== undefined) await leavings.expire(now)
  return made
}

async function streamFor({ groups }: Env, group: LogGroup, name: string, now: number): Promise<LogStream> {
  const found = await groups.stream(group, name)
  if (found !== undefined) return found
  try {
    return await groups.createStream(group, name, now, false)
  } catch (error) {
    // Another node has made it meanwhile.
    if (error instanceof ApiError && error.code === 'ResourceAlreadyExistsException') {
      const made = await groups.stream(group, name)
      if (made !== undefined) return made
    }
    throw error
  }
}

/** Chunks that are opened for what is new. */
const CHUNKS = 50
/** What is read for one page, bytes. */
const PAGE_BYTES = 1_048_576
const LATEST = { time: Number.MAX_SAFE_INTEGER, ordinal: Number.MAX_SAFE_INTEGER }

export function readerOf(envOf: EnvOf, clock: Clock): LogReader {
  return {
    async groups(unit, prefix) {
      const { groups } = envOf(unit)
      const listed: ListedGroup[] = []
      for (const group of await groups.all(prefix)) {
        const { streams, lastAt } = await groups.summary(group)
        const { account, region, name } = group
        listed.push({ account, region, group: name, streams, bytes: await groups.bytes(group), lastAt })
      }
      return listed
    },
    async read(unit, { account, region, group: name }, after) {
      const { groups, chunks } = envOf(unit)
      const group = await groups.find({ account, region, name })
      if (group === undefined) return { events: [], place: after, more: false }
      const oldest = { time: oldestShown(group, clock.now()), ordinal: 0 }
      const least = behind(after).time < oldest.time ? oldest : behind(after)
      const names = new Map<string, string | undefined>()
      const events: ReadEvent[] = []
      let place: ReadPlace = after
      let bytes = 0
      for await (const event of read(chunks, { group, least, most: LATEST, up: true }, { left: 8 * PAGE_BYTES })) {
        const { time, ordinal, message, streamId } = event
        if (!names.has(streamId)) names.set(streamId, await groups.nameOf(group, streamId))
        const stream = names.get(streamId)
        place = { time, ordinal }
        if (stream !== undefined) events.push({ time, ordinal, message, stream })
        bytes += bytesOf(event)
        if (bytes > PAGE_BYTES) return { events, place, more: true }
      }
      return { events, place, more: false }
    },
    async newest(unit, { account, region, group: name }) {
      const { groups, chunks } = envOf(unit)
      const group = await groups.find({ account, region, name })
      return group === undefined ? 0 : chunks.newest(group)
    },
    async since(unit, { account, region, group: name }, after) {
      const { groups, chunks } = envOf(unit)
      const group = await groups.find({ account, region, name })
      if (group === undefined) return []
      const events: ReadEvent[] = []
      const rows = await chunks.since(group, after, CHUNKS)
      // Of a chunk that was left out something may have come before what is in these.
      const most = rows.length < CHUNKS ? Number.MAX_SAFE_INTEGER : (rows.at(-1)?.last_ordinal ?? 0)
      for (const row of rows) {
        const stream = await groups.nameOf(group, row.stream_id)
        for (const { time, ordinal, message } of await chunks.open(group, row.stream_id, row))
          if (stream !== undefined && ordinal > after && ordinal <= most)
            events.push({ time, ordinal, message, stream })
      }
      return events.sort((one, other) => one.ordinal - other.ordinal)
    },
  }
}

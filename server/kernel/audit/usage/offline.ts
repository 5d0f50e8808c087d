import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { eventIdOf } from '#kernel/audit/block'
import { openAuditReader } from '#kernel/audit/offline'
import { outboxOf } from '#kernel/audit/outbox'
import type { Position } from '#kernel/audit/reader'
import { parseLine } from '#kernel/audit/record'
import { readPostgresUsage } from '#kernel/audit/usage/postgres-usage'
import { hasUsageTables, readSqliteUsage } from '#kernel/audit/usage/sqlite-usage'
import { OK, Tally } from '#kernel/audit/usage/tally'
import { type LastUse, merged, type UsageReader } from '#kernel/audit/usage/usage'
import type { Place } from '#kernel/storage/beside'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'
import type { Storage } from '#kernel/storage/storage'

/** Counters as they are at one moment, with what of the journal nobody has counted yet. */
export interface Usage extends UsageReader {
  close(): Promise<void>
}

interface Counted extends UsageReader {
  readonly position: Position
  close(): Promise<void>
}

const NOTHING: Counted = {
  position: new Map(),
  usage: async () => [],
  lastReaders: async () => new Map(),
  close: async () => undefined,
}

/**
 * Opens the counters of a deployment, beside a running server or without one: exact up to this moment, however far the server has
 * counted. Where nothing was counted yet all of the journal is read; `counting` is told how many records so far.
 */
export async function openUsage(
  place: Place,
  store: Storage,
  counting: (records: number) => void = () => undefined,
): Promise<Usage> {
  // first: what leaves it meanwhile is in the journal when that is read
  const waiting = await linesWaiting(store)
  const counted =
    place.database === undefined ? fileUsage(place.directory) : await postgresUsage(place.database.reveal())
  try {
    const tally = new Tally(counted.position)
    const reader = await openAuditReader(place)
    try {
      const known = new Set<string>()
      let records = 0
      for (let position = counted.position; ; ) {
        const next = await reader.after(position)
        if (next.records.length === 0) break
        // they come by time, and a tally takes those of a writer as they were written
        for (const record of next.records.toSorted((a, b) => a.sequence - b.sequence)) {
          tally.add(record)
          if (waiting.size > 0) known.add(record.eventId)
        }
        records += next.records.length
        counting(records)
        position = next.position
      }
      if (waiting.size > 0) {
        for (const { eventId } of (await reader.last(LATELY)).records) known.add(eventId)
        let sequence = 0
        for (const [id, line] of waiting)
          if (!known.has(id)) {
            tally.add({ ...parseLine(line), writer: OUTBOX, sequence: ++sequence, hash: '', mac: null })
          }
      }
    } finally {
      await reader.close()
    }
    return withRest(counted, tally)
  } catch (error) {
    await counted.close()
    throw error
  }
}

function withRest(counted: Counted, tally: Tally): Usage {
  return {
    close: counted.close,
    async usage(query) {
      const { limit, ...all } = query
      // the most used may be others when the rest is in
      return merged(await counted.usage(tally.position.size === 0 ? query : all), tally, query)
    },
    async lastReaders(secrets) {
      const found = new Map(await counted.lastReaders(secrets))
      for (const [secret, use] of lastIn(tally, new Set(secrets))) {
        if ((found.get(secret)?.at ?? 0) <= use.at) found.set(secret, use)
      }
      return found
    },
  }
}

function lastIn(tally: Tally, secrets: ReadonlySet<string>): Map<string, LastUse> {
  const found = new Map<string, LastUse>()
  for (const { series, last } of tally.counters) {
    const { resource, operation, result, via, principal } = series
    if (operation !== 'GetSecretValue' || result !== OK || via === 'rotation' || !secrets.has(resource)) continue
    if ((found.get(resource)?.at ?? 0) <= last) found.set(resource, { principal, at: last })
  }
  return found
}

/** Where changes stand that are not in the journal yet. */
const OUTBOX = 'outbox'
/** Records of the journal that may have been in the outbox a moment ago. */
const LATELY = 2000

/** Records of changes that the journal does not have yet, by the id of their event: for some milliseconds, or until the next start. */
async function linesWaiting(store: Storage): Promise<Map<string, string>> {
  const waiting = new Map<string, string>()
  const outbox = outboxOf(store)
  for (let after = ''; ; ) {
    const rows = await outbox.page(after)
    for (const { lines } of rows) for (const line of lines.split('\n')) waiting.set(eventIdOf(line), line)
    const last = rows.at(-1)
    if (last === undefined) return waiting
    after = last.id
  }
}

/** What the server keeps beside its journal; it may be missing at any time. */
function fileUsage(directory: string): Counted {
  const file = join(directory, 'audit-index.db')
  if (!existsSync(file)) return NOTHING
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    if (!hasUsageTables(db)) {
      db.close()
      return NOTHING
    }
    // one moment: what is counted and up to where belong together
    db.exec('begin')
    const { positions, ...reader } = readSqliteUsage(db)
    return { ...reader, position: positions(), close: async () => db.close() }
  } catch (error) {
    if (db.isOpen) db.close()
    throw error
  }
}

async function postgresUsage(url: string): Promise<Counted> {
  const client = new pg.Client({ ...connectionOf(url), application_name: 'strongroom usage' })
  client.on('error', () => {
    // The query that needs the connection fails and tells.
  })
  try {
    await client.connect()
    await client.query('begin isolation level repeatable read, read only')
    const { rows } = await client.query<{ there: boolean }>(`select to_regclass('usage_position') is not null as there`)
    if (rows[0]?.there !== true) {
      await client.end()
      return NOTHING
    }
    const { positions, ...reader } = readPostgresUsage(client)
    return { ...reader, position: await positions(), close: () => client.end() }
  } catch (error) {
    throw engineError('reading the counters', error)
  }
}

import type { KeyObject } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { setImmediate as immediate, setTimeout as after } from 'node:timers/promises'
import { openFilePages } from '#kernel/audit/file-pages'
import type { Wanted } from '#kernel/audit/follower'
import type { Lookup } from '#kernel/audit/index/index'
import { type Indexed, keepFileIndex, type OpenIndex, readFileIndex } from '#kernel/audit/index/open'
import { PASS_MS, Passes } from '#kernel/audit/index/passes'
import type { Pages } from '#kernel/audit/pages'
import type { Heads, Place } from '#kernel/audit/place'
import { postgresPruneTables, prune, type PruneOrder, sqlitePruneTables } from '#kernel/audit/pruning'
import { openAuditDatabase } from '#kernel/audit/sqlite-chain'
import { take } from '#kernel/audit/taking'
import type { UsageQuery } from '#kernel/audit/usage/usage'
import { systemClock } from '#kernel/clock'

/** What the thread is started with: where the journal is, and the vault's `macKey('audit/index')`. */
export interface ReadStart {
  readonly file?: string
  readonly indexFile?: string
  readonly url?: string
  readonly key: KeyObject
  /** `macKey('audit/head')`: what is taken out is noted under it. */
  readonly chainKey: KeyObject
  /** This process keeps the index; others only read it. */
  readonly keeps: boolean
}

/** What the thread is asked; null ends it. */
export type ReadOrder =
  | { readonly heads: { readonly known: number; readonly open: readonly number[] } }
  | { readonly take: { readonly from: Place; readonly heads: Heads; readonly wanted: Wanted } }
  | { readonly lookup: Lookup }
  | { readonly usage: UsageQuery }
  | { readonly lastReaders: readonly string[] }
  | { readonly keep: true }
  | { readonly prune: PruneOrder }

export type ReadAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
  /** What was found by the way. */
  | { readonly told: string; readonly bad: boolean }

/** Passes between two tries to keep an index that another node keeps. */
const ASK_EVERY = 6

// The thread that reads the journal: for its followers (the main thread gets the records that they want, and nothing else), for
// lookups, and for the index, which it keeps in arrears.
function serve(port: MessagePort, start: ReadStart): void {
  yieldToOthers()
  let pages: Promise<Pages> | undefined
  let indexed: Promise<Indexed> | undefined
  let passing: NodeJS.Timeout | undefined
  let trouble = false
  const tell = (told: string, bad: boolean) => port.postMessage({ told, bad } satisfies ReadAnswer)
  const opened = () => {
    indexed ??= openIndex(start, (damage) => tell(`${damage.message}: it is made anew`, true)).catch((error) => {
      indexed = undefined
      throw error
    })
    return indexed
  }
  const carryOut = async (order: ReadOrder): Promise<unknown> => {
    pages ??= openPages(start)
    if ('heads' in order) return (await pages).heads(order.heads.known, order.heads.open)
    if ('take' in order) return take(await pages, order.take.from, order.take.heads, order.take.wanted)
    if ('keep' in order) {
      passing ??= setInterval(() => void passes.pass(), PASS_MS)
      return undefined
    }
    const { index, usage } = await opened()
    try {
      if ('lookup' in order) return await index.lookup(order.lookup)
      if ('usage' in order) return await usage.usage(order.usage)
      if ('prune' in order) return await pruned(index, start, order.prune)
      return await usage.lastReaders(order.lastReaders)
    } catch (error) {
      await lost(error)
      throw error
    }
  }
  // A connection that is gone stays so.
  const lost = async (error: unknown) => {
    if (start.url === undefined) return
    const { code, message } = error as { code?: unknown; message?: string }
    const connection = typeof code !== 'string' || /^(08|57P)/.test(code)
    if (!connection && !/[Cc]onnection/.test(message ?? '')) return
    const gone = await indexed?.catch(() => undefined)
    indexed = undefined
    await gone?.index.close().catch(() => undefined)
  }
  let asked = 0
  // Another node keeps the index as long as it lives: it is asked from time to time whether this one shall.
  const keeper = async (): Promise<Indexed> => {
    const found = await opened()
    if (found.keeps !== false || ++asked % ASK_EVERY !== 0) return found
    indexed = undefined
    await found.index.close()
    return opened()
  }
  const passes = new Passes({
    opened,
    keeper,
    async heads(known, open) {
      pages ??= openPages(start)
      return (await pages).heads(known, open)
    },
    now: () => performance.now(),
    // an end before its time is one all the same
    sleep: (ms, signal) => (ms > 0 ? after(ms, undefined, { signal }).catch(() => undefined) : immediate()),
    async failed(error) {
      await lost(error)
      if (!trouble) tell(`the index of the audit trail can not be kept: ${wordsOf(error)}`, true)
      trouble = true
    },
    kept() {
      if (trouble) tell('the index of the audit trail is kept again', false)
      trouble = false
    },
  })
  const end = async () => {
    clearInterval(passing)
    passing = undefined
    passes.end()
    const { index } = (await indexed?.catch(() => undefined)) ?? {}
    await index?.close()
    await (await pages?.catch(() => undefined))?.close()
    port.close()
  }
  port.on('message', async (message: { readonly id: number; readonly order: ReadOrder } | null) => {
    if (message === null) return await end()
    const { id, order } = message
    try {
      port.postMessage({ id, value: await carryOut(order) } satisfies ReadAnswer)
    } catch (error) {
      port.postMessage({ id, error: wordsOf(error) } satisfies ReadAnswer)
    }
  })
}

/** Takes old records out of the journal when they are counted and, of the index, what is about nothing else. */
async function pruned(index: Indexed['index'], start: ReadStart, order: PruneOrder): Promise<number> {
  const { file, url, chainKey } = start
  await index.catchUp()
  if (file !== undefined) {
    const db = openAuditDatabase(file)
    try {
      const records = await prune(sqlitePruneTables(db), chainKey, order)
      if (records > 0 && order.dry !== true) await index.prune()
      return records
    } finally {
      db.close()
    }
  }
  const { default: pg } = await import('pg')
  const { connectionOf } = await import('#kernel/storage/postgres/connection')
  const client = new pg.Client({ ...connectionOf(url as string), application_name: 'strongroom audit retention' })
  client.on('error', () => {
    // The query that needs the connection fails and tells.
  })
  await client.connect()
  try {
    const records = await prune(postgresPruneTables(client), chainKey, order)
    if (records > 0 && order.dry !== true) await index.prune()
    return records
  } finally {
    await client.end()
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function openPages({ file, url }: ReadStart): Promise<Pages> {
  if (file === undefined) {
    const { openPostgresPages } = await import('#kernel/audit/postgres-pages')
    return openPostgresPages(url as string)
  }
  return openFilePages(file)
}

async function openIndex(start: ReadStart, onDamage: OpenIndex['onDamage'] & {}): Promise<Indexed> {
  const { indexFile, url, key, chainKey, keeps } = start
  const parts = { pages: await openPages(start), key, chainKey, clock: systemClock, onDamage }
  if (indexFile !== undefined) return keeps ? keepFileIndex(indexFile, parts) : readFileIndex(indexFile, parts)
  const { openPostgresIndex } = await import('#kernel/audit/index/postgres-open')
  return openPostgresIndex(url as string, parts, keeps)
}

/** Requests come first: this thread takes what they leave. Linux gives threads priorities of their own; elsewhere it has the same. */
function yieldToOthers(): void {
  if (process.platform !== 'linux') return
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    if (thread !== process.pid) setPriority(thread, 10)
  } catch {
    // No /proc, or it may not: then as all threads.
  }
}

if (parentPort !== null) serve(parentPort, workerData as ReadStart)

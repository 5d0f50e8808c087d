import { Worker } from 'node:worker_threads'
import type { Source } from '#kernel/audit/following'
import type { Found } from '#kernel/audit/index/finding'
import type { Lookup } from '#kernel/audit/index/index'
import { openMemoryIndex } from '#kernel/audit/index/open'
import type { Pages } from '#kernel/audit/pages'
import type { PruneOrder } from '#kernel/audit/pruning'
import { take } from '#kernel/audit/taking'
import type { UsageReader } from '#kernel/audit/usage/usage'
import type { Clock } from '#kernel/clock'
import type { KeyObject } from 'node:crypto'
import type { ReadAnswer, ReadOrder, ReadStart } from './reading-worker.ts'

/** The journal, read: for followers, for lookups, and for the counters of usage. */
export interface Reading extends Source {
  /** A page of records, newest first, exact up to what is in the journal now. */
  lookup(asked: Lookup): Promise<Found>
  readonly usage: UsageReader
  /** Keeps the index from now on: in arrears. */
  keep(): void
  /** Takes old records out of the journal, a bounded step; answers how many. A journal in memory keeps everything. */
  prune(order: PruneOrder): Promise<number>
  close(): Promise<void>
}

/** Reads in this thread. */
export function sourceOf(pages: Pages): Source & { close(): Promise<void> } {
  return {
    heads: (known, open) => pages.heads(known, open),
    take: (from, heads, wanted) => take(pages, from, heads, wanted),
    close: () => pages.close(),
  }
}

/** Reads a journal in memory, in this thread: the index is brought up to date when it is asked. */
export function memoryReading(pages: Pages, key: KeyObject, clock: Clock): Reading {
  const { index, usage } = openMemoryIndex({ pages: { ...pages, close: async () => undefined }, key, clock })
  return {
    ...sourceOf(pages),
    usage,
    lookup: (asked) => index.lookup(asked),
    keep: () => undefined,
    prune: async () => 0,
    async close() {
      await index.close()
      await pages.close()
    },
  }
}

/**
 * Reads in a thread of its own, which starts when it is first needed. `tell`: what it finds by the way, in words.
 */
export function threadReading(start: ReadStart, tell: (text: string, bad: boolean) => void): Reading {
  let worker: Worker | undefined
  let keeping = false
  let waiting = new Map<number, PromiseWithResolvers<never>>()
  let count = 0
  const lost = (gone: Worker, cause: Error) => {
    if (worker !== gone) return
    worker = undefined
    const left = waiting
    waiting = new Map()
    for (const { reject } of left.values()) reject(cause)
    // It begins again with the next question, which comes soon.
    if (keeping) tell(`${cause.message}; it is started again`, true)
  }
  const begin = (): Worker => {
    const made = new Worker(new URL('./reading-worker.ts', import.meta.url), {
      workerData: start,
      name: 'audit reader',
    })
    made.on('error', (cause) => lost(made, cause instanceof Error ? cause : new Error(String(cause))))
    made.on('exit', () => lost(made, new Error('the thread that reads the audit journal has ended')))
    made.on('message', (answer: ReadAnswer) => {
      if ('told' in answer) return tell(answer.told, answer.bad)
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('error' in answer) asked?.reject(new Error(answer.error))
      else asked?.resolve(answer.value as never)
      if (waiting.size === 0) made.unref()
    })
    return made
  }
  const ask = (order: ReadOrder): Promise<never> => {
    const fresh = worker === undefined
    worker ??= begin()
    const asked = Promise.withResolvers<never>()
    const id = ++count
    waiting.set(id, asked)
    worker.ref()
    worker.postMessage({ id, order })
    if (fresh && keeping && !('keep' in order)) void ask({ keep: true }).catch(() => undefined)
    return asked.promise
  }
  return {
    heads: (known, open) => ask({ heads: { known, open } }),
    take: (from, heads, wanted) => ask({ take: { from, heads, wanted } }),
    lookup: (asked) => ask({ lookup: asked }),
    usage: {
      usage: (query) => ask({ usage: query }),
      lastReaders: (secrets) => ask({ lastReaders: secrets }),
    },
    keep() {
      keeping = true
      void ask({ keep: true }).catch(() => undefined)
    },
    prune: (order) => ask({ prune: order }),
    async close() {
      keeping = false
      const ending = worker
      if (ending === undefined) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      ending.postMessage(null)
      await ended
    },
  }
}

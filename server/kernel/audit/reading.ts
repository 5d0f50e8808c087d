import { Worker } from 'node:worker_threads'
import type { Pages } from '#kernel/audit/pages'
import { openAuditDatabase } from '#kernel/audit/sqlite-chain'
import { sqlitePages } from '#kernel/audit/sqlite-pages'
import type { Source } from '#kernel/audit/following'
import { take } from '#kernel/audit/taking'
import type { ReadAnswer, ReadOrder } from './reading-worker.ts'

/** A source that is closed when nobody follows any more. */
export interface OpenSource extends Source {
  close(): Promise<void>
}

/** Reads in this thread: a journal in memory, or one behind a connection. */
export function sourceOf(pages: Pages): OpenSource {
  return {
    heads: (known, open) => pages.heads(known, open),
    take: (from, heads, wanted) => take(pages, from, heads, wanted),
    close: () => pages.close(),
  }
}

/** Reads the journal in `file` to be done with it in this thread. */
export function openFilePages(file: string): Pages {
  const db = openAuditDatabase(file, { readOnly: true })
  return sqlitePages(db, () => db.close())
}

/** Reads the journal in `file` in a thread of its own, which starts when it is first needed: this one gets what is wanted only. */
export function threadSource(file: string): OpenSource {
  let worker: Worker | undefined
  let waiting = new Map<number, PromiseWithResolvers<never>>()
  let count = 0
  const lost = (gone: Worker, cause: Error) => {
    if (worker !== gone) return
    worker = undefined
    const left = waiting
    waiting = new Map()
    for (const { reject } of left.values()) reject(cause)
  }
  const start = (): Worker => {
    const made = new Worker(new URL('./reading-worker.ts', import.meta.url), { workerData: file, name: 'audit reader' })
    made.on('error', (cause) => lost(made, cause instanceof Error ? cause : new Error(String(cause))))
    made.on('exit', () => lost(made, new Error('the thread that reads the audit journal has ended')))
    made.on('message', (answer: ReadAnswer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('error' in answer) asked?.reject(new Error(answer.error))
      else asked?.resolve(answer.value as never)
      if (waiting.size === 0) made.unref()
    })
    return made
  }
  const ask = (order: ReadOrder): Promise<never> => {
    worker ??= start()
    const asked = Promise.withResolvers<never>()
    const id = ++count
    waiting.set(id, asked)
    worker.ref()
    worker.postMessage({ id, order })
    return asked.promise
  }
  return {
    heads: (known, open) => ask({ heads: { known, open } }),
    take: (from, heads, wanted) => ask({ take: { from, heads, wanted } }),
    async close() {
      const ending = worker
      if (ending === undefined) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      ending.postMessage(null)
      await ended
    },
  }
}

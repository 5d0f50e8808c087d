import type { KeyObject } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Journal, Writer } from '#kernel/audit/journal'
import { openAuditDatabase, SqliteChain } from '#kernel/audit/sqlite-chain'
import { Checkpoint, defaultBounds } from '#kernel/storage/sqlite/checkpoint'
import type { Answer, Order, Start } from './sqlite-worker.ts'

interface Waiting {
  resolve(): void
  reject(error: Error): void
}

/** A journal in a SQLite file, written by a thread of its own. Orders are carried out one after the other. */
class FileJournal implements Journal {
  readonly #start: Omit<Start, 'reached'>
  readonly #started: (thread: Worker) => void
  /** Undefined after the thread has died, until a probe. */
  #worker: Worker | undefined
  readonly #checkpoint: Checkpoint
  #waiting: Waiting[] = []
  #reached = 0

  constructor(start: Omit<Start, 'reached'>, started: (thread: Worker) => void) {
    this.#start = start
    this.#started = started
    // A writer that meets a checkpoint waits for it in its own thread, so nothing needs to be held back here; and one that
    // fails is tried again after some more batches.
    this.#checkpoint = new Checkpoint(
      start.file,
      defaultBounds,
      (work) => work(),
      () => {},
    )
  }

  append(lines: readonly string[]): Promise<void> {
    return lines.length === 0 ? Promise.resolve() : this.#order(lines.join('\n'))
  }

  async probe(): Promise<void> {
    // A connection that failed is not trusted again: a new thread opens the file anew.
    await this.#stop()
    await this.#begin()
    await this.#order('')
  }

  async close(): Promise<void> {
    await this.#checkpoint.close()
    await this.#stop()
  }

  #begin(): Promise<void> {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: { ...this.#start, reached: this.#reached } satisfies Start,
      name: 'audit',
    })
    this.#worker = worker
    this.#started(worker)
    const lost = (cause: Error) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      const waiting = this.#waiting
      this.#waiting = []
      for (const { reject } of waiting) reject(cause)
    }
    worker.on('error', (cause) => lost(cause instanceof Error ? cause : new Error(String(cause))))
    worker.on('exit', () => lost(new Error('the thread that writes the audit journal has ended')))
    worker.on('message', (answer: Answer) => {
      if (this.#worker !== worker) return
      const waiting = this.#waiting.shift()
      if ('error' in answer) {
        waiting?.reject(new Error(answer.error))
      } else {
        this.#reached = answer.sequence
        if (answer.wal !== undefined) this.#checkpoint.consider(answer.wal.log, answer.wal.checkpointed)
        waiting?.resolve()
      }
    })
    return this.#wait()
  }

  #order(order: Order): Promise<void> {
    if (this.#worker === undefined) return Promise.reject(new Error('the audit journal is not open'))
    this.#worker.postMessage(order)
    return this.#wait()
  }

  #wait(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ resolve, reject })
    return promise
  }

  async #stop(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage(null satisfies Order)
    await ended
  }

  /** For `openFileJournal` only. */
  static async open(start: Omit<Start, 'reached'>, started: (thread: Worker) => void): Promise<Journal> {
    const journal = new FileJournal(start, started)
    await journal.#begin()
    return journal
  }
}

/**
 * Opens the journal in `file` for a new writer. Rejects when the file can't be written or its register is not authentic.
 * `key` is the vault's `macKey('audit/head')`; `started` is told of each thread (tests end it).
 */
export function openFileJournal(
  file: string,
  key: KeyObject,
  writer: Writer,
  started: (thread: Worker) => void = () => {},
): Promise<Journal> {
  return FileJournal.open({ file, key, writer }, started)
}

/** A journal in the memory of the process, chained as the others: for `strongroom dev` and tests. */
export function openMemoryJournal(key: KeyObject, writer: Writer): Journal {
  const db = openAuditDatabase(':memory:')
  const chain = new SqliteChain(db, key, writer)
  return {
    append: async (lines) => chain.append(lines),
    probe: async () => chain.probe(),
    close: async () => db.close(),
  }
}

import type { KeyObject } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Journal, Writer } from '#kernel/audit/journal'
import { openAuditDatabase, SqliteChain } from '#kernel/audit/sqlite-chain'
import { Checkpoint, defaultBounds } from '#kernel/storage/sqlite/checkpoint'
import type { Answer, Order, Report, Start } from './sqlite-worker.ts'
import { GENESIS, type Register } from '#kernel/audit/chain'
import { sqlitePages } from '#kernel/audit/sqlite-pages'

interface Waiting {
  resolve(answer: Partial<Report>): void
  reject(error: Error): void
}

/** What an answer says that is only a number. */
const PLAIN: Partial<Report> = {}

/** A journal in a SQLite file, written by a thread of its own. Orders are carried out one after the other. */
class FileJournal implements Journal {
  readonly #start: Omit<Start, 'reached'>
  readonly #options: FileJournalOptions
  register: Register = { count: 0, hash: GENESIS }
  /** Undefined after the thread has died, until a probe. */
  #worker: Worker | undefined
  readonly #checkpoint: Checkpoint
  #waiting: Waiting[] = []
  #reached = 0

  constructor(start: Omit<Start, 'reached'>, options: FileJournalOptions) {
    this.#start = start
    this.#options = options
    // A writer that meets a checkpoint waits for it in its own thread, so nothing needs to be held back here; and one that
    // fails is tried again after some more batches.
    this.#checkpoint = new Checkpoint(
      start.file,
      defaultBounds,
      (work) => work(),
      () => {},
    )
  }

  get writer(): string {
    return this.#start.writer.id
  }

  append(lines: readonly string[]): Promise<void> {
    return lines.length === 0 ? Promise.resolve() : (this.#order(lines.join('\n')) as Promise<unknown> as Promise<void>)
  }

  async complete(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.#order({ complete: lines.join('\n') })
  }

  async ended(writers: readonly string[]): Promise<readonly string[]> {
    if (this.#options.shared !== true) return writers
    const { processes = [] } = await this.#order({ processes: writers })
    return writers.filter((_, at) => {
      const pid = processes[at]
      return pid !== undefined && !lives(pid)
    })
  }

  async probe(): Promise<void> {
    // A connection that failed is not trusted again: a new thread opens the file anew.
    await this.#stop()
    await this.#begin()
    await this.#order({ probe: true })
  }

  async close(): Promise<void> {
    await this.#checkpoint.close()
    await this.#stop()
  }

  async #begin(): Promise<void> {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: { ...this.#start, reached: this.#reached } satisfies Start,
      name: 'audit',
    })
    this.#worker = worker
    this.#options.started?.(worker)
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
      if (typeof answer === 'number') {
        this.#reached = answer
        waiting?.resolve(PLAIN)
      } else if ('error' in answer) {
        waiting?.reject(new Error(answer.error))
      } else {
        this.#reached = answer.sequence
        if (answer.wal !== undefined) this.#checkpoint.consider(answer.wal.log, answer.wal.checkpointed)
        waiting?.resolve(answer)
      }
    })
    const { register } = await this.#wait()
    if (register !== undefined) this.register = register
  }

  #order(order: Order): Promise<Partial<Report>> {
    if (this.#worker === undefined) return Promise.reject(new Error('the audit journal is not open'))
    this.#worker.postMessage(order)
    return this.#wait()
  }

  #wait(): Promise<Partial<Report>> {
    const { promise, resolve, reject } = Promise.withResolvers<Partial<Report>>()
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
  static async open(start: Omit<Start, 'reached'>, options: FileJournalOptions): Promise<Journal> {
    const journal = new FileJournal(start, options)
    await journal.#begin()
    return journal
  }
}

/** Whether a process of this machine runs. One that took the number over is taken for it: then a row waits longer. */
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

export interface FileJournalOptions {
  /** Other processes of this machine write the same file now. Without it all other writers have ended. */
  readonly shared?: boolean
  /** Told of each thread: tests end it. */
  readonly started?: (thread: Worker) => void
}

/**
 * Opens the journal in `file` for a new writer. Rejects when the file can't be written, its register is not authentic, or
 * it does not go back to what `writer.known` says. `key` is the vault's `macKey('audit/head')`.
 */
export function openFileJournal(
  file: string,
  key: KeyObject,
  writer: Writer,
  options: FileJournalOptions = {},
): Promise<Journal> {
  return FileJournal.open({ file, key, writer }, options)
}

/** A journal in the memory of the process, chained as the others: for `strongroom dev` and tests. */
export function openMemoryJournal(key: KeyObject, writer: Writer): Journal {
  const db = openAuditDatabase(':memory:')
  const chain = new SqliteChain(db, key, writer)
  return {
    writer: writer.id,
    register: chain.register,
    pages: sqlitePages(db, () => {}),
    append: async (lines) => chain.append(lines),
    complete: async (lines) => chain.complete(lines),
    ended: async (writers) => writers,
    probe: async () => chain.probe(),
    close: async () => db.close(),
  }
}

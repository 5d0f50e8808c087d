import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** Bounds of the WAL, in pages (of 4 KiB). */
export interface CheckpointBounds {
  /** From here on the WAL is moved into the database file beside the running work. */
  readonly soft: number
  /** From here on (writers were always faster) the work waits for one short checkpoint, so that the WAL starts anew. */
  readonly hard: number
}

export const defaultBounds: CheckpointBounds = { soft: 4_096, hard: 16_384 }

/** Moves the WAL into the database file on a thread of its own, which starts when it is first needed. */
export class Checkpoint {
  readonly #file: string
  readonly #bounds: CheckpointBounds
  /** Runs work while no unit does. */
  readonly #alone: (work: () => Promise<void>) => Promise<void>
  readonly #problem: (error: unknown) => void
  #worker: Worker | undefined
  #running: Promise<void> | undefined

  constructor(
    file: string,
    bounds: CheckpointBounds,
    alone: (work: () => Promise<void>) => Promise<void>,
    problem: (error: unknown) => void,
  ) {
    this.#file = file
    this.#bounds = bounds
    this.#alone = alone
    this.#problem = problem
  }

  /** Told how many pages of the WAL are not in the database file yet, and how long it is. Never waits. */
  consider(logPages: number, movedPages: number): void {
    if (this.#running !== undefined) return
    if (logPages - movedPages < this.#bounds.soft && logPages < this.#bounds.hard) return
    this.#running = this.#move()
      .catch(this.#problem)
      .finally(() => {
        this.#running = undefined
      })
  }

  async #move(): Promise<void> {
    const { log } = await this.#ask('passive')
    if (log >= this.#bounds.hard)
      await this.#alone(async () => {
        await this.#ask('restart')
      })
  }

  async #ask(mode: 'passive' | 'restart'): Promise<{ log: number }> {
    this.#worker ??= this.#start()
    const answered = once(this.#worker, 'message')
    this.#worker.postMessage(mode)
    const [answer] = (await answered) as [{ log: number; error?: string }]
    if (answer.error !== undefined) throw new Error(`checkpoint: ${answer.error}`)
    return answer
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpointer.ts', import.meta.url), { workerData: this.#file })
    worker.unref()
    // `once` above turns an error event into a rejection; without a question there is nobody to tell but the log
    worker.on('error', (error) => {
      this.#worker = undefined
      this.#problem(error)
    })
    return worker
  }

  /** Waits for what runs and ends the thread. */
  async close(): Promise<void> {
    await this.#running
    const worker = this.#worker
    if (worker === undefined) return
    worker.ref()
    const ended = once(worker, 'exit')
    worker.postMessage('close')
    await ended
  }
}

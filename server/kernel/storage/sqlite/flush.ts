import { StorageError } from '#kernel/storage/error'
import { DURABLE } from '#kernel/storage/storage'

/**
 * Group commit: many commits, one flush. A flush runs on the thread pool, never more than one at a time; whoever asks
 * meanwhile shares the next one. A flush that failed is never tried again: after a failed fsync the kernel may have
 * dropped the pages, so a second one that succeeds proves nothing.
 */
export class GroupFlush {
  readonly #flush: () => Promise<void>
  #committed = 0
  #flushed = 0
  /** What the running flush covers. */
  #covers = 0
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failure: StorageError | undefined

  constructor(flush: () => Promise<void>) {
    this.#flush = flush
  }

  /** Why nothing may be acknowledged any more; undefined while all is well. */
  get failure(): StorageError | undefined {
    return this.#failure
  }

  /** Something was committed (here, or by another process whose commit we can see) and is not known to be on disk. */
  committed(): void {
    this.#committed++
  }

  /** Settles when everything committed so far is on disk. Costs nothing when it is already. */
  durable(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#flushed >= this.#committed) return DURABLE
    if (this.#running === undefined) return this.#start()
    if (this.#covers >= this.#committed) return this.#running
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#running ?? this.#start()
    })
    return this.#next
  }

  /** From now on `durable` rejects. */
  fail(cause: unknown): StorageError {
    this.#failure ??= new StorageError('the store could not be flushed to disk: nothing more is acknowledged', {
      cause,
      hint: 'look at the disk and its file system, then start the server again: it recovers what was acknowledged',
    })
    return this.#failure
  }

  #start(): Promise<void> {
    const covers = this.#committed
    this.#covers = covers
    this.#running = this.#flush().then(
      () => {
        this.#running = undefined
        this.#flushed = covers
      },
      (cause: unknown) => {
        this.#running = undefined
        throw this.fail(cause)
      },
    )
    return this.#running
  }
}

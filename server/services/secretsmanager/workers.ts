import type { Storage } from '#kernel/storage/storage'
import type { Invoked, InvokeFunction } from './functions.ts'
import { keyOf } from './jobs.ts'
import type { Cell } from './model/identity.ts'
import type { Run } from './model/rotation.ts'

/** One claimed step. */
export interface Work extends Cell {
  /** Internal id and ARN of the secret. */
  readonly id: string
  readonly arn: string
  readonly functionArn: string
  readonly configuredBy: string | undefined
  readonly run: Run
}

interface WorkersParts {
  readonly storage: Pick<Storage, 'durable'>
  readonly invoke: InvokeFunction
  /** Takes down how a step went; answers the next step of the same run. */
  readonly settle: (work: Work, invoked: Invoked, stopping: boolean) => Promise<Work | undefined>
  /** Aborted when what this process has claimed may be somebody else's. */
  readonly lease: () => AbortSignal
  /** Told when no function runs any more. */
  readonly rested: () => void
  readonly onProblem: (error: unknown) => void
  /** Functions of one account that run at once; of all together a third more. */
  readonly most: number
}

/** Claimed runs for each place: so there is always one that can begin, and a bound to what is kept in memory. */
const WAITING_FOR_EACH = 4
/** What all accounts together have of what one has at most: an account whose functions never end leaves others a place. */
const ALL_TO_ONE = 4 / 3
/** A function that does not end when it is asked to is left behind: its claim ends by itself. */
const STOPPING_MS = 10_000

const STOPPED: Invoked = { ok: false, errorType: 'Stopped', errorMessage: 'The server is stopping.' }

/** Invokes the functions of claimed runs, step after step, some at once. Outside of any unit of work. */
export class Workers {
  readonly #parts: WorkersParts
  readonly #stop = new AbortController()
  readonly #taken = new Map<string, string>()
  readonly #waiting: Work[] = []
  /** Of each account: what it has taken, and what of this runs. */
  readonly #shares = new Map<string, { taken: number; running: number }>()
  #running = 0
  #idle: PromiseWithResolvers<void> | undefined

  constructor(parts: WorkersParts) {
    this.#parts = parts
  }

  /** The run of this secret that is here, perhaps one that was ended meanwhile: its RotationToken. */
  of(secret: Cell & { readonly id: string }): string | undefined {
    return this.#taken.get(keyOf(secret))
  }

  /** Whether a run of this account can be taken. */
  hasRoom(account: string): boolean {
    const { taken } = this.#shareOf(account)
    const most = this.#parts.most * WAITING_FOR_EACH
    return taken < most && this.#taken.size < Math.ceil(most * ALL_TO_ONE)
  }

  take(work: Work): void {
    const share = this.#shareOf(work.account)
    share.taken++
    this.#shares.set(work.account, share)
    this.#taken.set(keyOf(work), work.run.rotationToken)
    this.#waiting.push(work)
    this.#begin()
  }

  async idle(): Promise<void> {
    while (this.#taken.size > 0) {
      this.#idle ??= Promise.withResolvers()
      await this.#idle.promise
    }
  }

  async drain(): Promise<void> {
    this.#stop.abort()
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, STOPPING_MS)
    await Promise.race([this.idle(), late.promise])
    clearTimeout(timer)
  }

  #begin(): void {
    while (this.#running < Math.ceil(this.#parts.most * ALL_TO_ONE)) {
      const next = this.#waiting.findIndex(({ account }) => this.#shareOf(account).running < this.#parts.most)
      const [work] = next < 0 ? [] : this.#waiting.splice(next, 1)
      if (work === undefined) return
      const share = this.#shareOf(work.account)
      share.running++
      this.#running++
      this.#do(work)
        .catch(this.#parts.onProblem)
        .finally(() => {
          this.#running--
          share.running--
          share.taken--
          if (share.taken === 0) this.#shares.delete(work.account)
          this.#taken.delete(keyOf(work))
          if (this.#taken.size === 0) {
            this.#parts.rested()
            this.#idle?.resolve()
            this.#idle = undefined
          }
          this.#begin()
        })
    }
  }

  #shareOf(account: string): { taken: number; running: number } {
    return this.#shares.get(account) ?? { taken: 0, running: 0 }
  }

  async #do(first: Work): Promise<void> {
    const { storage, invoke, settle, lease } = this.#parts
    const { signal: stop } = this.#stop
    const held = lease()
    const signal = AbortSignal.any([stop, held])
    for (let work: Work | undefined = first; work !== undefined; ) {
      const { account, region, arn, functionArn, configuredBy, run } = work
      // What a power cut could take back has not happened: the claim is on disk before the function does anything.
      await storage.durable()
      const event = {
        Step: run.step,
        SecretId: arn,
        ClientRequestToken: run.token,
        RotationToken: run.rotationToken,
      }
      const invoked: Invoked = signal.aborted
        ? STOPPED
        : await invoke(functionArn, event, { account, region, configuredBy, signal })
      // Whoever has taken it over tells how it went.
      if (held.aborted) return
      work = await settle(work, invoked, stop.aborted)
    }
  }
}

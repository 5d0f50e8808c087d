import type { Clock } from '#kernel/clock'
import { systemClock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import type { Secret } from '#kernel/values/bytes'
import {
  type Invocation,
  type Ran,
  type Runnable,
  type Sandboxes,
  SandboxUnavailable,
} from '../services/lambda/sandboxes.ts'
import { clear, endUser } from './cell.ts'
import type { Endpoint, RoleCredentials } from './environment.ts'
import { type Candidates, Interpreters } from './interpreters.ts'
import type { LogLine } from './logs/capture.ts'
import { type Abandoned, defaultRoot, type Leftover, lives, openPlace, type Place } from './place.ts'
import { INIT_MS, Sandbox } from './sandbox.ts'
import { Full, placesOf, Turns } from './turns.ts'
import { BadZip } from './unzip.ts'
import { Users } from './users.ts'
import { Watch } from './watch.ts'

/** Gets credentials of a role for a function. Throws SandboxUnavailable ('role') when Lambda may not act by it. */
export type AssumeRole = (asked: {
  readonly role: string
  readonly sessionName: string
  readonly account: string
  readonly region: string
}) => Promise<RoleCredentials>

/** Lines of one stream of a function's log. */
export interface LogLines {
  readonly account: string
  readonly region: string
  readonly group: string
  readonly stream: string
  readonly lines: readonly LogLine[]
  /** Of the credentials that the function has. */
  readonly accessKey: string
}

export interface SandboxesOptions {
  readonly clock: Clock
  readonly random: Random
  readonly assumeRole: AssumeRole
  /** Where functions reach this server; asked when one starts. */
  readonly endpoint: () => Endpoint
  readonly interpreters: Candidates
  /** Keeps what functions print. Must not throw. */
  readonly log: (lines: LogLines) => void
  /** Values that this server has handed out to the holder of an access key: they are hidden in its log. */
  readonly handled?: {
    of(accessKeyId: string): Iterable<Secret | string>
    watch(accessKeyId: string): void
    forget(accessKeyId: string): void
  }
  /** Told what went wrong with the machine; nothing of functions. */
  readonly onProblem: (error: unknown) => void
  /** Sandboxes of one account at once; of all together a third more, with those that wait for another event. */
  readonly most?: number
  /** Events that wait for a sandbox. */
  readonly mostWaiting?: number
  /** Longest wait for a sandbox, milliseconds. */
  readonly waitMs?: number
  /** A sandbox without events is closed after this, milliseconds by the clock. */
  readonly idleMs?: number
  /** Milliseconds that an initialisation may take before it counts to its event. */
  readonly initMs?: number
  /** Folder that the sandboxes of all servers of this user lie in. */
  readonly root?: string | undefined
  readonly users?: Users
}

/** A sandbox is not given to another event when its credentials end within this time after the event has to. */
const CREDENTIALS_MARGIN_MS = 60_000
const SWEEP_MS = 5000

/** Runs functions in processes of this machine. */
export class LocalSandboxes implements Sandboxes {
  readonly #options: SandboxesOptions
  readonly #turns: Turns
  readonly #users: Users
  readonly #watch = new Watch()
  readonly #interpreters: Interpreters
  /** Sandboxes that wait for events, by function; the one that was used last comes last. */
  readonly #idle = new Map<string, Sandbox[]>()
  readonly #open = new Set<Sandbox>()
  readonly #closing = new Set<Promise<void>>()
  readonly #stopped = new AbortController()
  readonly #sweeper: NodeJS.Timeout
  #place: Place | undefined
  #cleaned: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(options: SandboxesOptions) {
    const { most = 10, mostWaiting = 1000 } = options
    this.#options = options
    this.#turns = new Turns(most, mostWaiting)
    this.#users = options.users ?? new Users()
    this.#interpreters = new Interpreters(options.interpreters)
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref()
  }

  /** Removes what servers left behind that ended without closing their sandboxes; what still runs of it is ended. */
  clean(): Promise<void> {
    this.#cleaned ??= this.#clean()
    return this.#cleaned
  }

  async #clean(): Promise<void> {
    const { place, leftovers } = openPlace(this.#options.root ?? defaultRoot())
    this.#place = place
    for (const abandoned of leftovers) await this.#remove(abandoned)
  }

  async #remove({ directory, sandboxes }: Abandoned): Promise<void> {
    for (const sandbox of sandboxes) await this.#end(sandbox)
    await clear(directory, directory, undefined)
  }

  async #end({ directory, pid, started, uid }: Leftover): Promise<void> {
    // Another server may have given the user to a sandbox of its own meanwhile.
    const user = uid !== undefined && this.#users.own ? await this.#users.take(uid) : undefined
    if (user !== undefined) {
      if (!(await endUser(user.uid))) throw new Error(`processes of user ${user.uid} do not end`)
    } else if (lives({ pid, started })) process.kill(-pid, 'SIGKILL')
    await clear(directory, `${directory}/tmp`, user?.uid)
    await user?.release()
  }

  async run(runnable: Runnable, invocation: Invocation): Promise<Ran> {
    const signal = AbortSignal.any([invocation.signal, this.#stopped.signal])
    const key = keyOf(runnable)
    try {
      await this.#turns.take(runnable.account, key, this.#options.waitMs ?? 30_000, signal)
    } catch (error) {
      if (error instanceof Full)
        throw new SandboxUnavailable('busy', `There is no room for another function now: ${error.message}.`)
      throw new SandboxUnavailable('busy', 'The event was given up before the function could start.')
    }
    try {
      return await this.#within(runnable, { ...invocation, signal }, key)
    } finally {
      this.#turns.free(runnable.account)
    }
  }

  async #within(runnable: Runnable, invocation: Invocation, key: string): Promise<Ran> {
    const warm = this.#takeIdle(runnable, key)
    if (warm !== undefined) {
      await this.#tell(warm, invocation)
      return this.#invoke(warm, runnable, invocation, key, 0)
    }
    const { initMs = INIT_MS } = this.#options
    const first = await this.#make(runnable)
    await this.#tell(first, invocation)
    const started = await this.#start(first, initMs, invocation.signal)
    if (started === 'ready') return this.#invoke(first, runnable, invocation, key, 0)
    if (started === 'failed') return this.#unstarted(first, runnable, invocation, 'failed', 0)
    first.lateInit()
    await this.#close(first)
    // Once more, in the time of the event. Source: rotation.md 15.1.
    const again = await this.#make(runnable)
    await this.#tell(again, invocation)
    const began = performance.now()
    const restarted = await this.#start(again, runnable.timeoutMs, invocation.signal)
    const tookMs = performance.now() - began
    if (restarted === 'ready') return this.#invoke(again, runnable, invocation, key, tookMs)
    return this.#unstarted(again, runnable, invocation, restarted, tookMs)
  }

  /** Says whose key it is before any code runs with it; nothing runs when that can't be said. */
  async #tell(sandbox: Sandbox, { givenKey }: Invocation): Promise<void> {
    try {
      await givenKey?.(sandbox.credentials.accessKeyId)
    } catch (error) {
      await this.#close(sandbox)
      throw error
    }
  }

  async #invoke(
    sandbox: Sandbox,
    runnable: Runnable,
    invocation: Invocation,
    key: string,
    startedIn: number,
  ): Promise<Ran> {
    let ran: Ran
    try {
      ran = await sandbox.invoke(runnable, invocation, startedIn)
    } catch (error) {
      await this.#close(sandbox)
      throw error
    }
    if (sandbox.reusable && !this.#stopped.signal.aborted) {
      sandbox.idleSince = this.#options.clock.now()
      const line = this.#idle.get(key)
      if (line === undefined) this.#idle.set(key, [sandbox])
      else line.push(sandbox)
    } else await this.#close(sandbox)
    return ran
  }

  async #unstarted(
    sandbox: Sandbox,
    runnable: Runnable,
    invocation: Invocation,
    why: 'failed' | 'timed out',
    tookMs: number,
  ): Promise<Ran> {
    try {
      return await sandbox.unstarted(runnable, invocation, why, tookMs)
    } finally {
      await this.#close(sandbox)
    }
  }

  async #start(sandbox: Sandbox, budgetMs: number, signal: AbortSignal) {
    try {
      return await sandbox.start(budgetMs, signal)
    } catch (error) {
      await this.#close(sandbox)
      if (error instanceof BadZip) {
        throw new SandboxUnavailable('missing', `The code of the function can't be unpacked: ${error.message}.`)
      }
      throw error
    }
  }

  /** A sandbox that waits for an event of this very function and revision, with credentials that last. */
  #takeIdle(runnable: Runnable, key: string): Sandbox | undefined {
    this.sweep()
    const line = this.#idle.get(key)
    const until = this.#options.clock.now() + runnable.timeoutMs + CREDENTIALS_MARGIN_MS
    for (let sandbox = line?.pop(); sandbox !== undefined; sandbox = line?.pop()) {
      if (line?.length === 0) this.#idle.delete(key)
      const isFit = sandbox.alive && sandbox.revision === runnable.revision && sandbox.credentials.expiresAt > until
      if (isFit) return sandbox
      this.#closeLater(sandbox)
    }
    return undefined
  }

  async #make(runnable: Runnable): Promise<Sandbox> {
    const { account, region, name, role, runtime } = runnable
    await this.#makeRoom()
    await this.clean()
    const credentials = await this.#options.assumeRole({ role, sessionName: name, account, region })
    const user = await this.#users.claim()
    try {
      if (user !== undefined && !(await endUser(user.uid))) throw new Error(`processes of user ${user.uid} do not end`)
      const interpreter = await this.#interpreters.for(runtime, user?.uid, (this.#place as Place).directory)
      const { clock, random, endpoint, handled, log, initMs = INIT_MS } = this.#options
      handled?.watch(credentials.accessKeyId)
      const sandbox = new Sandbox(
        {
          ...{ clock, machine: systemClock, random, watch: this.#watch, interpreter, user, credentials, initMs },
          place: (this.#place as Place).directory,
          endpoint: endpoint(),
          handled: (accessKeyId) => handled?.of(accessKeyId) ?? [],
          log: (lines, stream) =>
            log({ account, region, group: runnable.logGroup, stream, lines, accessKey: credentials.accessKeyId }),
        },
        runnable,
      )
      this.#open.add(sandbox)
      return sandbox
    } catch (error) {
      await user?.release()
      throw error
    }
  }

  /** Those who run have places; who waits for an event of another function gives way: the one that has waited longest. */
  async #makeRoom(): Promise<void> {
    const places = placesOf(this.#options.most ?? 10)
    while (this.#open.size >= places) {
      const [oldest] = [...this.#idle.values()].flat().sort((one, other) => one.idleSince - other.idleSince)
      if (oldest === undefined) {
        // They are on their way out.
        if (this.#closing.size === 0) return
        await Promise.race(this.#closing)
        continue
      }
      this.#forgetIdle(oldest)
      await this.#close(oldest)
    }
  }

  #forgetIdle(sandbox: Sandbox): void {
    for (const [key, line] of this.#idle) {
      const at = line.indexOf(sandbox)
      if (at < 0) continue
      line.splice(at, 1)
      if (line.length === 0) this.#idle.delete(key)
    }
  }

  /** Closes sandboxes that have had no event for long, that died, and those whose credentials end. */
  sweep(): void {
    const { clock, idleMs = 600_000 } = this.#options
    const now = clock.now()
    for (const sandbox of [...this.#idle.values()].flat()) {
      const stays =
        sandbox.alive && now - sandbox.idleSince < idleMs && sandbox.credentials.expiresAt > now + CREDENTIALS_MARGIN_MS
      if (stays) continue
      this.#forgetIdle(sandbox)
      this.#closeLater(sandbox)
    }
  }

  /** Sandboxes that are there: running, and waiting for an event. */
  get size(): number {
    return this.#open.size
  }

  #closeLater(sandbox: Sandbox): void {
    void this.#close(sandbox)
  }

  /** Never throws: what can't be removed now is removed by the next start. */
  #close(sandbox: Sandbox, graceMs = 0): Promise<void> {
    const closing = sandbox
      .close(graceMs)
      .catch((error: unknown) => this.#options.onProblem(error))
      .then(() => {
        this.#options.handled?.forget(sandbox.credentials.accessKeyId)
        this.#open.delete(sandbox)
        this.#closing.delete(closing)
      })
    this.#closing.add(closing)
    return closing
  }

  /** Ends everything that runs, and removes it. */
  close(): Promise<void> {
    this.#closed ??= this.#shut()
    return this.#closed
  }

  async #shut(): Promise<void> {
    clearInterval(this.#sweeper)
    this.#stopped.abort()
    await Promise.all([...this.#open].map((sandbox) => this.#close(sandbox)))
    await Promise.all(this.#closing)
    await this.#cleaned?.catch(() => undefined)
    this.#place?.close()
  }
}

/** One version of one function. */
const keyOf = ({ account, region, name, version }: Runnable) => `${account}/${region}/${name}/${version}`

import type { Clock } from '#kernel/clock'
import type { Log } from '#kernel/log'
import type { Random } from '#kernel/random'
import { arn } from '#kernel/values/arn'
import type { Handled } from './handled.ts'
import type { Endpoint } from './runtime/environment.ts'
import type { Candidates } from './runtime/interpreters.ts'
import { hasLeftovers } from './runtime/place.ts'
import type { LocalSandboxes, LogLines } from './runtime/sandboxes.ts'
import {
  type Invocation,
  type Ran,
  type Runnable,
  type Sandboxes,
  SandboxUnavailable,
} from './services/lambda/sandboxes.ts'
import type { AssumeForService } from './services/sts/port.ts'

/** How users' functions are run on this machine. */
export interface ExecutionPlan {
  /** Programs that run Node's and Python's functions, as they are looked for. */
  readonly interpreters: Candidates
  /** Folder that the sandboxes of all servers of this user lie in; by default one of the system's for temporary files. */
  readonly root?: string | undefined
  /** Sandboxes of one account at once; of all together a third more. */
  readonly most?: number
}

export interface ExecutionParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly assumeForService: AssumeForService
  /** Values that functions were given or gave: hidden in what they print. */
  readonly handled: Handled
  /** Keeps what functions print. */
  readonly logs: (lines: LogLines) => void
}

/**
 * Why this server runs no functions, for people; undefined: it runs them. `run`: what the operator said, undefined for nothing.
 * Then they run only where each has a user of its own: with the server's they would reach its data and its seal.
 */
export function whyNotRun(run: boolean | undefined, ownUsers: boolean): string | undefined {
  if (run === false) return 'This server runs no functions: they were turned off (--functions off).'
  if (run === true || ownUsers) return undefined
  return `This server runs no functions: it is not run by root on Linux, so they would run as its own user and could read its data and its seal. Run it as root, in a container say, or accept that with --functions on; see docs/how-to/run-functions.md.`
}

/** In place of what runs functions, where none are run: says why. */
export class NoExecution implements Sandboxes {
  readonly #why: string

  constructor(why: string) {
    this.#why = why
  }

  run(): Promise<Ran> {
    return Promise.reject(new SandboxUnavailable('missing', this.#why))
  }
}

/** Seconds that credentials of an execution role last; a sandbox is closed before they end. */
const CREDENTIALS_SECONDS = 3600
const SERVICE = 'lambda.amazonaws.com'

/** Runs users' functions in processes of this machine. Nothing of it is loaded before the first one is to run. */
export class Execution implements Sandboxes {
  readonly #plan: ExecutionPlan
  readonly #parts: ExecutionParts
  #endpoint: Endpoint | undefined
  #sandboxes: Promise<LocalSandboxes> | undefined

  constructor(plan: ExecutionPlan, parts: ExecutionParts) {
    this.#plan = plan
    this.#parts = parts
  }

  /** Says where functions reach this server; before that none is run. */
  reachedAt(endpoint: Endpoint): void {
    this.#endpoint = endpoint
    if (this.#sandboxes === undefined && hasLeftovers(this.#plan.root)) void this.#clean()
  }

  /** Removes what a server left here that was killed, and ends what still runs of it. */
  async #clean(): Promise<void> {
    try {
      this.#sandboxes ??= this.#open()
      await (await this.#sandboxes).clean()
    } catch (error) {
      this.#parts.log.error({ err: error }, 'what a former server left of its functions could not be removed')
    }
  }

  async run(runnable: Runnable, invocation: Invocation): Promise<Ran> {
    if (this.#endpoint === undefined) throw new SandboxUnavailable('busy', 'The server is not listening yet.')
    this.#sandboxes ??= this.#open()
    return (await this.#sandboxes).run(runnable, invocation)
  }

  /** Ends everything that runs. */
  async close(): Promise<void> {
    await (await this.#sandboxes?.catch(() => undefined))?.close()
  }

  async #open(): Promise<LocalSandboxes> {
    const { LocalSandboxes } = await import('./runtime/sandboxes.ts')
    const { clock, random, log, handled, logs } = this.#parts
    const { interpreters, root, most } = this.#plan
    return new LocalSandboxes({
      clock,
      random,
      interpreters,
      root,
      ...(most === undefined ? {} : { most }),
      handled,
      log: logs,
      endpoint: () => this.#endpoint as Endpoint,
      assumeRole: (asked) => this.#assume(asked),
      onProblem: (error) => log.error({ err: error }, 'running functions has a problem with this machine'),
    })
  }

  async #assume({ role, sessionName, account, region }: Asked) {
    const credentials = await this.#parts.assumeForService({
      service: SERVICE,
      roleArn: role,
      sessionName,
      region,
      seconds: CREDENTIALS_SECONDS,
      source: { arn: arn('lambda', region, account, `function:${sessionName}`), account },
    })
    if (credentials === undefined)
      throw new SandboxUnavailable('role', 'The role defined for the function cannot be assumed by Lambda.')
    return credentials
  }
}

interface Asked {
  readonly role: string
  readonly sessionName: string
  readonly account: string
  readonly region: string
}

import { ApiError } from '#kernel/error'
import type { Call } from '#kernel/call'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { KeysFor } from '../kms/port.ts'
import { Codes } from './codes.ts'
import type { Environments, Variables } from './environments.ts'
import type { Alias, LambdaFunction, Version } from './model/function.ts'
import { type FunctionId, functionArn, isNumber, LATEST } from './model/names.ts'
import { functionNotFound, roleUnusable, runtimeMissing, throttled } from './model/refusals.ts'
import type { ActAs, Limits } from './operation.ts'
import { type Invocation, type Ran, type Runnable, type Sandboxes, SandboxUnavailable } from './sandboxes.ts'
import { type Share, Slots } from './slots.ts'
import type { Aliases, Functions } from './store.ts'

/** A version that is ready to run: what the store says about it, read in one unit. */
export interface Prepared {
  readonly runnable: Runnable
  readonly share: Share
}

export interface RunningParts {
  readonly storage: Storage
  readonly vault: Vault
  readonly random: Random
  readonly environments: Environments
  readonly keysFor: KeysFor
  /** Without it no function runs here. */
  readonly sandboxes: Sandboxes | undefined
  readonly actAs: (unit: Unit) => ActAs
  readonly limits: Limits
}

/** Where functions are looked up, in one unit of work. */
export interface Shelves {
  readonly functions: Functions
  readonly aliases: Aliases
}

/** Bytes of an answer. Source: rotation.md 14.2. */
export const MOST_SYNC_BYTES = 6_291_456

/** Runs functions: looks in one unit of work what is to be run, and then runs it outside of any. */
export class Running {
  readonly #parts: RunningParts
  readonly #slots = new Slots()
  readonly #stop = new AbortController()

  constructor(parts: RunningParts) {
    this.#parts = parts
  }

  /** Aborted when the server is stopping. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  stop(): void {
    this.#stop.abort()
  }

  /**
   * What an invocation of `id` runs: of an alias with two versions one of them by chance. Its environment is decrypted as the
   * execution role. Throws Lambda's refusals.
   */
  async prepare(unit: Unit, { functions, aliases }: Shelves, id: FunctionId, call: Call): Promise<Prepared> {
    const { environments, keysFor, limits, actAs } = this.#parts
    const found = await functions.find(id, id.name)
    const chosen = found && (await this.#choose(found, id.qualifier, functions, aliases))
    if (found === undefined || chosen === undefined) throw functionNotFound(functionArn(id, id.name, id.qualifier))
    const { settings, environment, code, revision, version } = chosen
    let variables: Variables = new Map()
    if (environment !== undefined) {
      const role = environment.kmsKeyArn === undefined ? undefined : await actAs(unit)(settings.role, found.name)
      if (environment.kmsKeyArn !== undefined && role === undefined) throw roleUnusable()
      const asRole: Call = role === undefined ? call : { ...call, caller: role, account: role.account }
      variables = await environments.open(found, environment, () => keysFor(unit, asRole, 'lambda', found.account))
    }
    const { account, region, name, reserved } = found
    const unreserved = reserved === undefined ? limits.concurrency - (await functions.reservedBeside(found, '')) : 0
    return {
      share: { account, region, name, reserved, unreserved },
      runnable: {
        account,
        region,
        name,
        version,
        invokedArn: functionArn(found, name, id.qualifier),
        runtime: settings.runtime,
        handler: settings.handler,
        role: settings.role,
        timeoutMs: settings.timeout * 1000,
        memoryMb: settings.memorySize,
        ephemeralMb: settings.ephemeralMb,
        environment: variables,
        revision: `${found.id}/${version}/${revision}`,
        logGroup: settings.logGroup,
        code: () => this.#code(found, code.id),
      },
    }
  }

  /** Runs what was prepared and waits for its end. Throws Lambda's refusals when it could not be run at all. */
  async run(
    { runnable, share }: Prepared,
    invocation: Omit<Invocation, 'signal'> & { signal?: AbortSignal },
  ): Promise<Ran> {
    const { sandboxes } = this.#parts
    if (sandboxes === undefined) throw runtimeMissing('No function can be run by this process.')
    const giveBack = this.#slots.take(share)
    try {
      const signals = [this.#stop.signal, ...(invocation.signal === undefined ? [] : [invocation.signal])]
      return bounded(await sandboxes.run(runnable, { ...invocation, signal: AbortSignal.any(signals) }))
    } catch (error) {
      throw refusalOf(error)
    } finally {
      giveBack()
    }
  }

  async #choose(
    found: LambdaFunction,
    qualifier: string | undefined,
    functions: Functions,
    aliases: Aliases,
  ): Promise<Version | undefined> {
    if (qualifier === undefined || qualifier === LATEST || isNumber(qualifier))
      return functions.version(found, qualifier ?? LATEST)
    const alias = await aliases.find(found, qualifier)
    return alias && functions.version(found, this.#routed(alias))
  }

  #routed({ version, route }: Alias): string {
    if (route === undefined) return version
    return this.#parts.random.below(1_000_000) < route.weight * 1_000_000 ? route.version : version
  }

  async #code(found: LambdaFunction, id: string): Promise<Uint8Array> {
    const { storage, vault } = this.#parts
    const zip = await storage.unit('read', (unit) => new Codes(unit, vault).read(found, id))
    if (zip === undefined) throw new SandboxUnavailable('busy', 'the code was replaced meanwhile')
    return zip
  }
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof SandboxUnavailable)) return error
  switch (error.why) {
    case 'busy':
      return throttled('ConcurrentInvocationLimitExceeded')
    case 'role':
      return roleUnusable()
    case 'missing':
      return runtimeMissing(error.message)
  }
}

/** Whether nothing has run and it may be tried again. */
export const isThrottled = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'TooManyRequestsException'

/** An answer that is too large is an error of the function. Source: rotation.md 14.2; the words as clients report them. */
function bounded(ran: Ran): Ran {
  if (ran.payload.length <= MOST_SYNC_BYTES) return ran
  const error = {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${MOST_SYNC_BYTES} bytes).`,
  }
  return { ...ran, functionError: 'Unhandled', payload: Buffer.from(JSON.stringify(error)) }
}

import type { AuditEvent } from '#kernel/audit/event'
import type { Unit } from '#kernel/storage/storage'
import type { Functions, Invoked } from './functions.ts'
import type { Later } from './jobs.ts'
import type { Leases } from './leases.ts'
import { checkOf, returnsIn } from './model/beyond.ts'
import type { Rotation, Run } from './model/rotation.ts'
import {
  cutFailure,
  failureOf,
  holdsOn,
  mayReturn,
  retryAfter,
  stepAfter,
  stepFailed,
  THROTTLED_MS,
} from './model/rotation-run.ts'
import { managerOf, type Secret } from './model/secret.ts'
import { CURRENT } from './model/stages.ts'
import type { Rotating } from './rotating.ts'
import { failureTold } from './rotation-events.ts'
import type { Secrets } from './store.ts'
import type { Work } from './workers.ts'

/** What the engine needs in one unit of work, as the operations have it. */
export interface Within {
  readonly secrets: Secrets
  readonly later: Later
  readonly rotating: Rotating
  readonly functions: Functions
  /** What the unit leaves in the trail: written in the unit itself. */
  readonly events: AuditEvent[]
}

/** One unit of work on the run of one secret, which is locked. */
export interface Turn extends Within {
  readonly unit: Unit
  readonly secret: Secret
  readonly rotation: Rotation
  readonly now: number
}

interface AttemptsParts {
  readonly leases: Leases
  readonly chance: (below: number) => number
  readonly told: ((event: 'lost', secretArn: string) => void) | undefined
}

const SERVICE = 'secretsmanager.amazonaws.com'
const NOT_ADMITTED = {
  errorType: 'AccessDeniedException',
  errorMessage:
    'The function is not there, or its policy does not grant access to the principal secretsmanager.amazonaws.com.',
} as const
const NOT_CURRENT = {
  errorType: 'NotCurrent',
  errorMessage: 'The function has ended, but its version is not AWSCURRENT.',
} as const
const LOST = { errorType: 'Lost', errorMessage: 'the process that ran the function ended' } as const

/** Attempts of a run whose version is current already that are made up for at once when they are lost. */
const MOST_AT_ONCE = 10

type Failure = { readonly errorType: string; readonly errorMessage: string }

/**
 * What becomes of the run of a secret when a step begins, ends or is lost: each method is one unit of work, and answers the step
 * that it has claimed, if there is one to do. Source: rotation.md 3.
 */
export class Attempts {
  readonly #parts: AttemptsParts

  constructor(parts: AttemptsParts) {
    this.#parts = parts
  }

  /** Writes down that this step is tried now; undefined when its function does not let the service in any more. */
  async claim(turn: Turn, run: Run): Promise<Work | undefined> {
    const { unit, secret, rotation, functions, rotating, now } = turn
    const { leases } = this.#parts
    const { account, region, id, arn } = secret
    const functionArn = functionOf(secret, rotation, run)
    const managed = functionArn !== undefined && functionArn === managerOf(secret)
    const admitted =
      managed || (functionArn !== undefined && (await functions.admits(functionArn, SERVICE, { arn, account })))
    if (functionArn === undefined || !admitted) return this.failed(turn, run, NOT_ADMITTED)
    await leases.take(unit, now)
    const claimed = await rotating.claim(secret, run, leases.node, now)
    return { account, region, id, arn, functionArn, configuredBy: rotation.configuredBy, run: claimed }
  }

  /** An attempt has died with its process: it counts. The first is made up for at once, since processes are restarted. */
  async lost(turn: Turn, run: Run): Promise<Work | undefined> {
    turn.unit.afterCommit(() => this.#parts.told?.('lost', turn.secret.arn))
    // Its version is current already: what is left is little, and nobody should wait for minutes to begin another rotation.
    const nearlyDone = run.attempt < MOST_AT_ONCE && (await turn.secrets.stages(turn.secret)).get(CURRENT) === run.token
    if (run.attempt > 1 && !nearlyDone) return this.failed(turn, run, LOST)
    const failure = failureOf(run.step, LOST.errorType, LOST.errorMessage)
    return this.claim(turn, { ...turn.rotating.first(run), attempt: run.attempt + 1, failure })
  }

  /** Takes down how the claimed step went. */
  async settle(turn: Turn, run: Run, invoked: Invoked, stopping: boolean): Promise<Work | undefined> {
    const { now } = turn
    if (invoked.ok && run.step !== 'returnSecret') return this.#succeeded(turn, run)
    if (!invoked.ok && stopping) await this.#waits(turn, run, now)
    else if (!invoked.ok && invoked.throttled === true) await this.#waits(turn, run, now + THROTTLED_MS)
    else if (run.step === 'returnSecret') await this.#returned(turn, run, invoked)
    else if (!invoked.ok) return this.failed(turn, run, invoked)
    return undefined
  }

  async #succeeded(turn: Turn, run: Run): Promise<Work | undefined> {
    const { rotating, secrets, secret, rotation, now } = turn
    if (run.phase === 'test') {
      rotating.tell(secret, 'TestRotationSucceeded', run.token, now)
      await rotating.end(secret, run, now)
      return undefined
    }
    const stages = await secrets.stages(secret)
    if (!holdsOn(stages, run.token)) {
      await rotating.abandon(secret, run, now)
      return undefined
    }
    const step = stepAfter(run, checkOf(secret.tags) !== undefined)
    if (step !== undefined) return this.claim(turn, { ...run, step })
    if (stages.get(CURRENT) !== run.token) return this.failed(turn, run, NOT_CURRENT)
    await rotating.end(secret, run, now)
    await rotating.schedule(secret, { ...rotation, lastAt: now, basedAt: now }, now)
    rotating.tell(secret, 'RotationSucceeded', run.token, now)
    return undefined
  }

  /** Tells of a failure and puts the next attempt down; answers the claimed step that sets the old password again, if any. */
  async failed(turn: Turn, run: Run, { errorType, errorMessage }: Failure): Promise<Work | undefined> {
    const { rotating, functions, secrets, secret, rotation, now } = turn
    const text = stepFailed(functionOf(secret, rotation, run) ?? '', run.step)
    const next = { ...run, failure: failureOf(run.step, errorType, errorMessage) }
    if (run.phase === 'test') {
      rotating.tell(secret, 'TestRotationFailed', run.token, now, text, failureTold(next, undefined))
      await secrets.rotations.saveFailedTest(secret, { at: now, failure: next.failure })
      await rotating.end(secret, run, now)
      return undefined
    }
    const tell = (at: number | undefined) =>
      rotating.tell(secret, 'RotationFailed', run.token, now, text, failureTold(next, at))
    const knowsHow = functions.returns?.(rotation.functionArn ?? managerOf(secret) ?? '') === true
    if (knowsHow && mayReturn(run) && returnsIn(secret.tags)) {
      const current = (await secrets.stages(secret)).get(CURRENT)
      if (current !== run.token) {
        // When it is tried again is settled when the old password is back: that is told of then.
        tell(undefined)
        return this.claim(turn, { ...next, step: 'returnSecret' })
      }
    }
    const delay = this.#delay(run)
    tell(this.#next(turn, delay))
    await this.#again(turn, next, delay)
    return undefined
  }

  /** How it went to set the old password again. Either way the rotation is tried again from its first step. */
  async #returned(turn: Turn, run: Run, invoked: Invoked): Promise<void> {
    const { rotating, secret, rotation, now } = turn
    const how = invoked.ok
      ? 'the current password was set again'
      : `the current password could not be set again: ${invoked.errorType}: ${invoked.errorMessage}`
    const next = { ...run, failure: cutFailure(`${run.failure ?? ''}; ${how}`) }
    const delay = this.#delay(run)
    const told = failureTold(next, this.#next(turn, delay))
    const text = invoked.ok ? undefined : stepFailed(rotation.functionArn ?? '', 'returnSecret')
    rotating.tell(secret, invoked.ok ? 'RotationReturned' : 'RotationFailed', run.token, now, text, told)
    await this.#again(turn, next, delay)
  }

  /** Milliseconds from a failed attempt to the next one; undefined: it waits for the next window. */
  #delay({ attempt }: Run): number | undefined {
    return retryAfter(attempt, this.#parts.chance)
  }

  #next({ now, rotation }: Turn, delay: number | undefined): number | undefined {
    return delay === undefined ? rotation.planned?.runAt : now + delay
  }

  /** Puts the attempt after a failed one down. */
  async #again(turn: Turn, run: Run, delay: number | undefined): Promise<void> {
    await this.#waits(turn, { ...run, attempt: run.attempt + 1 }, delay === undefined ? undefined : turn.now + delay)
  }

  /** Waits until then, or for the next window; given up at once when somebody has taken its label meanwhile. */
  async #waits({ rotating, secrets, secret, rotation, now }: Turn, run: Run, at: number | undefined): Promise<void> {
    if (run.phase === 'real' && !holdsOn(await secrets.stages(secret), run.token))
      return rotating.abandon(secret, run, now)
    if (at === undefined) await rotating.park(secret, run, rotation.planned?.runAt ?? now)
    else await rotating.wait(secret, run, at)
  }
}

/** Which function does the step. */
const functionOf = (secret: Secret, { functionArn }: Rotation, { step }: Run): string | undefined =>
  step === 'checkSecret' ? checkOf(secret.tags) : (functionArn ?? managerOf(secret))

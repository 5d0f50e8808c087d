import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Unit } from '#kernel/storage/storage'
import type { Accessed } from './accessed.ts'
import { byItself } from './history/author.ts'
import { type Keeping, pastValues, trim } from './history/forgetting.ts'
import { KEPT_MS, surplus } from './model/history.ts'
import type { Secret } from './model/secret.ts'
import type { Policies } from './policies.ts'
import type { Readings } from './readings.ts'
import { type RecordEvents, versionEvent, versionEvents } from './recorded.ts'
import type { Cell } from './rows.ts'
import { Secrets } from './store.ts'

const PURGE = 'secretsmanager/purge'
const PRUNE = 'secretsmanager/prune'
export const ROTATE = 'secretsmanager/rotate'
export const ROTATION_STEP = 'secretsmanager/rotation-step'
export const ROTATION_OVERDUE = 'secretsmanager/rotation-overdue'

export interface Payload extends Cell {
  readonly id: string
}

/** What the job of a step knows. */
export interface StepPayload extends Payload {
  readonly token: string
}

/** What Secrets Manager does later, put down in the unit of the change that asks for it. */
export class Later {
  readonly #jobs: Jobs
  readonly #unit: Unit

  constructor(jobs: Jobs, unit: Unit) {
    this.#jobs = jobs
    this.#unit = unit
  }

  /** Takes the secret away for good at `dueAt`. */
  purge(secret: Secret, dueAt: number): Promise<void> {
    return this.#schedule(PURGE, secret, dueAt)
  }

  keep(secret: Secret): Promise<void> {
    return this.#jobs.cancel(this.#unit, PURGE, keyOf(secret))
  }

  /** Takes old deprecated versions away. */
  prune(secret: Secret, dueAt: number): Promise<void> {
    return this.#schedule(PRUNE, secret, dueAt)
  }

  /** Begins the next rotation at `dueAt`. */
  rotate(secret: Secret, dueAt: number): Promise<void> {
    return this.#schedule(ROTATE, secret, dueAt)
  }

  unplan(secret: Secret): Promise<void> {
    return this.#jobs.cancel(this.#unit, ROTATE, keyOf(secret))
  }

  /** Tries the rotation that fills the version `token`, or looks after it, at `dueAt`. */
  step(secret: Payload, token: string, dueAt: number): Promise<void> {
    return this.#schedule(ROTATION_STEP, secret, dueAt, { token })
  }

  unstep(secret: Secret): Promise<void> {
    return this.#jobs.cancel(this.#unit, ROTATION_STEP, keyOf(secret))
  }

  /** Looks at `dueAt` whether what was promised has come. */
  watch(secret: Secret, dueAt: number): Promise<void> {
    return this.#schedule(ROTATION_OVERDUE, secret, dueAt)
  }

  unwatch(secret: Secret): Promise<void> {
    return this.#jobs.cancel(this.#unit, ROTATION_OVERDUE, keyOf(secret))
  }

  #schedule(kind: string, secret: Payload, dueAt: number, more?: { readonly token: string }): Promise<void> {
    const { account, region, id } = secret
    const payload: Payload = { account, region, id, ...more }
    return this.#jobs.schedule(this.#unit, { kind, key: keyOf(secret), dueAt, payload })
  }
}

export const keyOf = ({ account, region, id }: Payload): string => `${account}/${region}/${id}`

/** The handlers of these jobs. Both look again at what they find: the secret may have been restored or be gone. */
export function handlers(
  accessed: Accessed,
  policies: Policies,
  readings: Readings | undefined,
  mostVersions: number,
  keeping: Keeping,
  record?: RecordEvents,
): readonly JobHandler[] {
  return [
    {
      kind: PURGE,
      async run(unit, payload, now) {
        const { id, ...cell } = payload as Payload
        const author = byItself('EndSecretVersionDelete', now)
        const secrets = new Secrets(unit, cell, accessed, policies, readings, undefined, '', author)
        const secret = await secrets.findById(id)
        if (secret?.purgeAt === undefined || secret.purgeAt > now) return
        await record?.(unit, await versionEvents(secrets, secret, ['EndSecretVersionDelete'], now))
        await secrets.remove(secret)
      },
    },
    {
      kind: PRUNE,
      async run(unit, payload, now) {
        const { id, ...cell } = payload as Payload
        const author = byItself('SecretVersionDeletion', now)
        const secrets = new Secrets(unit, cell, accessed, policies, readings, undefined, '', author)
        const secret = await secrets.findById(id)
        if (secret === undefined) return
        const most = surplus(await secrets.countVersions(secret), mostVersions)
        if (most === 0) return
        const keep = pastValues(keeping, mostVersions)
        for (const version of await secrets.deprecated(secret, now - KEPT_MS, most)) {
          await secrets.removeVersion(secret, version, now, keep > 0)
          await record?.(unit, [versionEvent(secret, 'SecretVersionDeletion', version, now)])
        }
        if (keep > 0) await trim(unit, secret, keeping)
      },
    },
  ]
}

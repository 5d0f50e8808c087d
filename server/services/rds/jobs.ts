import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Unit } from '#kernel/storage/storage'
import type { ManagedSecrets } from '../secretsmanager/port.ts'
import type { Cell } from './model/database.ts'

const RELEASE = 'rds/release'

interface Payload extends Cell {
  readonly secretArn: string
}

/**
 * What the service does later. A command beside the server has a secret given up by the server itself, which keeps in memory what
 * was read of secrets.
 */
export class Later {
  readonly #jobs: Jobs
  readonly #unit: Unit

  constructor(jobs: Jobs, unit: Unit) {
    this.#jobs = jobs
    this.#unit = unit
  }

  /** Gives a managed secret up, at once. */
  release({ account, region }: Cell, secretArn: string, now: number): Promise<void> {
    const payload: Payload = { account, region, secretArn }
    return this.#jobs.schedule(this.#unit, { kind: RELEASE, key: secretArn, dueAt: now, payload })
  }
}

/** The handlers of these jobs. */
export function handlers(secretsIn: (unit: Unit, cell: Cell, now: number) => ManagedSecrets): readonly JobHandler[] {
  return [
    {
      kind: RELEASE,
      async run(unit, payload, now) {
        const { secretArn, ...cell } = payload as Payload
        await secretsIn(unit, cell, now).release(secretArn)
      },
    },
  ]
}

import type { KeyObject } from 'node:crypto'
import type { Call } from '#kernel/call'
import type { Jobs } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Unit } from '#kernel/storage/storage'
import type { ManagedSecrets, ManagedSecretsFor } from '../secretsmanager/port.ts'
import { Databases } from './databases.ts'
import { Later } from './jobs.ts'
import type { Env } from './operation.ts'
import type { Passwords } from './passwords.ts'

/** What all calls share. */
export interface Common {
  /** Authenticates rows. */
  readonly key: KeyObject
  readonly managed: ManagedSecretsFor
  readonly passwords: Passwords
  readonly jobs: Jobs
  readonly random: Random
}

/** What one call works with. Most calls never ask for secrets. */
export class Work implements Env {
  readonly databases: Databases
  readonly #common: Common
  readonly #unit: Unit
  readonly #call: Call

  constructor(common: Common, unit: Unit, call: Call) {
    this.#common = common
    this.#unit = unit
    this.#call = call
    this.databases = new Databases(unit, common.key)
  }

  get secrets(): ManagedSecrets {
    return this.#common.managed(this.#unit, this.#call)
  }

  get later(): Later {
    return new Later(this.#common.jobs, this.#unit)
  }

  get passwords(): Passwords {
    return this.#common.passwords
  }

  get random(): Random {
    return this.#common.random
  }
}

import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { Keys, KeysFor } from '../kms/port.ts'
import type { ReadableSecretsFor } from '../secretsmanager/port.ts'
import type { Remembered } from './asked.ts'
import { Cipher, type Texts } from './cipher.ts'
import { type ImageParts, Images } from './images.ts'
import { Later, type LaterParts } from './jobs.ts'
import type { Announced } from './model/change.ts'
import type { Env, Limits, PrincipalsFor } from './operation.ts'
import { Pages } from './pages.ts'
import type { Paging } from './paging.ts'
import type { ParameterQuota } from './quota.ts'
import type { Readings } from './readings.ts'
import { References } from './references.ts'
import type { Rows } from './rows.ts'
import { ServiceSettings } from './settings.ts'
import type { Shares } from './sharing.ts'
import { Parameters } from './store.ts'

/** What all calls share. */
export interface Common extends LaterParts, ImageParts {
  readonly clock: Clock
  readonly vault: Vault
  readonly random: Random
  readonly keysFor: KeysFor
  readonly secretsFor: ReadableSecretsFor
  readonly identities: PrincipalsFor
  readonly rows: Rows
  /** See `Readings`, `Texts`: where something is kept in memory. */
  readonly readings: Readings | undefined
  readonly texts: Texts | undefined
  readonly paging: Paging
  readonly quota: ParameterQuota
  readonly shares: Shares
  readonly limits: Limits
  readonly strictPaths: boolean
  /** See `Limits`; undefined: one writer at a time. */
  readonly waitMs: number | undefined
}

/** What one call works with. A read needs little of it: the rest is made when it is asked for. */
export class Work implements Env {
  readonly parameters: Parameters
  readonly remembered: Remembered = { asked: undefined }
  readonly #common: Common
  readonly #unit: Unit
  readonly #call: Call

  constructor(common: Common, unit: Unit, call: Call) {
    this.#common = common
    this.#unit = unit
    this.#call = call
    this.parameters = new Parameters(unit, call, common.rows, common.readings, common.waitMs)
  }

  get pages(): Pages {
    return new Pages(this.parameters, this.#call.now, this.#common.readings)
  }

  get cipher(): Cipher {
    const { vault, keysFor, random, texts } = this.#common
    return new Cipher(vault, (home) => keysFor(this.#unit, this.#call, 'ssm', home), random, texts)
  }

  get references(): References {
    return new References(this.#common.secretsFor(this.#unit, this.#call, 'ssm'), this.#call)
  }

  get images(): Images {
    return new Images(this.#common, this.#unit)
  }

  get later(): Later {
    return new Later(this.#common, this.#unit)
  }

  get settings(): ServiceSettings {
    return new ServiceSettings(this.#unit, this.#call)
  }

  get paging(): Paging {
    return this.#common.paging
  }

  get quota(): ParameterQuota {
    return this.#common.quota
  }

  get shares(): Shares {
    return this.#common.shares
  }

  get keys(): Keys {
    return this.#common.keysFor(this.#unit, this.#call, 'ssm')
  }

  get identities(): PrincipalsFor {
    return this.#common.identities
  }

  get random(): Random {
    return this.#common.random
  }

  get limits(): Limits {
    return this.#common.limits
  }

  get strictPaths(): boolean {
    return this.#common.strictPaths
  }

  /** Bound to the call, as a value: operations take it out of the environment. */
  get events(): (event: Announced) => Promise<void> {
    return (event) =>
      this.#common.events.emit(this.#unit, { ...event, by: this.#call.caller.accessKeyId }, this.#call.now)
  }
}

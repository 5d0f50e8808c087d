import type { Call } from '#kernel/call'
import type { Events } from '#kernel/events/event'
import type { Jobs } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Unit } from '#kernel/storage/storage'
import type { PolicyPrincipals } from '../iam/port.ts'
import type { KeysFor } from '../kms/port.ts'
import type { Accessed } from './accessed.ts'
import { Cipher } from './cipher.ts'
import type { Functions } from './functions.ts'
import { authorOf } from './history/author.ts'
import { Later } from './jobs.ts'
import type { Env, Limits } from './operation.ts'
import type { Paging } from './paging.ts'
import type { Policies } from './policies.ts'
import type { SecretQuota } from './quota.ts'
import type { Readers } from './readers.ts'
import type { Readings } from './readings.ts'
import { Rotating } from './rotating.ts'
import type { Told } from './rotation-events.ts'
import { Secrets } from './store.ts'

/** What all calls share. */
export interface Common {
  readonly accessed: Accessed
  readonly readers: Readers
  readonly policies: Policies
  readonly readings: Readings | undefined
  readonly announced: Events | undefined
  readonly keysFor: KeysFor
  readonly identities: (unit: Unit) => { readonly principals: PolicyPrincipals }
  readonly functionsIn: (unit: Unit) => Functions
  readonly toldIn: (unit: Unit) => Told
  readonly jobs: Jobs
  readonly paging: Paging
  readonly quota: SecretQuota
  readonly random: Random
  readonly limits: Limits
}

/**
 * What one call works with. A read needs little of it: the rest is made when it is asked for. A class, since V8 makes a hidden class for
 * each literal with a getter, in the old generation: with it all that the getter reaches outlived each request until the next full collection.
 */
export class Work implements Env {
  readonly secrets: Secrets
  readonly #common: Common
  readonly #unit: Unit
  readonly #call: Call
  #cipher: Cipher | undefined
  #later: Later | undefined

  constructor(common: Common, unit: Unit, call: Call) {
    this.#common = common
    this.#unit = unit
    this.#call = call
    const { accessed, policies, readings, announced } = common
    const by = call.caller.accessKeyId
    this.secrets = new Secrets(unit, call, accessed, policies, readings, announced, by, authorOf(call))
  }

  get cipher(): Cipher {
    const unit = this.#unit
    const call = this.#call
    const { keysFor, random } = this.#common
    this.#cipher ??= new Cipher((home) => keysFor(unit, call, 'secretsmanager', home), call.caller.account, random)
    return this.#cipher
  }

  get later(): Later {
    this.#later ??= new Later(this.#common.jobs, this.#unit)
    return this.#later
  }

  get rotating(): Rotating {
    const { secrets, later } = this
    const { random, toldIn, limits } = this.#common
    const { versions } = limits
    return new Rotating({ secrets, later, random, events: this.#call.events, told: toldIn(this.#unit), versions })
  }

  get functions(): () => Functions {
    return () => this.#common.functionsIn(this.#unit)
  }

  get principals(): () => PolicyPrincipals {
    return () => this.#common.identities(this.#unit).principals
  }

  get accessed(): Accessed {
    return this.#common.accessed
  }

  get readers(): Readers {
    return this.#common.readers
  }

  get paging(): Paging {
    return this.#common.paging
  }

  get quota(): SecretQuota {
    return this.#common.quota
  }

  get random(): Random {
    return this.#common.random
  }

  get limits(): Limits {
    return this.#common.limits
  }
}

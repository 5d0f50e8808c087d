import type { AuditEvent } from '#kernel/audit/event'
import type { Call } from '#kernel/call'
import type { Decision } from '#kernel/authorization/evaluate'
import { ApiError } from '#kernel/error'
import type { Jobs } from '#kernel/jobs/jobs'
import type { Target } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { when } from '#kernel/values/soon'
import type { KeyCache } from './cache.ts'
import { dataKeyBlob, openBlob, sealBlob } from './cipher.ts'
import { isAliasOf, locateManaged, settled } from './creation.ts'
import type { LastUse } from './last-use.ts'
import { ANY_KEY, keyTarget, type Located, locate, locateOpened } from './locate.ts'
import { materialOf } from './model/blob.ts'
import { checkContext } from './model/context.ts'
import { isManaging, MANAGED, type Managing } from './model/policies.ts'
import { requireDataKeys } from './model/specs.ts'
import { requireState } from './model/states.ts'
import type { EncryptionContext, Keys, KeysFor } from './port.ts'
import { denied, unknownCiphertext } from './refusals.ts'
import { KeyStore } from './store.ts'

/** Decides as `kernel/authorization/authorize` does. */
export type Decide = (
  call: Call,
  serviceName: string,
  action: string,
  target: Target,
  rule: 'plain' | 'kms',
) => Decision

export interface Parts {
  readonly vault: Vault
  readonly random: Random
  readonly cache: KeyCache
  readonly decide: Decide
  readonly jobs: Jobs
  readonly uses: LastUse
}

const EVENT_SOURCE = 'kms.amazonaws.com'
const ALGORITHM = 'SYMMETRIC_DEFAULT'

/** KMS as other services reach it. See port.ts. */
export function keysOnBehalf(parts: Parts): KeysFor {
  return (unit, call, service, home = call.account) => new KeysOnBehalf(parts, unit, call, service, home)
}

class KeysOnBehalf implements Keys {
  readonly #parts: Parts
  readonly #keys: KeyStore
  readonly #unit: Unit
  /** The request as KMS gets it: the same caller, through the asking service. */
  readonly #call: Call
  readonly #service: string
  /** The account that key names without one mean. */
  readonly #home: string

  constructor(parts: Parts, unit: Unit, call: Call, service: string, home: string) {
    this.#parts = parts
    this.#unit = unit
    this.#keys = new KeyStore(unit, parts.vault, parts.cache)
    this.#call = { ...call, via: `${service}.amazonaws.com` }
    this.#service = service
    this.#home = home
  }

  async generateDataKey(keyId: string | undefined, context: EncryptionContext) {
    const request = { keyId: keyId ?? this.#managed().alias, encryptionContext: context, keySpec: 'AES_256' }
    try {
      const located = await this.#locate(keyId)
      const { key, material } = await this.#use('kms:GenerateDataKey', located, context)
      const { plaintext, blob } = dataKeyBlob(material, context, this.#parts.random)
      this.#record('GenerateDataKey', request, key)
      return { plaintext, blob, keyArn: key.arn }
    } catch (error) {
      throw this.#refused('GenerateDataKey', request, error)
    }
  }

  async encrypt(keyId: string | undefined, plaintext: Uint8Array, context: EncryptionContext) {
    const request = {
      keyId: keyId ?? this.#managed().alias,
      encryptionContext: context,
      encryptionAlgorithm: ALGORITHM,
    }
    try {
      const located = await this.#locate(keyId)
      const { key, material } = await this.#use('kms:Encrypt', located, context)
      const blob = sealBlob(material, context, plaintext, this.#parts.random)
      this.#record('Encrypt', request, key)
      return { blob, keyArn: key.arn }
    } catch (error) {
      throw this.#refused('Encrypt', request, error)
    }
  }

  /** At once when the key is in memory and nothing has to be asked for the decision. */
  decrypt(blob: Uint8Array, context: EncryptionContext) {
    const request = { encryptionContext: context, encryptionAlgorithm: ALGORITHM }
    const refuse = (error: unknown): never => {
      throw this.#refused('Decrypt', request, error)
    }
    try {
      const materialId = materialOf(blob)
      if (materialId === undefined) throw new ApiError('InvalidCiphertextException')
      const done = when(this.#keys.material(this.#call.region, materialId), (opened) => {
        if (opened === undefined) throw unknownCiphertext(this.#call)
        checkContext(context)
        return when(locateOpened(opened.key, this.#keys, this.#call, undefined), (located) => {
          this.#authorize('kms:Decrypt', located, context)
          requireState(opened.key, 'cryptography', this.#call.now)
          const plaintext = openBlob(opened.material, context, blob)
          this.#record('Decrypt', request, opened.key)
          return { plaintext, keyArn: opened.key.arn }
        })
      })
      return done instanceof Promise ? done.catch(refuse) : done
    } catch (error) {
      return refuse(error)
    }
  }

  async resolve(keyId: string): Promise<string | undefined> {
    try {
      const located = await locate(keyId, this.#keys, this.#call, ANY_KEY, this.#home)
      if (located.owner === this.#call.account) return located.key?.arn
      if (located.alias === undefined) return located.arn
      return this.#mayDescribe(located) ? located.key?.arn : undefined
    } catch (error) {
      if (error instanceof ApiError) return undefined
      throw error
    }
  }

  #managed(): (typeof MANAGED)[Managing] {
    if (!isManaging(this.#service)) throw new Error(`${this.#service} has no AWS managed key`)
    return MANAGED[this.#service]
  }

  /** The named key; the service's own AWS managed key, by no name or by its alias, also when it isn't there yet. */
  async #locate(keyId: string | undefined): Promise<Located> {
    const service = this.#service
    const place = { account: this.#home, region: this.#call.region, now: this.#call.now }
    if (isManaging(service) && (keyId === undefined || isAliasOf(service, keyId, place))) {
      return locateManaged(service, place, { ...this.#parts, keys: this.#keys })
    }
    if (keyId === undefined) throw new Error(`${service} has no AWS managed key`)
    return locate(keyId, this.#keys, this.#call, ANY_KEY, this.#home)
  }

  #mayDescribe(located: Located): boolean {
    return this.#parts.decide(this.#call, 'kms', 'kms:DescribeKey', keyTarget(located), 'kms').allowed
  }

  /** Permission, then state, then the material. The order is KMS's: a refusal tells nothing about the key's state. */
  async #use(action: string, located: Located, context: EncryptionContext) {
    checkContext(context)
    this.#authorize(action, located, context)
    const key = await settled(located, this.#call, { ...this.#parts, keys: this.#keys, unit: this.#unit })
    requireState(key, 'cryptography', this.#call.now)
    requireDataKeys(key, action.slice('kms:'.length))
    return this.#keys.current(key)
  }

  #authorize(action: string, located: Located, context: EncryptionContext): void {
    const target = keyTarget(located, { context, algorithm: ALGORITHM })
    const decision = this.#parts.decide(this.#call, 'kms', action, target, 'kms')
    if (!decision.allowed) throw denied(decision, this.#call, action, target)
  }

  #record(
    eventName: 'Decrypt' | 'Encrypt' | 'GenerateDataKey',
    requestParameters: AuditEvent['requestParameters'],
    key: { account: string; arn: string },
  ) {
    this.#parts.uses.note(key.arn, eventName, this.#call)
    this.#call.events.push({
      call: this.#call,
      eventSource: EVENT_SOURCE,
      eventName,
      readOnly: true,
      requestParameters,
      responseElements: null,
      resources: [{ accountId: key.account, type: 'AWS::KMS::Key', ARN: key.arn }],
      ...(key.account === this.#call.account ? {} : { owner: key.account }),
    })
  }

  /** Leaves the event of a call that was refused, and gives the error back. */
  #refused(eventName: string, requestParameters: AuditEvent['requestParameters'], error: unknown): unknown {
    if (error instanceof ApiError)
      this.#call.events.push({
        call: this.#call,
        eventSource: EVENT_SOURCE,
        eventName,
        readOnly: true,
        requestParameters,
        responseElements: null,
        errorCode: error.code,
        ...(error.message === '' ? {} : { errorMessage: error.message }),
      })
    return error
  }
}

import { ApiError } from '#kernel/error'
import { arn } from '#kernel/values/arn'
import type { EncryptionContext, Keys, KeysFor } from '../../kms/port.ts'

/** One question that KMS was asked. */
export interface Asked {
  readonly what: 'GenerateDataKey' | 'Decrypt' | 'Encrypt'
  /** ARN of the key. */
  readonly key: string
  readonly context: EncryptionContext
}

/**
 * KMS as the tests of Parameter Store need it: keys by alias or id that can be disabled, gone or refused, and a list of what was
 * asked. Blobs are readable text; nothing is secret here.
 */
export class FakeKeys {
  readonly asked: Asked[] = []
  /** Plaintexts handed out: they must be zero after the operation. */
  readonly plaintexts: Buffer[] = []
  /** By ARN; what is not in it is enabled. */
  readonly states = new Map<string, 'disabled' | 'pending' | 'gone'>()
  /** `Decrypt <arn>`: refused for lack of permission. */
  readonly denied = new Set<string>()
  #made = 0

  readonly keysFor: KeysFor = (_unit, call, _service, home = call.account) => this.#for(home, call.region)

  /** ARN of the key that an id, an alias or nothing (the default key) names. */
  arnOf(keyId?: string, account = '111122223333', region = 'us-east-1'): string {
    if (keyId?.startsWith('arn:')) return keyId
    return arn('kms', region, account, `key/of-${(keyId ?? 'alias/aws/ssm').replace('alias/', '')}`)
  }

  #enter(what: Asked['what'], key: string, context: EncryptionContext): void {
    this.asked.push({ what, key, context })
    if (this.denied.has(`${what} ${key}`)) throw new ApiError('AccessDeniedException', `no ${what}`)
    const state = this.states.get(key)
    if (state === 'disabled') throw new ApiError('DisabledException', `${key} is disabled.`)
    if (state === 'pending') throw new ApiError('KMSInvalidStateException', `${key} is pending deletion.`)
    if (state === 'gone') throw new ApiError('NotFoundException', `Key '${key}' does not exist`)
    if (key.includes('asymmetric')) throw new ApiError('InvalidKeyUsageException', `${key} key usage is SIGN_VERIFY`)
  }

  #for(account: string, region: string): Keys {
    const hand = (bytes: Buffer) => {
      this.plaintexts.push(bytes)
      return bytes
    }
    const sorted = (context: EncryptionContext) => Object.entries(context).sort()
    const wrap = (key: string, context: EncryptionContext, bytes: Uint8Array) =>
      Buffer.from(JSON.stringify([key, sorted(context), Buffer.from(bytes).toString('hex')]))
    return {
      generateDataKey: async (keyId, context) => {
        const keyArn = this.arnOf(keyId, account, region)
        this.#enter('GenerateDataKey', keyArn, context)
        const plaintext = hand(Buffer.alloc(32, ++this.#made))
        return { plaintext, blob: wrap(keyArn, context, plaintext), keyArn }
      },
      decrypt: async (blob, context) => {
        const [keyArn, bound, hex] = JSON.parse(Buffer.from(blob).toString()) as [string, unknown, string]
        this.#enter('Decrypt', keyArn, context)
        if (JSON.stringify(bound) !== JSON.stringify(sorted(context))) throw new ApiError('InvalidCiphertextException')
        return { plaintext: hand(Buffer.from(hex, 'hex')), keyArn }
      },
      encrypt: async (keyId, plaintext, context) => {
        const keyArn = this.arnOf(keyId, account, region)
        this.#enter('Encrypt', keyArn, context)
        return { blob: wrap(keyArn, context, plaintext), keyArn }
      },
      resolve: async (keyId) => (this.states.get(this.arnOf(keyId)) === 'gone' ? undefined : this.arnOf(keyId)),
    }
  }
}

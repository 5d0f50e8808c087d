import { ApiError } from '#kernel/error'
import type { AuditEvent } from '#kernel/audit/event'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import { openValue, sealValue } from '#kernel/sealing/envelope'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { KeysFor } from '../../kms/port.ts'
import { encryptionContextOf } from '../settings.ts'
import type { Session } from './sessions.ts'

const SERVICE = 'cloudtrail.amazonaws.com'
/** What stands beside an encrypted file. */
const KEY = 'strongroom-key'
const DATA_KEY = 'strongroom-data-key'
const TRAIL = 'strongroom-trail'

export interface EncryptionParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  /** Services are put together after deliveries. */
  keysFor(): KeysFor
  record(unit: Unit, events: readonly AuditEvent[]): Promise<void>
}

/** A file encrypted under a data key of its own, which a trail's key of KMS wraps, and what must stand beside it. */
export interface Encrypted {
  readonly body: Buffer
  readonly metadata: Readonly<Record<string, string>>
}

/** Log files of trails with a key: encrypted in CloudTrail's name, opened in the name of whoever reads them, as S3 does it. */
export class Encryption {
  readonly #parts: EncryptionParts

  constructor(parts: EncryptionParts) {
    this.#parts = parts
  }

  async encrypt({ trail }: Session, body: Buffer, bucket: string, key: string): Promise<Encrypted> {
    const { storage, clock, random, record, keysFor } = this.#parts
    const { plaintext, blob, keyArn } = await storage.unit('write', async (unit) => {
      const call = serviceCall(trail, random.uuid(), clock.now())
      const made = await keysFor()(unit, call, 'cloudtrail').generateDataKey(trail.kmsKey, encryptionContextOf(trail))
      await record(unit, call.events)
      return made
    })
    try {
      const metadata = { [KEY]: keyArn, [DATA_KEY]: blob.toString('base64'), [TRAIL]: trail.arn }
      return { body: sealValue(plaintext, body, [bucket, key]), metadata }
    } finally {
      plaintext.fill(0)
    }
  }

  /** Opens files in a caller's name; those that are not encrypted are given back. */
  clear(unit: Unit, call: Call) {
    return async (
      bucket: string,
      key: string,
      metadata: Readonly<Record<string, string>>,
      body: Buffer,
    ): Promise<Buffer> => {
      const { [DATA_KEY]: dataKey, [TRAIL]: arn } = metadata
      if (dataKey === undefined || arn === undefined) return body
      const { plaintext } = await this.#opened(unit, call, Buffer.from(dataKey, 'base64'), arn)
      try {
        return openValue(plaintext, body, [bucket, key])
      } finally {
        plaintext.fill(0)
      }
    }
  }

  async #opened(unit: Unit, call: Call, blob: Buffer, arn: string) {
    try {
      return await this.#parts.keysFor()(unit, call, 's3').decrypt(blob, encryptionContextOf({ arn }))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // S3 passes on what KMS says. Source: S3 User Guide, "Using server-side encryption with AWS KMS keys", troubleshooting.
      const denied = error.code === 'AccessDeniedException'
      throw new ApiError(denied ? 'AccessDenied' : `KMS.${error.code}`, error.message, denied ? 403 : 400)
    }
  }
}

function serviceCall({ account, region }: Session['trail'], requestId: string, now: number): Call {
  return {
    ...{ requestId, account, region, now, sourceIp: SERVICE, userAgent: SERVICE, secure: true, events: [] },
    caller: {
      ...{ kind: 'service', account, arn: SERVICE, principalArn: SERVICE, userId: '', accessKeyId: '' },
      ...{ tags: new Map(), policies: [] },
    },
  }
}

/** Whether what stands beside a file says that it is encrypted. */
export const isEncrypted = (metadata: Readonly<Record<string, unknown>> | undefined): boolean =>
  metadata?.[KEY] !== undefined

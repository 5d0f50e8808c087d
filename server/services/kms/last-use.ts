import type { KeyLastUsageTrackingOperation } from '@aws-sdk/client-kms'
import type { Call } from '#kernel/call'
import type { AnyOperation } from '#kernel/operation'
import type { Storage, Unit } from '#kernel/storage/storage'
import { parseArn } from '#kernel/values/arn'
import { when } from '#kernel/values/soon'
import * as sql from './last-use.sql.ts'
import type { Key } from './model/key.ts'

/** The last time that a key was used with success. Source: kms.md 16.4. */
export interface Use {
  /** Milliseconds. */
  readonly at: number
  readonly operation: KeyLastUsageTrackingOperation
  readonly requestId: string
}

/** A busy key is noted once a minute. Source: kms.md 16.4. */
const MINUTE = 60_000
/** Keys written down in one unit. */
const BATCH = 200

/**
 * The last use of each key, kept in memory until `flush` writes it: calls that only read never write. What is noted shows at
 * once in this process; a crash loses at most what happened since the last flush.
 */
export class LastUse {
  #noted = new Map<string, Use>()

  /** Tells that a call used the key of this ARN. Costs one look into a map. */
  note(arn: string, operation: KeyLastUsageTrackingOperation, { now: at, requestId }: Call): void {
    const last = this.#noted.get(arn)
    if (last !== undefined && at - last.at < MINUTE && last.operation === operation) return
    this.#noted.set(arn, { at, operation, requestId })
  }

  /** The last use of a key; undefined: none since there is a note of it. */
  async of({ arn, account, region, id }: Pick<Key, 'arn' | 'account' | 'region' | 'id'>, unit: Unit) {
    const row = await unit.get<sql.UseRow>(sql.findUse, { account, region, id })
    const written: Use | undefined = row && {
      at: Number(row.used_at),
      operation: row.operation as KeyLastUsageTrackingOperation,
      requestId: row.request_id,
    }
    const noted = this.#noted.get(arn)
    return noted === undefined || (written !== undefined && written.at > noted.at) ? written : noted
  }

  /** Writes what was noted, in batches. What a failed batch held stays noted, and the failure is thrown. */
  async flush(storage: Storage): Promise<void> {
    // In one order, so that two processes that write the same keys wait for each other and don't lock crosswise.
    const notes = [...this.#noted].sort(([a], [b]) => (a < b ? -1 : 1))
    for (let at = 0; at < notes.length; at += BATCH) {
      const batch = notes.slice(at, at + BATCH)
      await storage.unit('write', async (unit) => {
        for (const [arn, { at: used_at, operation, requestId: request_id }] of batch) {
          const { account = '', region = '', resource = '' } = parseArn(arn) ?? {}
          const id = resource.slice('key/'.length)
          await unit.run(sql.putUse, { account, region, id, operation, used_at, request_id })
        }
      })
      for (const [arn, written] of batch) if (this.#noted.get(arn) === written) this.#noted.delete(arn)
    }
  }
}

/** The operations that count as a use, as AWS tracks them. */
const USES = [
  'Decrypt',
  'DeriveSharedSecret',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
] as const satisfies readonly KeyLastUsageTrackingOperation[]

/** What a use answers, as far as it says which key was used. */
interface Used {
  readonly KeyId?: string
  readonly SourceKeyId?: string
}

/** Operations that note which key they used when they have ended well; a dry run ends in a refusal and counts as none. */
export function noting<O extends Readonly<Record<string, AnyOperation>>>(operations: O, uses: LastUse): O {
  const noted: Record<string, AnyOperation> = { ...operations }
  for (const name of USES) {
    const operation = noted[name]
    if (operation === undefined) continue
    const note = (out: unknown, call: Call) => {
      const { KeyId, SourceKeyId } = out as Used
      if (KeyId !== undefined) uses.note(KeyId, name, call)
      if (SourceKeyId !== undefined && SourceKeyId !== KeyId) uses.note(SourceKeyId, name, call)
      return out
    }
    const { after } = operation
    noted[name] = {
      ...operation,
      run: (input, env, call) =>
        when(operation.run(input, env, call), (out) =>
          after === undefined || operation.afterOf?.(input) === false ? note(out, call) : out,
        ),
      ...(after === undefined
        ? {}
        : { after: async (out, input, env, call) => note(await after(out, input, env, call), call) }),
    }
  }
  return noted as O
}

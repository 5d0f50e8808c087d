import { ApiError } from '#kernel/error'
import type { Secret } from '#kernel/values/bytes'
import type { ManagedSecrets, ManagedState, NewManagedSecret } from '../../secretsmanager/port.ts'

interface Kept extends Omit<NewManagedSecret, 'value'> {
  readonly arn: string
  readonly value: string
}

/** Managed secrets of the test: kept in memory, in whatever state it says. */
export class FakeSecrets implements ManagedSecrets {
  readonly kept = new Map<string, Kept>()
  /** What was asked for, in order: `rotate arn`. */
  readonly asked: string[] = []
  status: ManagedState['status'] = 'active'

  async create({ value, ...secret }: NewManagedSecret): Promise<string> {
    if (secret.kmsKeyId === 'alias/none') throw new ApiError('InvalidParameterException', 'no such key')
    const arn = `arn:aws:secretsmanager:us-east-1:111122223333:secret:${secret.name}-AbCdEf`
    this.kept.set(arn, { ...secret, arn, value: value.reveal() })
    return arn
  }

  async put(arn: string, value: Secret): Promise<void> {
    const kept = this.kept.get(arn)
    if (kept === undefined) throw new ApiError('ResourceNotFoundException', 'no such secret')
    this.kept.set(arn, { ...kept, value: value.reveal() })
  }

  async state(arn: string): Promise<ManagedState | undefined> {
    return this.kept.has(arn)
      ? { status: this.status, keyArn: 'arn:aws:kms:us-east-1:111122223333:key/k', failure: undefined }
      : undefined
  }

  async rotate(arn: string): Promise<void> {
    this.asked.push(`rotate ${arn}`)
  }

  async remove(arn: string): Promise<void> {
    this.asked.push(`remove ${arn}`)
    this.kept.delete(arn)
  }

  async release(arn: string): Promise<void> {
    this.asked.push(`release ${arn}`)
    this.kept.delete(arn)
  }
}

import type { Call } from '#kernel/call'
import { type Soon, when } from '#kernel/values/soon'
import {
  markedForDeletion,
  secretNotFound,
  stageNotFound,
  stageNotOnVersion,
  versionNotFound,
} from './model/refusals.ts'
import { dayOf } from './model/secret.ts'
import { CURRENT, PENDING } from './model/stages.ts'
import type { Env } from './operation.ts'
import type { Reading, Selection } from './store.ts'

/** What GetSecretValue is asked for. */
export interface Asked {
  readonly SecretId: string
  readonly VersionId?: string | undefined
  readonly VersionStage?: string | undefined
}

/** Which version a request means: the id if it names one, else the stage, else AWSCURRENT. */
export function selectionOf({ SecretId, VersionId, VersionStage = CURRENT }: Asked): Selection {
  return { id: SecretId, version: VersionId, stage: VersionStage }
}

/** A decrypted version as GetSecretValue answers it. */
export interface Value {
  readonly ARN: string
  readonly Name: string
  readonly VersionId: string
  readonly SecretString?: string
  readonly SecretBinary?: Uint8Array
  readonly VersionStages?: string[]
  readonly CreatedDate: Date
}

/**
 * Opens what was read, as the caller, and notes the access. Refuses in the order of secretsmanager.md 1.7 and with the
 * texts of 8.9: no secret, scheduled for deletion, no such version or label, label elsewhere, no value yet.
 */
export function openReading(
  reading: Reading | undefined,
  { VersionId, VersionStage }: Asked,
  env: Pick<Env, 'cipher' | 'accessed' | 'readers'>,
  call: Call,
): Soon<Value> {
  if (reading === undefined) throw secretNotFound()
  const { secret, version } = reading
  if (secret.deletedAt !== undefined) throw markedForDeletion()
  if (version === undefined)
    throw VersionId === undefined ? stageNotFound(VersionStage ?? CURRENT) : versionNotFound(VersionId)
  const { labels } = version
  if (VersionId !== undefined && VersionStage !== undefined && !labels.includes(VersionStage)) throw stageNotOnVersion()
  if (version.kind === 'empty') {
    throw VersionId !== undefined && VersionStage === undefined
      ? versionNotFound(VersionId)
      : stageNotFound(VersionStage ?? CURRENT)
  }
  const pending = VersionStage === PENDING
  return when(env.cipher.open(secret, version), (value) => answerOf({ secret, version }, value, pending, env, call))
}

/** The answer with a value that was decrypted; notes the access. */
function answerOf(
  { secret, version }: { readonly secret: Reading['secret']; readonly version: NonNullable<Reading['version']> },
  value: Buffer,
  pending: boolean,
  { accessed, readers }: Pick<Env, 'accessed' | 'readers'>,
  call: Call,
): Value {
  const { labels } = version
  const today = dayOf(call.now)
  if (secret.accessedDay < today || version.accessedDay < today) {
    accessed.note(secret.account, secret.region, secret.id, version.id, today)
    // The reading may serve again: what is noted is not noted twice.
    secret.accessedDay = today
    version.accessedDay = today
  }
  readers.note(secret, version.id, call.caller.principalArn, call.now, pending)
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...(version.kind === 'string' ? { SecretString: textOf(value) } : { SecretBinary: value }),
    ...(labels.length > 0 && { VersionStages: [...labels] }),
    CreatedDate: new Date(version.createdAt),
  }
}

/** The text of a value, whose bytes are wiped. */
function textOf(value: Buffer): string {
  const text = value.toString('utf8')
  value.fill(0)
  return text
}

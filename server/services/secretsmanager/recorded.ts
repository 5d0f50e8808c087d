import type { AuditEvent } from '#kernel/audit/event'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Unit } from '#kernel/storage/storage'
import type { Secret } from './model/secret.ts'
import type { Secrets } from './store.ts'
import { SecretTarget } from './target.ts'

/** Writes events into the trail in the unit of what they tell: the trail's `recordIn`. */
export type RecordEvents = (unit: Unit, events: readonly AuditEvent[]) => Promise<void>

/**
 * `additionalEventData` of a call on one secret: its ARN, however the caller named it. Ours: AWS's records have none, and do not say
 * which secret was meant. A refused call says it only of the account's own secrets: nobody learns the ARN of another's.
 */
export function onSecret(
  _input: unknown,
  out: unknown,
  { account }: Pick<Call, 'account'>,
  targets: Target | readonly Target[] | undefined,
): { readonly SecretId: string } | undefined {
  const target = Array.isArray(targets) ? (targets[0] as Target | undefined) : (targets as Target | undefined)
  if (!(target instanceof SecretTarget) || !target.known) return undefined
  return out === undefined && target.owner !== account ? undefined : { SecretId: target.resource }
}

/** The same of what was read: with the version that was. */
export function onVersion(
  input: unknown,
  out: { readonly ARN: string; readonly VersionId: string } | undefined,
  call: Pick<Call, 'account'>,
  targets: Target | readonly Target[] | undefined,
): { readonly SecretId: string; readonly SecretVersionId?: string } | undefined {
  return out === undefined ? onSecret(input, out, call, targets) : { SecretId: out.ARN, SecretVersionId: out.VersionId }
}

/** What the trail is told of the end of versions. Source: surroundings.md 1.4. */
export type VersionEventName =
  | 'StartSecretVersionDelete'
  | 'CancelSecretVersionDelete'
  | 'EndSecretVersionDelete'
  /** A version without labels made room. */
  | 'SecretVersionDeletion'

const SERVICE = 'secretsmanager.amazonaws.com'

/** A service event about a version. Its shape is that of rotations (surroundings.md 1.4); which version it is we say besides. */
export function versionEvent(
  { account, region, arn }: Pick<Secret, 'account' | 'region' | 'arn'>,
  eventName: VersionEventName,
  version: string,
  now: number,
): AuditEvent {
  return {
    call: {
      requestId: `${eventName}-${arn}-${version}`,
      caller: {
        ...{ kind: 'service', account, arn: SERVICE, principalArn: SERVICE, userId: '', accessKeyId: '' },
        tags: new Map(),
        policies: [],
      },
      ...{ account, region, now, sourceIp: SERVICE, userAgent: SERVICE, secure: true, events: [] },
    },
    eventSource: SERVICE,
    eventName,
    readOnly: false,
    requestParameters: null,
    responseElements: null,
    additionalEventData: { SecretId: arn, SecretVersionId: version },
  }
}

/** More versions than a secret can have. */
const ALL = 100_000

/** One event for each version that a secret has. */
export async function versionEvents(
  secrets: Pick<Secrets, 'versions'>,
  secret: Secret,
  names: readonly VersionEventName[],
  now: number,
): Promise<AuditEvent[]> {
  const versions = await secrets.versions(secret, { deprecated: true, limit: ALL })
  return versions.flatMap(({ id }) => names.map((name) => versionEvent(secret, name, id, now)))
}

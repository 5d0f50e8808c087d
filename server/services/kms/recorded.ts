import type { KeyMetadata } from '@aws-sdk/client-kms'
import type { AuditEvent } from '#kernel/audit/event'
import { shownKeyMoment } from '#kernel/audit/moment'
import type { AnyOperation, Target } from '#kernel/operation'
import { lowerFirst } from '#kernel/input'
import { parseArn } from '#kernel/values/arn'

const KEY = 'AWS::KMS::Key'

/** The keys and aliases that a call acted on. Source: KMS Developer Guide, log entries of DisableKey, CreateAlias and others. */
function resourcesOf(targets: Target | readonly Target[]): NonNullable<AuditEvent['resources']> {
  const resources: { accountId: string; type?: string; ARN: string }[] = []
  for (const { resource } of Array.isArray(targets) ? (targets as readonly Target[]) : [targets as Target]) {
    const arn = parseArn(resource)
    if (arn?.resource.startsWith('key/')) resources.push({ accountId: arn.account, type: KEY, ARN: resource })
    else if (arn?.resource.startsWith('alias/')) resources.push({ accountId: arn.account, ARN: resource })
  }
  return resources
}

/**
 * The operations, whose records name the keys that they are about where they do not say more; of a change the answer has the key's ARN
 * too, although the call gives none. Source: KMS Developer Guide, "recorded on or after December 2022".
 */
export function recording<Operations extends Readonly<Record<string, AnyOperation>>>(
  operations: Operations,
): Operations {
  const entries = Object.entries(operations).map(([name, operation]): [string, AnyOperation] => {
    const { audit, effect } = operation
    const ofKeys = (_: unknown, __: unknown, ___: unknown, targets: Target | readonly Target[] = []) => {
      const found = resourcesOf(targets)
      return found.length === 0 ? undefined : found
    }
    const arnOf = (_: unknown, targets: Target | readonly Target[] = []) => {
      const key = resourcesOf(targets).find(({ type }) => type === KEY)
      return key === undefined ? null : { keyId: key.ARN }
    }
    const more = {
      ...(audit?.resources === undefined && { resources: ofKeys }),
      ...(audit?.response === undefined && effect === 'write' && { response: arnOf }),
    }
    return [name, { ...operation, audit: { ...audit, ...more } } as AnyOperation]
  })
  return Object.fromEntries(entries) as Operations
}

/** A key's metadata in a record: members with a small first letter, times as KMS writes them. Source: surroundings.md 1.3. */
export function recordedMetadata(metadata: KeyMetadata | undefined): Readonly<Record<string, unknown>> {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(metadata ?? {})) {
    if (value !== undefined) shown[lowerFirst(name)] = recordedValue(value)
  }
  return shown
}

function recordedValue(value: unknown): unknown {
  if (value instanceof Date) return shownKeyMoment(value)
  if (Array.isArray(value)) return value.map(recordedValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [lowerFirst(name), recordedValue(each)]))
}

import type { Audited } from '#kernel/operation'
import type { Call } from '#kernel/call'
import { parseArn } from '#kernel/values/arn'
import { parameterArn } from './model/name.ts'

type Resources = ReturnType<NonNullable<Audited<unknown, unknown>['resources']>>

/** What stands in the trail for a value. Source: parameterstore.md 18, recorded. */
export const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/** The parameters of a call as its record names them. Source: parameterstore.md 18. */
export function resourcesOf(arns: readonly (string | undefined)[] | undefined, call: Call): Resources {
  const resources: { accountId: string; ARN: string }[] = []
  for (const ARN of arns ?? []) {
    if (ARN !== undefined) resources.push({ accountId: parseArn(ARN)?.account ?? call.account, ARN })
  }
  return resources
}

/** The same by the keys of the caller's own parameters. */
export function ownResources(keys: readonly string[], call: Call): Resources {
  return keys.map((key) => ({ accountId: call.account, ARN: parameterArn(call.region, call.account, key) }))
}

/** Members of a request as the record has them: their first letter small, absent ones left out. */
export function lowered(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) shown[`${name.charAt(0).toLowerCase()}${name.slice(1)}`] = value
  }
  return shown
}

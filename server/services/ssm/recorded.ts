import type { Copy } from '#kernel/audit/event'
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

const NO_COPIES: readonly Copy[] = []

/** What each of the others whose parameters were read by their ARNs is told: the names and the parameters that are its own. */
export function copiesOf(
  names: readonly string[],
  read: readonly (string | undefined)[],
  more: Readonly<Record<string, unknown>>,
  call: Call,
): readonly Copy[] {
  if (!names.some((name) => isForeign(name, call))) return NO_COPIES
  const byOwner = new Map<string, string[]>()
  for (const name of names) {
    if (!isForeign(name, call)) continue
    const owner = parseArn(name.trim())?.account as string
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), name])
  }
  return Array.from(byOwner, ([owner, theirs]) => {
    const arns = read.filter((arn) => arn !== undefined && parseArn(arn)?.account === owner)
    return { owner, requestParameters: lowered({ Names: theirs, ...more }), resources: resourcesOf(arns, call) }
  })
}

function isForeign(name: string, { account }: Call): boolean {
  const owner = parseArn(name.trim())?.account
  return owner !== undefined && owner !== '' && owner !== account
}

import { arn, parseArn } from '#kernel/values/arn'
import { invalidName } from './refusals.ts'

/** Account and region: every row belongs to one pair, every statement carries it. */
export interface Cell {
  readonly account: string
  readonly region: string
}

/** Where a `SecretId` points. Without `account` and `region`: the caller's own. `suffix` only from a full ARN. */
export interface Place {
  readonly name: string
  readonly suffix?: string
  readonly account?: string
  readonly region?: string
}

const NAME = /^[A-Za-z0-9/_+=.@!-]+$/
const SUFFIX = /-[A-Za-z0-9]{6}$/

/** Whether a name may have this in it. */
export const isInNames = (text: string): boolean => NAME.test(text)

/**
 * Refuses a name with other characters than AWS takes; its length is the member's own matter. Assumed: `!`, which services
 * put into the names of their secrets, is open to all. Source: secretsmanager.md 1.6 (recorded), 2.
 */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw invalidName()
}

/**
 * Reads a `SecretId`: a name, a full ARN, or an ARN without its suffix. An ARN that ends like one with a suffix counts as
 * full, so that a partial ARN of `db-a1b2c3` never finds anything (recorded). Assumed: a name with its suffix is no id.
 * Undefined: it can't name any secret. Throws the name's ValidationException. Source: secretsmanager.md 2.1.
 */
export function placeOf(id: string): Place | undefined {
  if (!id.startsWith('arn:')) {
    checkName(id)
    return { name: id }
  }
  const parsed = parseArn(id)
  if (parsed?.partition !== 'aws' || parsed.service !== 'secretsmanager') return undefined
  if (!parsed.resource.startsWith('secret:')) return undefined
  const { account, region } = parsed
  const tail = parsed.resource.slice('secret:'.length)
  if (!NAME.test(tail)) return undefined
  return SUFFIX.test(tail)
    ? { account, region, name: tail.slice(0, -7), suffix: tail.slice(-6) }
    : { account, region, name: tail }
}

/** The full ARN of a secret: `arn:aws:secretsmanager:us-east-1:111122223333:secret:app/db-a1B2c3`. */
export function secretArn(region: string, account: string, name: string, suffix: string): string {
  return arn('secretsmanager', region, account, `secret:${name}-${suffix}`)
}

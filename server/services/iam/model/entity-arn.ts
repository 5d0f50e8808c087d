import { parseArn } from '#kernel/values/arn'
import { invalidInput } from './refusals.ts'

/** A user, group or role, as an ARN names it. */
export interface NamedEntity {
  readonly kind: 'user' | 'group' | 'role'
  readonly account: string
  readonly name: string
}

/** What the ARN names; undefined for anything but a user, group or role (sessions, root, policies). */
export function entityIn(arn: string): NamedEntity | undefined {
  const parsed = parseArn(arn)
  if (parsed?.partition !== 'aws' || parsed.service !== 'iam' || parsed.region !== '') return undefined
  const found = /^(user|group|role)\/(?:[!-~]*\/)?([\w+=,.@-]+)$/.exec(parsed.resource)
  if (found === null || !/^[0-9]{12}$/.test(parsed.account)) return undefined
  return { kind: found[1] as NamedEntity['kind'], account: parsed.account, name: found[2] as string }
}

/** The same; throws InvalidInput with the text that clients of IAM report. */
export function entityNamed(arn: string): NamedEntity {
  const entity = entityIn(arn)
  if (entity === undefined)
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
  return entity
}

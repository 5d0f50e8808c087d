import type { Random } from '#kernel/random'
import { text } from '#kernel/random'
import { arn } from '#kernel/values/arn'
import { invalid } from './refusals.ts'

/** The region of everything in IAM, in the store and as `aws:RequestedRegion` is derived. */
export const REGION = 'global'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const SECRET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** What a unique id begins with: users, groups, roles, managed policies, instance profiles. Source: access.md 2. */
export type IdPrefix = 'AIDA' | 'AGPA' | 'AROA' | 'ANPA' | 'AIPA'

/** A unique id: 21 characters. */
export function uniqueId(random: Random, prefix: IdPrefix): string {
  return prefix + text(random, 17, BASE32)
}

/** The id of a long-term access key: 20 characters. */
export function newAccessKeyId(random: Random): string {
  return `AKIA${text(random, 16, BASE32)}`
}

/** A secret access key: 40 characters, 240 bits. */
export function newSecretAccessKey(random: Random): string {
  return text(random, 40, SECRET)
}

export function userArn(account: string, path: string, name: string): string {
  return arn('iam', '', account, `user${path}${name}`)
}

export function groupArn(account: string, path: string, name: string): string {
  return arn('iam', '', account, `group${path}${name}`)
}

export function roleArn(account: string, path: string, name: string): string {
  return arn('iam', '', account, `role${path}${name}`)
}

/** A session of a role as it calls: without the role's path. */
export function assumedRoleArn(account: string, role: string, session: string): string {
  return arn('sts', '', account, `assumed-role/${role}/${session}`)
}

export function instanceProfileArn(account: string, path: string, name: string): string {
  return arn('iam', '', account, `instance-profile${path}${name}`)
}

/** `url` without its scheme. */
export function providerArn(account: string, url: string): string {
  return arn('iam', '', account, `oidc-provider/${url}`)
}

export function policyArn(account: string, path: string, name: string): string {
  return arn('iam', '', account, `policy${path}${name}`)
}

export function rootArn(account: string): string {
  return arn('iam', '', account, 'root')
}

/**
 * A path: `/`, or `/…/` of printable ASCII; default `/`. Throws the ValidationError. Source: access.md 3.2 (recorded).
 */
export function pathOf(path: string | undefined): string {
  if (path === undefined || path === '/' || /^\/[!-~]+\/$/.test(path)) return path ?? '/'
  throw invalid(
    'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  )
}

/** The key under which a name is unique: case does not count. */
export function nameKey(name: string): string {
  return name.toLowerCase()
}

/** Account and name in the ARN of a managed policy; undefined when it is none. */
export function policyNameIn(policy: string): { account: string; name: string } | undefined {
  const found = /^arn:aws:iam::([0-9]{12}|aws):policy\/(?:[!-~]*\/)?([\w+=,.@-]+)$/.exec(policy)
  return found === null ? undefined : { account: found[1] as string, name: found[2] as string }
}

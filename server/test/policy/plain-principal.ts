import type { Caller } from '#kernel/call'
import { listOf } from './plain-conditions.ts'

/** Who is meant by Principal and NotPrincipal, from access.md 2, 5.2 and 5.5 (6) alone. */

/** How closely a principal of a policy names the caller. Source: access.md 5.5 (6). */
export const NONE = 0
export const ACCOUNT = 1
export const ROLE = 2
export const DIRECT = 3

/** `"*"`, or lists by type: `{ AWS: [...], Service: [...], Federated: [...] }`. */
export type Principals = '*' | Readonly<Record<string, unknown>>

/** Unique ids behind the ARNs of a document, as they were when it was written. */
export type Bound = ReadonlyMap<string, string>

/**
 * The closest that any of the principals of an Allow of the resource names the caller. Assumed: `*` lets no web identity in;
 * that is what `Federated` is for (access.md 4.2, 7).
 */
export function closest(principals: Principals, caller: Caller, bound?: Bound): number {
  if (caller.kind !== 'web') return means(principals, caller, bound)
  return principals === '*' ? NONE : means({ Federated: principals.Federated ?? [] }, caller)
}

/** The closest that any of the principals names the caller, where `*` is everybody. */
export function means(principals: Principals, caller: Caller, bound?: Bound): number {
  return Math.max(NONE, ...gradesOf(principals, caller, bound))
}

function gradesOf(principals: Principals, caller: Caller, bound?: Bound): number[] {
  if (principals === '*') return [DIRECT]
  return Object.entries(principals).flatMap(([type, values]) =>
    listOf(values).map((value) => gradeOf(type, String(value), caller, bound)),
  )
}

function gradeOf(type: string, value: string, caller: Caller, bound?: Bound): number {
  if (type === 'Service') return caller.kind === 'service' && caller.arn === value ? DIRECT : NONE
  if (type === 'Federated') return caller.kind === 'web' && caller.session?.provider === value ? DIRECT : NONE
  if (type !== 'AWS') return NONE
  if (value === '*') return DIRECT
  if (caller.kind === 'service' || caller.kind === 'web') return NONE
  if (value === caller.account || value === `arn:aws:iam::${caller.account}:root`) return ACCOUNT

  const isId = /^A(IDA|ROA)/.test(value)
  const id = isId ? value : bound?.get(value)
  const itself = id === undefined ? caller.arn === value : caller.userId === id
  if (caller.kind === 'role') {
    if (itself) return DIRECT
    const isRole = id === undefined ? caller.principalArn === value : caller.userId.split(':')[0] === id
    return isRole ? ROLE : NONE
  }
  if (caller.kind === 'federated') {
    if (caller.arn === value) return DIRECT
    return (id === undefined ? caller.parentArn === value : caller.parentId === id) ? ROLE : NONE
  }
  return caller.kind === 'user' && itself ? DIRECT : NONE
}

/**
 * Whether a Deny with NotPrincipal strikes the caller. Spared is who is listed in each of their forms: a session with its role
 * (or the user that made it) and its account, a user with its account. Who has a permissions boundary is never spared.
 */
export function strikes(listed: Principals, caller: Caller, bound?: Bound): boolean {
  if (caller.boundary !== undefined) return true
  const grades = gradesOf(listed, caller, bound)
  if (listsEveryone(listed)) return false
  if (caller.kind === 'root') return !grades.includes(ACCOUNT)
  if (caller.kind === 'user') return !(grades.includes(DIRECT) && grades.includes(ACCOUNT))
  if (caller.kind === 'service' || caller.kind === 'web') return !grades.includes(DIRECT)
  const byRoot = caller.parentArn === `arn:aws:iam::${caller.account}:root`
  return !(grades.includes(DIRECT) && (byRoot || grades.includes(ROLE)) && grades.includes(ACCOUNT))
}

function listsEveryone(listed: Principals): boolean {
  return listed === '*' || listOf(listed.AWS).includes('*')
}

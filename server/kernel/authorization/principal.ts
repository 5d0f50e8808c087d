import type { Caller } from '#kernel/call'
import type { Json } from '#kernel/authorization/json'
import type { BoundPrincipals } from '#kernel/authorization/policy'

/** How strongly a statement of a resource policy names the caller. Source: access.md 5.5, step 6. */
export type Grade = 0 | 1 | 2 | 3
export const NOBODY = 0
/** The caller's account: delegation, the caller's own policies decide. */
export const ACCOUNT = 1
/** The role behind a session, the user behind a federated one. */
export const ROLE = 2
/** The caller itself, or everybody. */
export const DIRECT = 3

/** A compiled `Principal` element. */
export interface Principals {
  readonly everyone: boolean
  /** 12-digit account ids; root ARNs are the same and stand here too. */
  readonly accounts: ReadonlySet<string>
  /** User, role, session and federated-user ARNs; unique ids of principals that a store resolved. */
  readonly names: ReadonlySet<string>
  readonly services: ReadonlySet<string>
  /** ARNs of identity providers. */
  readonly federated: ReadonlySet<string>
}

const ROOT = /^arn:[a-z-]+:iam::([0-9]{12}):root$/
const DIGITS = /^[0-9]{12}$/

/** Compiles a `Principal` or `NotPrincipal` element; undefined when it is not written as the language demands. */
export function principalsOf(element: Json, bound?: BoundPrincipals): Principals | undefined {
  const accounts = new Set<string>()
  const names = new Set<string>()
  const services = new Set<string>()
  const federated = new Set<string>()
  if (element === '*') return { everyone: true, accounts, names, services, federated }
  if (!(element instanceof Map) || element.size === 0) return undefined
  let everyone = false
  for (const [kind, value] of element as ReadonlyMap<string, Json>) {
    if (kind !== 'AWS' && kind !== 'Service' && kind !== 'Federated' && kind !== 'CanonicalUser') return undefined
    for (const name of Array.isArray(value) ? (value as readonly Json[]) : [value]) {
      if (typeof name !== 'string') return undefined
      if (kind === 'Service') services.add(name)
      else if (kind === 'Federated') federated.add(name)
      else if (kind === 'AWS') {
        const account = DIGITS.test(name) ? name : ROOT.exec(name)?.[1]
        if (name === '*') everyone = true
        else if (account !== undefined) accounts.add(account)
        else names.add(bound?.get(name) ?? name)
      }
    }
  }
  return { everyone, accounts, names, services, federated }
}

/** The unique id of the user or role behind the caller: `AROA…:session` without the session. */
function uniqueId(caller: Caller): string {
  const colon = caller.userId.indexOf(':')
  return colon < 0 ? caller.userId : caller.userId.slice(0, colon)
}

/** How a `Principal` element names the caller. A web identity is named by its provider only, not even by `*`. */
export function grade(principals: Principals, caller: Caller): Grade {
  if (caller.kind === 'web') return isProviderIn(principals, caller) ? DIRECT : NOBODY
  if (principals.everyone) return DIRECT
  if (caller.kind === 'service') return principals.services.has(caller.arn) ? DIRECT : NOBODY
  const { names } = principals
  if (names.size > 0) {
    if (isNamed(names, caller)) return DIRECT
    if (caller.kind === 'role' && isRoleIn(names, caller)) return ROLE
    if (caller.kind === 'federated' && isParentIn(names, caller)) return ROLE
  }
  return principals.accounts.has(caller.account) ? ACCOUNT : NOBODY
}

/** The user or the very session. A unique id with a session is the session's, one without it the user's. */
function isNamed(names: ReadonlySet<string>, caller: Caller): boolean {
  return names.has(caller.arn) || (caller.kind !== 'root' && names.has(caller.userId))
}

function isRoleIn(names: ReadonlySet<string>, caller: Caller): boolean {
  return names.has(caller.principalArn) || names.has(uniqueId(caller))
}

/** The user who made a federated session; root is its account and not named. */
function isParentIn(names: ReadonlySet<string>, { parentArn, parentId }: Caller): boolean {
  return (parentArn !== undefined && names.has(parentArn)) || (parentId !== undefined && names.has(parentId))
}

function isProviderIn(principals: Principals, { session }: Caller): boolean {
  return session?.provider !== undefined && principals.federated.has(session.provider)
}

/**
 * Whether a Deny with this `NotPrincipal` spares the caller: everything that stands above the caller must be listed
 * too, and a caller with a permissions boundary is never spared. Source: access.md 5.2.
 */
export function spares(principals: Principals, caller: Caller): boolean {
  if (caller.boundary !== undefined) return false
  if (principals.everyone) return true
  if (caller.kind === 'web') return isProviderIn(principals, caller)
  if (caller.kind === 'service') return principals.services.has(caller.arn)
  if (!principals.accounts.has(caller.account)) return false
  if (caller.kind === 'root') return true
  const { names } = principals
  if (!isNamed(names, caller)) return false
  if (caller.kind === 'user') return true
  if (caller.kind === 'role') return isRoleIn(names, caller)
  // Root is listed with its account.
  return caller.parentArn === undefined || ROOT.test(caller.parentArn) || isParentIn(names, caller)
}

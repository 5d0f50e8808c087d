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

/** How a `Principal` element names the caller. */
export function grade(principals: Principals, caller: Caller): Grade {
  if (caller.kind === 'web') return principals.federated.has(caller.session?.provider ?? '') ? DIRECT : NOBODY
  if (principals.everyone) return DIRECT
  if (caller.kind === 'service') return principals.services.has(caller.arn) ? DIRECT : NOBODY
  if (principals.names.size > 0) {
    if (principals.names.has(caller.arn)) return DIRECT
    const session = caller.kind === 'role' || caller.kind === 'federated'
    if (session && principals.names.has(caller.principalArn)) return ROLE
    if (caller.parentArn !== undefined && principals.names.has(caller.parentArn)) return ROLE
    if (caller.kind !== 'root' && principals.names.has(uniqueId(caller))) return session ? ROLE : DIRECT
  }
  return principals.accounts.has(caller.account) ? ACCOUNT : NOBODY
}

/**
 * Whether a Deny with this `NotPrincipal` spares the caller: everything that stands above the caller must be listed
 * too, and a caller with a permissions boundary is never spared. Source: access.md 5.2.
 */
export function spares(principals: Principals, caller: Caller): boolean {
  if (caller.kind === 'web') return principals.federated.has(caller.session?.provider ?? '')
  if (principals.everyone) return true
  if (caller.kind === 'service') return principals.services.has(caller.arn)
  if (caller.boundary !== undefined || !principals.accounts.has(caller.account)) return false
  if (caller.kind === 'root') return true
  if (caller.kind === 'user') return principals.names.has(caller.arn) || principals.names.has(caller.userId)
  if (!principals.names.has(caller.arn)) return false
  if (caller.kind === 'federated') return caller.parentArn === undefined || principals.names.has(caller.parentArn)
  return principals.names.has(caller.principalArn) || principals.names.has(uniqueId(caller))
}

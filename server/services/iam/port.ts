import type { Compiled } from '#kernel/authorization/policy'
import type { Unit } from '#kernel/storage/storage'

/** A user, role or root user of an account, with everything that decides what it may do. Good for one generation of IAM. */
export interface Principal {
  readonly kind: 'root' | 'user' | 'role'
  readonly account: string
  /** AIDA…, AROA…, or the account id for root. */
  readonly id: string
  /** Empty for root. */
  readonly name: string
  /** The ARN in IAM, a role's with its path. */
  readonly arn: string
  readonly tags: ReadonlyMap<string, string>
  /** Inline and attached policies, those of a user's groups too. */
  readonly policies: readonly Compiled[]
  readonly boundary: Compiled | undefined
}

/** Who is there now, kept in memory for one generation of IAM. For whoever verifies sessions. */
export interface PrincipalsNow {
  /** Counts up when anything in IAM changes on any node: what was built on a principal is stale then. */
  generation(): number
  /**
   * The principal of that unique id; undefined when it is deleted. At once when it is in memory; with `unit` it is looked up
   * there, past all caches.
   */
  principal(account: string, id: string, unit?: Unit): Promise<Principal | undefined> | Principal | undefined
  /** The default version of a managed policy, AWS's own too; undefined when there is none. */
  managed(account: string, arn: string, unit?: Unit): Promise<Compiled | undefined> | Compiled | undefined
}

/** Thrown for a policy that names a principal who is not there. */
export class UnknownPrincipal extends Error {
  /** As it is written: `AWS` and the ARN, `Federated`, `Service`. */
  readonly kind: 'AWS' | 'Federated' | 'Service'
  readonly principal: string

  constructor(kind: 'AWS' | 'Federated' | 'Service', principal: string) {
    super(`there is no principal ${principal}`)
    this.kind = kind
    this.principal = principal
  }
}

/**
 * Binds the principals that resource, key and trust policies name to their unique ids, so that a namesake that is made later
 * does not inherit. Store what `bind` answers beside the document, authenticate both together, and evaluate with
 * `boundPrincipals`. Source: access.md 2, 7 (22).
 */
export interface PolicyPrincipals {
  /** The ids of the principals in the document, as JSON to be stored. Throws UnknownPrincipal for one that is not there. */
  bind(document: string): Promise<string>
  /** The document as it is shown: a principal that is gone is shown by its id, one that was renamed by its new name. */
  show(document: string, bound: string): Promise<string>
}

/** What `bind` answered, as `compile` of the kernel takes it. */
export function boundPrincipals(bound: string): ReadonlyMap<string, string> {
  return new Map(JSON.parse(bound) as [string, string][])
}

/** A role that somebody wants to assume, in whatever account it is. */
export interface AssumableRole {
  readonly account: string
  readonly id: string
  readonly name: string
  readonly arn: string
  readonly tags: ReadonlyMap<string, string>
  /** Its trust policy. */
  readonly trust: Compiled
  /** Seconds. */
  readonly maxSession: number
}

/** An OIDC provider that an account has registered. */
export interface OidcProvider {
  readonly arn: string
  /** Without the scheme: `token.example.com/path`. */
  readonly url: string
  readonly clientIds: readonly string[]
  /** SHA-1 of certificates, 40 lower-case hexadecimal digits. */
  readonly thumbprints: readonly string[]
}

/** What other services may ask of IAM, in one unit of work. */
export interface Identities {
  /** The account of a long-term access key, in whatever account it is; undefined when nobody has it. */
  accountOf(accessKeyId: string): Promise<string | undefined>
  /** The role of exactly this ARN, in any account of this deployment. */
  role(arn: string): Promise<AssumableRole | undefined>
  /** The provider with exactly this URL (without `https://`). */
  provider(account: string, url: string): Promise<OidcProvider | undefined>
  /** Whether a principal of the account can have this managed policy, its own or one of AWS. */
  hasManagedPolicy(account: string, arn: string): Promise<boolean>
  /** Whether the account exists here. */
  hasAccount(account: string): Promise<boolean>
  readonly principals: PolicyPrincipals
}

export type IdentitiesFor = (unit: Unit) => Identities

/** Somebody who knew a user's password. `expired`: only an administrator can make it good again, and nobody is signed in. */
export interface SignedIn {
  readonly account: string
  readonly userId: string
  readonly userName: string
  readonly password: 'good' | 'to be changed' | 'expired'
}

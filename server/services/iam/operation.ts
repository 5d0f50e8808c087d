import type * as Sdk from '@aws-sdk/client-iam'
import { operationsOf } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { AccountAliases } from './account-aliases.ts'
import type { CredentialReports } from './credential-report.ts'
import type { Groups } from './groups.ts'
import type { Holdings } from './holdings.ts'
import type { InlinePolicies } from './inline.ts'
import type { InstanceProfiles } from './instance-profiles.ts'
import type { AccessKeys } from './keys.ts'
import type { LastUsed } from './last-used.ts'
import type { Logins } from './logins.ts'
import type { PasswordPolicies } from './password-policy.ts'
import type { Policies } from './policies.ts'
import type { PolicySources } from './policy-sources.ts'
import type { PolicyPrincipals } from './port.ts'
import type { Providers } from './providers.ts'
import type { Roles } from './roles.ts'
import type { Users } from './users.ts'

/** How much a deployment allows; AWS's figures by default. Source: access.md 3.2. */
export interface Limits {
  /** Users in one account. */
  readonly users: number
  /** Access keys of one user. */
  readonly accessKeys: number
  /** Managed policies in one account. */
  readonly policies: number
  /** Managed policies attached to one user, group or role. */
  readonly attachments: number
  /** Groups in one account. */
  readonly groups: number
  /** Groups that one user is in. */
  readonly groupsPerUser: number
  /** Roles in one account. */
  readonly roles: number
  /** Instance profiles in one account. */
  readonly instanceProfiles: number
  /** OIDC providers in one account. */
  readonly providers: number
}

export const awsLimits: Limits = {
  users: 5000,
  accessKeys: 2,
  policies: 1500,
  attachments: 10,
  groups: 300,
  groupsPerUser: 10,
  roles: 1000,
  instanceProfiles: 1000,
  providers: 100,
}

/** What the operations of IAM work with: the caller's account in one unit of work. */
export interface Env {
  readonly users: Users
  readonly keys: AccessKeys
  readonly groups: Groups
  readonly roles: Roles
  readonly profiles: InstanceProfiles
  readonly inline: InlinePolicies
  readonly policies: Policies
  /** Users, groups and roles with their policies, for simulations. */
  readonly sources: PolicySources
  /** Binds the principals that a trust policy names to their unique ids. */
  readonly principals: PolicyPrincipals
  readonly logins: Logins
  readonly passwordPolicy: PasswordPolicies
  readonly providers: Providers
  readonly aliases: AccountAliases
  readonly reports: CredentialReports
  readonly holdings: Holdings
  readonly lastUsed: LastUsed
  /** When the caller's account was made, milliseconds; 0 for one that dev mode made up. */
  accountCreatedAt(): Promise<number>
  readonly random: Random
  readonly limits: Limits
}

/** Declares an operation of IAM. */
export const operation = operationsOf<typeof Sdk, Env>()

import type * as Sdk from '@aws-sdk/client-iam'
import type { Call } from '#kernel/call'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import { accountCreatedAt } from './accounts.ts'
import { AccountAliases } from './account-aliases.ts'
import { Callers } from './callers.ts'
import { CredentialReports } from './credential-report.ts'
import { AccessKeys } from './keys.ts'
import { LastUsed } from './last-used.ts'
import { Logins } from './logins.ts'
import { notYet } from './not-yet.ts'
import { awsLimits, type Env, type Limits } from './operation.ts'
import { operations } from './offered.ts'
import { Policies } from './policies.ts'
import { StoredIdentities } from './identities.ts'
import { StoredPrincipals } from './policy-principals.ts'
import { PolicySources } from './policy-sources.ts'
import type { IdentitiesFor, SignedIn } from './port.ts'
import { Groups } from './groups.ts'
import { Holdings } from './holdings.ts'
import { InlinePolicies } from './inline.ts'
import { InstanceProfiles } from './instance-profiles.ts'
import { PasswordPolicies } from './password-policy.ts'
import { Providers } from './providers.ts'
import { Roles } from './roles.ts'
import { mayCallIam } from '../sts/port.ts'
import { type SignIn, verifyPassword } from './sign-in.ts'
import { Users } from './users.ts'

/** What AWS's IAM has besides. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

export interface IamParts {
  readonly storage: Storage
  readonly vault: Vault
  readonly random: Random
  readonly limits?: Limits
  /** Dev mode only: policies may name accounts that nobody made. */
  readonly anyAccount?: boolean
  /** The Region where the trail tells of it. */
  readonly home?: string | undefined
}

/** IAM as the rest of the program sees it. */
export interface Iam {
  readonly service: Service<Env>
  /** Who owns an access key, for the verification of signatures. */
  readonly callers: Callers
  /** To be told of each verified request. */
  readonly lastUsed: LastUsed
  /** Writes down what reads left in memory: when the keys were last used. */
  flush(storage: Storage): Promise<void>
  /** Forgets what is in memory: the store was emptied. */
  clear(): void
  readonly identities: IdentitiesFor
  /** Signs a user in at the console; see `sign-in.ts`. */
  verifyPassword(signIn: SignIn): Promise<SignedIn | undefined>
}

/** Users, groups, roles, access keys, policies and identity providers of the accounts. Its migrations are in `schema.ts`, the first account in `accounts.ts`. */
export function iam({ storage, vault, random, limits = awsLimits, anyAccount = false, home }: IamParts): Iam {
  const lastUsed = new LastUsed()
  const service: Service<Env> = {
    name: 'iam',
    signingName: 'iam',
    eventSource: 'iam.amazonaws.com',
    home,
    clockWindowMinutes: 15,
    query: { version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
    wording: { validation: 'ValidationError', modelled: 'Message', enumHidesValue: true },
    operations,
    excluded: mayCallIam,
    notYet: Object.keys(notYet),
    env: (unit: Unit, { account }: Call): Env => ({
      users: new Users(unit, account, vault),
      keys: new AccessKeys(unit, account, vault),
      groups: new Groups(unit, account, vault),
      roles: new Roles(unit, account, vault),
      profiles: new InstanceProfiles(unit, account, vault),
      inline: new InlinePolicies(unit, account, vault),
      policies: new Policies(unit, account, vault),
      sources: new PolicySources(unit, account, vault),
      principals: new StoredPrincipals(unit, vault, anyAccount),
      logins: new Logins(unit, account, vault),
      passwordPolicy: new PasswordPolicies(unit, account, vault),
      providers: new Providers(unit, account, vault),
      aliases: new AccountAliases(unit, account, vault),
      reports: new CredentialReports(unit, account, vault),
      holdings: new Holdings(unit, account, vault),
      lastUsed,
      accountCreatedAt: () => accountCreatedAt(unit, account),
      random,
      limits,
    }),
  }
  const callers = new Callers(storage, vault)
  return {
    service,
    callers,
    lastUsed,
    flush: (into) => lastUsed.flush(into),
    clear() {
      callers.clear()
      lastUsed.clear()
    },
    identities: (unit) => new StoredIdentities(unit, vault, anyAccount),
    verifyPassword: (signIn) => verifyPassword(storage, vault, signIn),
  }
}

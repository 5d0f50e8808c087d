import type * as Sdk from '@aws-sdk/client-iam'
import type { Call } from '#kernel/call'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import { accountCreatedAt } from './accounts.ts'
import { Callers } from './callers.ts'
import { AccessKeys } from './keys.ts'
import { LastUsed } from './last-used.ts'
import { notYet } from './not-yet.ts'
import { awsLimits, type Env, type Limits } from './operation.ts'
import { AttachUserPolicy } from './operations/AttachUserPolicy.ts'
import { CreateAccessKey } from './operations/CreateAccessKey.ts'
import { CreatePolicy } from './operations/CreatePolicy.ts'
import { CreateUser } from './operations/CreateUser.ts'
import { DeleteAccessKey } from './operations/DeleteAccessKey.ts'
import { DeletePolicy } from './operations/DeletePolicy.ts'
import { DeleteUser } from './operations/DeleteUser.ts'
import { DeleteUserPolicy } from './operations/DeleteUserPolicy.ts'
import { DetachUserPolicy } from './operations/DetachUserPolicy.ts'
import { GetAccessKeyLastUsed } from './operations/GetAccessKeyLastUsed.ts'
import { GetPolicy } from './operations/GetPolicy.ts'
import { GetPolicyVersion } from './operations/GetPolicyVersion.ts'
import { GetUser } from './operations/GetUser.ts'
import { GetUserPolicy } from './operations/GetUserPolicy.ts'
import { ListAccessKeys } from './operations/ListAccessKeys.ts'
import { ListAttachedUserPolicies } from './operations/ListAttachedUserPolicies.ts'
import { ListPolicies } from './operations/ListPolicies.ts'
import { ListUserPolicies } from './operations/ListUserPolicies.ts'
import { ListUsers } from './operations/ListUsers.ts'
import { PutUserPolicy } from './operations/PutUserPolicy.ts'
import { UpdateAccessKey } from './operations/UpdateAccessKey.ts'
import { UpdateUser } from './operations/UpdateUser.ts'
import { Policies } from './policies.ts'
import type { AccessKeyOwnersFor } from './port.ts'
import { findKey, type KeyRow } from './store.sql.ts'
import { Users } from './users.ts'

const operations = {
  AttachUserPolicy,
  CreateAccessKey,
  CreatePolicy,
  CreateUser,
  DeleteAccessKey,
  DeletePolicy,
  DeleteUser,
  DeleteUserPolicy,
  DetachUserPolicy,
  GetAccessKeyLastUsed,
  GetPolicy,
  GetPolicyVersion,
  GetUser,
  GetUserPolicy,
  ListAccessKeys,
  ListAttachedUserPolicies,
  ListPolicies,
  ListUserPolicies,
  ListUsers,
  PutUserPolicy,
  UpdateAccessKey,
  UpdateUser,
}

/** What AWS's IAM has besides. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

export interface IamParts {
  readonly storage: Storage
  readonly vault: Vault
  readonly random: Random
  readonly limits?: Limits
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
  readonly accessKeyOwners: AccessKeyOwnersFor
}

/** Users, access keys and policies of the accounts. Its migrations are in `schema.ts`, the first account in `accounts.ts`. */
export function iam({ storage, vault, random, limits = awsLimits }: IamParts): Iam {
  const lastUsed = new LastUsed()
  const service: Service<Env> = {
    name: 'iam',
    signingName: 'iam',
    eventSource: 'iam.amazonaws.com',
    clockWindowMinutes: 15,
    query: { version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
    wording: { validation: 'ValidationError', modelled: 'Message', enumHidesValue: true },
    operations,
    notYet: Object.keys(notYet),
    env: (unit: Unit, { account }: Call): Env => ({
      users: new Users(unit, account, vault),
      keys: new AccessKeys(unit, account, vault),
      policies: new Policies(unit, account, vault),
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
    accessKeyOwners: (unit) => ({
      accountOf: async (id) => (await unit.get<KeyRow>(findKey, { id }))?.account,
    }),
  }
}

import type * as Sdk from '@aws-sdk/client-kms'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { PolicyPrincipals } from '../iam/port.ts'
import { DigestThread } from './asymmetric/thread.ts'
import { KeyCache } from './cache.ts'
import { expiry, Imports } from './imports.ts'
import { deletion } from './jobs.ts'
import { type Decide, keysOnBehalf } from './on-behalf.ts'
import type { Env } from './operation.ts'
import { CancelKeyDeletion } from './operations/CancelKeyDeletion.ts'
import { CreateAlias } from './operations/CreateAlias.ts'
import { CreateGrant } from './operations/CreateGrant.ts'
import { CreateKey } from './operations/CreateKey.ts'
import { Decrypt } from './operations/Decrypt.ts'
import { DeleteAlias } from './operations/DeleteAlias.ts'
import { DeleteImportedKeyMaterial } from './operations/DeleteImportedKeyMaterial.ts'
import { DeriveSharedSecret } from './operations/DeriveSharedSecret.ts'
import { DescribeKey } from './operations/DescribeKey.ts'
import { DisableKey } from './operations/DisableKey.ts'
import { EnableKey } from './operations/EnableKey.ts'
import { Encrypt } from './operations/Encrypt.ts'
import { GenerateDataKey } from './operations/GenerateDataKey.ts'
import { GenerateDataKeyPair } from './operations/GenerateDataKeyPair.ts'
import { GenerateDataKeyPairWithoutPlaintext } from './operations/GenerateDataKeyPairWithoutPlaintext.ts'
import { GenerateMac } from './operations/GenerateMac.ts'
import { GetKeyPolicy } from './operations/GetKeyPolicy.ts'
import { GetParametersForImport } from './operations/GetParametersForImport.ts'
import { GetPublicKey } from './operations/GetPublicKey.ts'
import { ImportKeyMaterial } from './operations/ImportKeyMaterial.ts'
import { ListAliases } from './operations/ListAliases.ts'
import { ListGrants } from './operations/ListGrants.ts'
import { ListKeyPolicies } from './operations/ListKeyPolicies.ts'
import { ListKeys } from './operations/ListKeys.ts'
import { ListResourceTags } from './operations/ListResourceTags.ts'
import { ListRetirableGrants } from './operations/ListRetirableGrants.ts'
import { PutKeyPolicy } from './operations/PutKeyPolicy.ts'
import { RetireGrant } from './operations/RetireGrant.ts'
import { RevokeGrant } from './operations/RevokeGrant.ts'
import { ScheduleKeyDeletion } from './operations/ScheduleKeyDeletion.ts'
import { Sign } from './operations/Sign.ts'
import { TagResource } from './operations/TagResource.ts'
import { UntagResource } from './operations/UntagResource.ts'
import { UpdateAlias } from './operations/UpdateAlias.ts'
import { UpdateKeyDescription } from './operations/UpdateKeyDescription.ts'
import { Verify } from './operations/Verify.ts'
import { VerifyMac } from './operations/VerifyMac.ts'
import type { KeysFor } from './port.ts'
import { denied } from './refusals.ts'
import { KeyStore } from './store.ts'

/** The operations that are here. */
const operations = {
  CancelKeyDeletion,
  CreateAlias,
  CreateGrant,
  CreateKey,
  Decrypt,
  DeleteAlias,
  DeleteImportedKeyMaterial,
  DeriveSharedSecret,
  DescribeKey,
  DisableKey,
  EnableKey,
  Encrypt,
  GenerateDataKey,
  GenerateDataKeyPair,
  GenerateDataKeyPairWithoutPlaintext,
  GenerateMac,
  GetKeyPolicy,
  GetParametersForImport,
  GetPublicKey,
  ImportKeyMaterial,
  ListAliases,
  ListGrants,
  ListKeyPolicies,
  ListKeys,
  ListResourceTags,
  ListRetirableGrants,
  PutKeyPolicy,
  RetireGrant,
  RevokeGrant,
  ScheduleKeyDeletion,
  Sign,
  TagResource,
  UntagResource,
  UpdateAlias,
  UpdateKeyDescription,
  Verify,
  VerifyMac,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

type Left = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** The operations that AWS has and we do not have yet: a new one in the SDK must be put here or above. */
const notYet = {
  ConnectCustomKeyStore: true,
  CreateCustomKeyStore: true,
  Decapsulate: true,
  DeleteCustomKeyStore: true,
  DescribeCustomKeyStores: true,
  DisableKeyRotation: true,
  DisconnectCustomKeyStore: true,
  EnableKeyRotation: true,
  Encapsulate: true,
  GenerateDataKeyWithoutPlaintext: true,
  GenerateRandom: true,
  GetKeyLastUsage: true,
  GetKeyRotationStatus: true,
  ListKeyRotations: true,
  ReEncrypt: true,
  ReplicateKey: true,
  RotateKeyOnDemand: true,
  UpdateCustomKeyStore: true,
  UpdatePrimaryRegion: true,
} satisfies Record<Left, true>

/** What KMS is built from. */
export interface Parts {
  readonly vault: Vault
  readonly random: Random
  readonly jobs: Jobs
  /** `decide` of `kernel/authorization/authorize`. */
  readonly decide: Decide
  /** IAM, for the principals that key policies name. */
  readonly identities: (unit: Unit) => { readonly principals: PolicyPrincipals }
}

/** KMS on the wire, KMS for the other services, and what its jobs do. */
export interface Kms {
  readonly service: Service<Env>
  readonly keysFor: KeysFor
  readonly handlers: readonly JobHandler[]
}

/** Builds the service. Both ways to it share one cache of keys. */
export function kms({ vault, random, jobs, decide, identities }: Parts): Kms {
  const cache = new KeyCache()
  const thread = new DigestThread()
  const service: Service<Env> = {
    name: 'kms',
    signingName: 'kms',
    eventSource: 'kms.amazonaws.com',
    clockWindowMinutes: 5,
    json: { version: '1.1', targetPrefix: 'TrentService' },
    wording: { validation: 'ValidationException', modelled: 'message' },
    rule: 'kms',
    operations,
    notYet: Object.keys(notYet),
    env: (unit) => {
      const keys = new KeyStore(unit, vault, cache)
      return {
        keys,
        imports: () => new Imports(unit, { vault, keys, jobs }),
        principals: () => identities(unit).principals,
        unit,
        vault,
        random,
        jobs,
        decide,
        thread,
        found: {},
      }
    },
    denied,
  }
  return {
    service,
    keysFor: keysOnBehalf({ vault, random, cache, decide }),
    handlers: [
      deletion((unit) => new KeyStore(unit, vault, cache)),
      expiry((unit) => {
        const keys = new KeyStore(unit, vault, cache)
        return { keys, imports: new Imports(unit, { vault, keys, jobs }) }
      }),
    ],
  }
}

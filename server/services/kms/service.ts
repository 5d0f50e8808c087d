import type * as Sdk from '@aws-sdk/client-kms'
import type { Events } from '#kernel/events/event'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import { ApiError } from '#kernel/error'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { PolicyPrincipals } from '../iam/port.ts'
import { DigestThread } from './asymmetric/thread.ts'
import { KeyCache } from './cache.ts'
import { expiry, Imports } from './imports.ts'
import { deletion } from './jobs.ts'
import { LastUse, noting } from './last-use.ts'
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
import { DisableKeyRotation } from './operations/DisableKeyRotation.ts'
import { EnableKey } from './operations/EnableKey.ts'
import { EnableKeyRotation } from './operations/EnableKeyRotation.ts'
import { Encrypt } from './operations/Encrypt.ts'
import { GenerateDataKey } from './operations/GenerateDataKey.ts'
import { GenerateDataKeyPair } from './operations/GenerateDataKeyPair.ts'
import { GenerateDataKeyPairWithoutPlaintext } from './operations/GenerateDataKeyPairWithoutPlaintext.ts'
import { GenerateDataKeyWithoutPlaintext } from './operations/GenerateDataKeyWithoutPlaintext.ts'
import { GenerateMac } from './operations/GenerateMac.ts'
import { GenerateRandom } from './operations/GenerateRandom.ts'
import { GetKeyLastUsage } from './operations/GetKeyLastUsage.ts'
import { GetKeyPolicy } from './operations/GetKeyPolicy.ts'
import { GetKeyRotationStatus } from './operations/GetKeyRotationStatus.ts'
import { GetParametersForImport } from './operations/GetParametersForImport.ts'
import { GetPublicKey } from './operations/GetPublicKey.ts'
import { ImportKeyMaterial } from './operations/ImportKeyMaterial.ts'
import { ListAliases } from './operations/ListAliases.ts'
import { ListGrants } from './operations/ListGrants.ts'
import { ListKeyPolicies } from './operations/ListKeyPolicies.ts'
import { ListKeyRotations } from './operations/ListKeyRotations.ts'
import { ListKeys } from './operations/ListKeys.ts'
import { ListResourceTags } from './operations/ListResourceTags.ts'
import { ListRetirableGrants } from './operations/ListRetirableGrants.ts'
import { PutKeyPolicy } from './operations/PutKeyPolicy.ts'
import { ReEncrypt } from './operations/ReEncrypt.ts'
import { ReplicateKey } from './operations/ReplicateKey.ts'
import { RetireGrant } from './operations/RetireGrant.ts'
import { RevokeGrant } from './operations/RevokeGrant.ts'
import { RotateKeyOnDemand } from './operations/RotateKeyOnDemand.ts'
import { ScheduleKeyDeletion } from './operations/ScheduleKeyDeletion.ts'
import { Sign } from './operations/Sign.ts'
import { TagResource } from './operations/TagResource.ts'
import { UntagResource } from './operations/UntagResource.ts'
import { UpdateAlias } from './operations/UpdateAlias.ts'
import { UpdateKeyDescription } from './operations/UpdateKeyDescription.ts'
import { UpdatePrimaryRegion } from './operations/UpdatePrimaryRegion.ts'
import { Verify } from './operations/Verify.ts'
import { VerifyMac } from './operations/VerifyMac.ts'
import type { KeysFor } from './port.ts'
import { denied } from './refusals.ts'
import { rotation } from './rotation.ts'
import { recording } from './recorded.ts'
import type { RecordEvents } from './service-events.ts'
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
  DisableKeyRotation,
  EnableKey,
  EnableKeyRotation,
  Encrypt,
  GenerateDataKey,
  GenerateDataKeyPair,
  GenerateDataKeyPairWithoutPlaintext,
  GenerateDataKeyWithoutPlaintext,
  GenerateMac,
  GenerateRandom,
  GetKeyLastUsage,
  GetKeyPolicy,
  GetKeyRotationStatus,
  GetParametersForImport,
  GetPublicKey,
  ImportKeyMaterial,
  ListAliases,
  ListGrants,
  ListKeyPolicies,
  ListKeyRotations,
  ListKeys,
  ListResourceTags,
  ListRetirableGrants,
  PutKeyPolicy,
  ReEncrypt,
  ReplicateKey,
  RetireGrant,
  RevokeGrant,
  RotateKeyOnDemand,
  ScheduleKeyDeletion,
  Sign,
  TagResource,
  UntagResource,
  UpdateAlias,
  UpdateKeyDescription,
  UpdatePrimaryRegion,
  Verify,
  VerifyMac,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

type Left = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** Answers hold plaintexts: nobody on the way keeps them. Source: kms.md 1. */
const UNKEPT = [
  'Cache-Control',
  'no-cache, no-store, must-revalidate, private',
  'Expires',
  '0',
  'Pragma',
  'no-cache',
] as const

/** The operations that AWS has and we do not have yet: a new one in the SDK must be put here or above. */
const notYet = {
  ConnectCustomKeyStore: true,
  CreateCustomKeyStore: true,
  Decapsulate: true,
  DeleteCustomKeyStore: true,
  DescribeCustomKeyStores: true,
  DisconnectCustomKeyStore: true,
  Encapsulate: true,
  UpdateCustomKeyStore: true,
} satisfies Record<Left, true>

/** What KMS is built from. */
export interface Parts {
  readonly vault: Vault
  readonly random: Random
  readonly jobs: Jobs
  /** `decide` of `kernel/authorization/authorize`. */
  readonly decide: Decide
  /** The Regions of the deployment; default: any. */
  readonly regions?: readonly string[] | undefined
  /** IAM, for the principals that key policies name. */
  readonly identities: (unit: Unit) => { readonly principals: PolicyPrincipals }
  /** Where it announces what happens to keys. */
  readonly events?: Events
  /** Tells the trail what it does to keys by itself. */
  readonly record?: RecordEvents | undefined
}

/** KMS on the wire, KMS for the other services, and what its jobs do. */
export interface Kms {
  readonly service: Service<Env>
  readonly keysFor: KeysFor
  readonly handlers: readonly JobHandler[]
  /** Writes down when keys were last used. */
  flush(storage: Storage): Promise<void>
}

/** Builds the service. Both ways to it share one cache of keys. */
export function kms({ vault, random, jobs, decide, identities, regions, events, record }: Parts): Kms {
  const cache = new KeyCache()
  const uses = new LastUse()
  const thread = new DigestThread()
  const service: Service<Env> = {
    name: 'kms',
    signingName: 'kms',
    eventSource: 'kms.amazonaws.com',
    clockWindowMinutes: 5,
    json: { version: '1.1', targetPrefix: 'TrentService', headers: UNKEPT },
    wording: { validation: 'ValidationException', modelled: 'message' },
    rule: 'kms',
    operations: recording(noting(operations, uses)),
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
        events,
        record,
        decide,
        thread,
        uses,
        isRegion: (name) => regions?.includes(name) ?? true,
        found: {},
      }
    },
    denied,
    // Keys in machines of one's own: left out for good. Source: kms.md 0, tier 3.
    unsupported: (operation) =>
      /CustomKeyStores?$/.test(operation)
        ? new ApiError('UnsupportedOperationException', 'Custom key stores are not supported.')
        : undefined,
  }
  return {
    service,
    flush: (storage) => uses.flush(storage),
    keysFor: keysOnBehalf({ vault, random, cache, decide, jobs, uses }),
    handlers: [
      deletion(jobs, (unit) => new KeyStore(unit, vault, cache), events, record),
      rotation((unit) => ({ keys: new KeyStore(unit, vault, cache), vault, random, jobs, unit, events, record })),
      expiry(
        (unit) => {
          const keys = new KeyStore(unit, vault, cache)
          return { keys, imports: new Imports(unit, { vault, keys, jobs }) }
        },
        events,
        record,
      ),
    ],
  }
}

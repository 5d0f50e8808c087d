import type * as Sdk from '@aws-sdk/client-kms'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { OperationName } from '#kernel/wire'
import { KeyCache } from './cache.ts'
import { deletion } from './jobs.ts'
import { type Decide, keysOnBehalf } from './on-behalf.ts'
import type { Env } from './operation.ts'
import { CreateKey } from './operations/CreateKey.ts'
import { Decrypt } from './operations/Decrypt.ts'
import { Encrypt } from './operations/Encrypt.ts'
import { GenerateDataKey } from './operations/GenerateDataKey.ts'
import type { KeysFor } from './port.ts'
import { denied } from './refusals.ts'
import { KeyStore } from './store.ts'

/** The operations that are here. */
const operations = {
  CreateKey,
  Decrypt,
  Encrypt,
  GenerateDataKey,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

type Left = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** The operations that AWS has and we do not have yet: a new one in the SDK must be put here or above. */
const notYet = {
  CancelKeyDeletion: true,
  ConnectCustomKeyStore: true,
  CreateAlias: true,
  CreateCustomKeyStore: true,
  CreateGrant: true,
  Decapsulate: true,
  DeleteAlias: true,
  DeleteCustomKeyStore: true,
  DeleteImportedKeyMaterial: true,
  DeriveSharedSecret: true,
  DescribeCustomKeyStores: true,
  DescribeKey: true,
  DisableKey: true,
  DisableKeyRotation: true,
  DisconnectCustomKeyStore: true,
  EnableKey: true,
  EnableKeyRotation: true,
  Encapsulate: true,
  GenerateDataKeyPair: true,
  GenerateDataKeyPairWithoutPlaintext: true,
  GenerateDataKeyWithoutPlaintext: true,
  GenerateMac: true,
  GenerateRandom: true,
  GetKeyLastUsage: true,
  GetKeyPolicy: true,
  GetKeyRotationStatus: true,
  GetParametersForImport: true,
  GetPublicKey: true,
  ImportKeyMaterial: true,
  ListAliases: true,
  ListGrants: true,
  ListKeyPolicies: true,
  ListKeyRotations: true,
  ListKeys: true,
  ListResourceTags: true,
  ListRetirableGrants: true,
  PutKeyPolicy: true,
  ReEncrypt: true,
  ReplicateKey: true,
  RetireGrant: true,
  RevokeGrant: true,
  RotateKeyOnDemand: true,
  ScheduleKeyDeletion: true,
  Sign: true,
  TagResource: true,
  UntagResource: true,
  UpdateAlias: true,
  UpdateCustomKeyStore: true,
  UpdateKeyDescription: true,
  UpdatePrimaryRegion: true,
  Verify: true,
  VerifyMac: true,
} satisfies Record<Left, true>

/** What KMS is built from. */
export interface Parts {
  readonly vault: Vault
  readonly random: Random
  readonly jobs: Jobs
  /** `decide` of `kernel/authorization/authorize`. */
  readonly decide: Decide
}

/** KMS on the wire, KMS for the other services, and what its jobs do. */
export interface Kms {
  readonly service: Service<Env>
  readonly keysFor: KeysFor
  readonly handlers: readonly JobHandler[]
}

/** Builds the service. Both ways to it share one cache of keys. */
export function kms({ vault, random, jobs, decide }: Parts): Kms {
  const cache = new KeyCache()
  const service: Service<Env> = {
    name: 'kms',
    signingName: 'kms',
    eventSource: 'kms.amazonaws.com',
    clockWindowMinutes: 5,
    json: { version: '1.1', targetPrefix: 'TrentService' },
    wording: { validation: 'ValidationException', modelled: 'message', exceptions: ['AccessDeniedException'] },
    rule: 'kms',
    operations,
    notYet: Object.keys(notYet),
    env: (unit) => ({ keys: new KeyStore(unit, vault, cache), unit, vault, random, jobs, decide, found: {} }),
    denied,
  }
  return {
    service,
    keysFor: keysOnBehalf({ vault, random, cache, decide }),
    handlers: [deletion((unit) => new KeyStore(unit, vault, cache))],
  }
}

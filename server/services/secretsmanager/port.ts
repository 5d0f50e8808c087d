import type { ContextValue } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Service } from '#kernel/service'
import type { Unit } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'
import type { AskedRestore, AskedRollBack, Restored, RolledBack } from './history/asked.ts'
import type { AskedComparison, AskedHistory, ToldComparison, ToldHistory } from './history/told.ts'
import type { AskedImport } from './moving/asked.ts'
import type { Imported } from './moving/import.ts'
import type { AskedSearch, SearchPage } from './searching/asked.ts'

export * from './history/told.ts'
export * as members from './model/members.ts'
export { onSecret } from './recorded.ts'
export type { RestoredSecret } from './history/asked.ts'
export type { AskedSearch, FoundSecret, SearchPage } from './searching/asked.ts'

/** A secret that a service keeps for its users. Source: secretsmanager.md 13, rotation.md 11. */
export interface NewManagedSecret {
  /** `rds!db-…` */
  readonly name: string
  /** The service: `rds`. */
  readonly owner: string
  readonly description: string
  readonly kmsKeyId: string | undefined
  /** System tags, as they are to be shown; whoever asks answers for their names. */
  readonly tags: ReadonlyMap<string, string>
  /** What it holds at first: a JSON text. */
  readonly value: Secret
  /** Days between two rotations; absent: whoever keeps it replaces its value himself. */
  readonly days?: number
}

/** How it is with the password in a managed secret. `impaired`: its rotation has failed three times. */
export interface ManagedState {
  readonly status: 'creating' | 'active' | 'rotating' | 'impaired'
  /** The key that the current value is encrypted under. */
  readonly keyArn: string | undefined
  /** Why the rotation that is tried again failed last, without anything secret; undefined: none has failed. */
  readonly failure: string | undefined
}

/**
 * What other services ask of Secrets Manager: secrets of their own, in one unit of work and in the caller's name, whose rights on
 * keys count. Rights on secrets are for the asking operation to demand. Each leaves its events in `call.events`.
 */
export interface ManagedSecrets {
  /**
   * Makes the secret, which (with `days`) rotates from now on without a function, and begins its first rotation. Answers its ARN.
   * Throws ApiErrors of Secrets Manager.
   */
  create(secret: NewManagedSecret): Promise<string>
  /** Replaces its value. Throws ApiErrors of Secrets Manager, ResourceNotFoundException when there is no such secret. */
  put(arn: string, value: Secret): Promise<void>
  /** Undefined when there is no such secret. */
  state(arn: string): Promise<ManagedState | undefined>
  /** Begins a rotation, or tries the one that waits at once. */
  rotate(arn: string): Promise<void>
  /** Takes the secret away at once. */
  remove(arn: string): Promise<void>
  /** Gives it up: it is nobody's own any more and is deleted after 30 days, in which RestoreSecret brings it back. */
  release(arn: string): Promise<void>
}

/** Which value, as GetSecretValue is asked for it. */
export interface AskedValue {
  readonly SecretId: string
  readonly VersionId?: string
  readonly VersionStage?: string
}

/** A value as GetSecretValue answers it. */
export interface SecretValue {
  readonly ARN: string
  readonly Name: string
  readonly VersionId: string
  readonly SecretString?: string
  readonly SecretBinary?: Uint8Array
  readonly VersionStages?: string[]
  readonly CreatedDate: Date
}

/**
 * Secrets as another service reads them for its callers, in one unit of work: GetSecretValue as the caller, who needs the permission,
 * on the secret and on its key. It leaves its own events in `call.events`, and the access is noted.
 */
export interface ReadableSecrets {
  /** Throws ApiErrors of Secrets Manager. */
  value(asked: AskedValue): Promise<SecretValue>
}

/** `service`: who asks in the caller's name (`ssm`). */
export type ReadableSecretsFor = (unit: Unit, call: Call, service: string) => ReadableSecrets

export type ManagedSecretsFor = (unit: Unit, call: Call) => ManagedSecrets

/** A permission that a call on a secret needs. `action`: AWS's, `secretsmanager:PutSecretValue`; absent: the operation's own. */
export interface Needed {
  readonly action?: string
  /** Condition keys of the request, as AWS's operation has them. */
  readonly context?: Readonly<Record<string, ContextValue | undefined>>
}

/** Which value: of a version, or of the one that was current at a time; neither: the current one. */
export interface AskedPast {
  readonly SecretId: string
  readonly VersionId?: string | undefined
  readonly AsOf?: Date | undefined
}

/**
 * The work of operations that AWS does not have, in one unit of work and in the caller's name, whose rights on keys count. Rights on
 * secrets are for the asking operation to demand: `targets` says on what. All throw ApiErrors of Secrets Manager.
 */
export interface OwnOperations {
  /** One target for each permission, on the secret that `id` names, whether there is one or not. */
  targets(id: string, needed: readonly Needed[]): Promise<readonly Target[]>
  pastValueTargets(asked: AskedPast): Promise<readonly Target[]>
  valueFromHistory(asked: AskedPast): Promise<SecretValue>
  /** Also of a secret that is gone, as policies saw it at its end. */
  historyTargets(id: string): Promise<readonly Target[]>
  history(asked: AskedHistory): Promise<ToldHistory>
  comparisonTargets(asked: AskedComparison): Promise<readonly Target[]>
  compare(asked: AskedComparison): Promise<ToldComparison>
  /** Gives a secret the content of an old version, as a new one: see `history/rolling-back.ts`. */
  rollBack(asked: AskedRollBack): Promise<RolledBack>
  /**
   * The account's secrets whose names begin so, as one target. Who does not say which (`named`) needs ListSecrets too: by a count of
   * what he may not see, under one prefix after another, he would find the names of it.
   */
  targetsUnder(prefix: string, named: boolean): readonly Target[]
  /** Brings secrets back to how they were: see `history/restoring.ts`. Asks for what it needs on each secret itself. */
  restore(asked: AskedRestore): Promise<Restored>
  /** What bringing a whole secret in needs permission for: see `moving/targets.ts`. */
  importTargets(asked: AskedImport): Promise<readonly Target[]>
  /** Brings a whole secret in: see `moving/import.ts`. */
  importSecret(asked: AskedImport): Promise<Imported>
  /** Finds secrets by names, tags, descriptions and names of keys of JSON values; asks for what it needs on each secret itself. */
  search(asked: AskedSearch): Promise<SearchPage>
}

export type OwnOperationsFor = (unit: Unit, call: Call) => OwnOperations

/** How a lack of permission is worded: who may not see a secret does not learn whether there is one. */
export type RefusalOf = NonNullable<Service['denied']>

import type { KeyObject } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-secrets-manager'
import type { Call } from '#kernel/call'
import type { AuditEvent } from '#kernel/audit/event'
import type { Events } from '#kernel/events/event'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Service } from '#kernel/service'
import type { Overflow } from '#kernel/storage/overflow'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { PolicyPrincipals } from '../iam/port.ts'
import type { KeysFor } from '../kms/port.ts'
import { Accessed } from './accessed.ts'
import { byItself } from './history/author.ts'
import { forgetting, KEEPING, type Keeping } from './history/forgetting.ts'
import { Engine, type EngineParts } from './engine.ts'
import { handlers, Later } from './jobs.ts'
import type { Leases } from './leases.ts'
import type { Env, Limits } from './operation.ts'
import { type FunctionsFor, noFunctions } from './functions.ts'
import { BatchGetSecretValue } from './operations/BatchGetSecretValue.ts'
import { CancelRotateSecret } from './operations/CancelRotateSecret.ts'
import { CreateSecret } from './operations/CreateSecret.ts'
import { DeleteResourcePolicy } from './operations/DeleteResourcePolicy.ts'
import { DeleteSecret } from './operations/DeleteSecret.ts'
import { DescribeSecret } from './operations/DescribeSecret.ts'
import { GetRandomPassword } from './operations/GetRandomPassword.ts'
import { GetResourcePolicy } from './operations/GetResourcePolicy.ts'
import { GetSecretValue } from './operations/GetSecretValue.ts'
import { ListSecretVersionIds } from './operations/ListSecretVersionIds.ts'
import { ListSecrets } from './operations/ListSecrets.ts'
import { PutResourcePolicy } from './operations/PutResourcePolicy.ts'
import { PutSecretValue } from './operations/PutSecretValue.ts'
import { RestoreSecret } from './operations/RestoreSecret.ts'
import { RotateSecret } from './operations/RotateSecret.ts'
import { TagResource } from './operations/TagResource.ts'
import { UntagResource } from './operations/UntagResource.ts'
import { UpdateSecret } from './operations/UpdateSecret.ts'
import { UpdateSecretVersionStage } from './operations/UpdateSecretVersionStage.ts'
import { ValidateResourcePolicy } from './operations/ValidateResourcePolicy.ts'
import { pagingWith } from './paging.ts'
import { SecretQuota } from './quota.ts'
import { Managed } from './managed.ts'
import { Own } from './own.ts'
import { Policies } from './policies.ts'
import type { ManagedSecretsFor, OwnOperationsFor, ReadableSecretsFor, RefusalOf } from './port.ts'
import { Readable } from './readable.ts'
import { Readers } from './readers.ts'
import { Readings } from './readings.ts'
import type { RecordEvents } from './recorded.ts'
import { denied } from './refusal.ts'
import { Rotating } from './rotating.ts'
import { anyRotation, countOverdue } from './rotations.sql.ts'
import type { Within } from './attempts.ts'
import type { Cell } from './model/identity.ts'
import type { Told } from './rotation-events.ts'
import { Secrets } from './store.ts'
import { type Rate, Throttle } from './throttling.ts'
import { type Common, Work } from './work.ts'

/** The operations that are here. */
const operations = {
  BatchGetSecretValue,
  CancelRotateSecret,
  CreateSecret,
  DeleteResourcePolicy,
  DeleteSecret,
  DescribeSecret,
  GetRandomPassword,
  GetResourcePolicy,
  GetSecretValue,
  ListSecretVersionIds,
  ListSecrets,
  PutResourcePolicy,
  PutSecretValue,
  RestoreSecret,
  RotateSecret,
  TagResource,
  UntagResource,
  UpdateSecret,
  UpdateSecretVersionStage,
  ValidateResourcePolicy,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

type Left = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** The operations that AWS has and we do not have yet: a new one in the SDK must be put here or above. */
const notYet = {
  RemoveRegionsFromReplication: true,
  ReplicateSecretToRegions: true,
  StopReplicationToReplica: true,
} satisfies Record<Left, true>

/** What Secrets Manager is built from. */
export interface Parts {
  readonly keysFor: KeysFor
  /** IAM, for the principals that resource policies name. */
  readonly identities: (unit: Unit) => { readonly principals: PolicyPrincipals }
  /** Functions that rotate secrets; without it none is known. */
  readonly functionsFor?: FunctionsFor
  /** Drives rotations; without it none runs in this process, and their jobs are left for another. */
  readonly rotation?: EngineParts
  readonly random: Random
  readonly jobs: Jobs
  /** Where labels that move are announced. */
  readonly events?: Events
  /** Tells the trail what jobs do to versions. */
  readonly record?: RecordEvents | undefined
  /** Where the units come from, if known: with SQLite, ciphertexts that were read lately are kept in memory. */
  readonly storage?: Pick<Storage, 'engine'>
  /** A file for those that find no room there; asked for when it is first needed. */
  readonly overflow?: (() => Overflow | undefined) | undefined
  /** Tests: how much of memory ciphertexts that were read lately may take. */
  readonly readingsBytes?: number
  /** Signs the tokens of paged answers; the same on every node and after every start. */
  readonly pageKey: KeyObject
  /** Authenticates rows that decide who may do what: of the vault, as `pageKey`. */
  readonly rowKey: KeyObject
  /** How often an account may ask; default: as often as it likes. */
  readonly rates?: readonly Rate[] | undefined
  /** What of the past is kept. */
  readonly history?: Keeping
  /** Other limits than AWS's. */
  readonly limits?: Partial<Limits>
}

/** Secrets Manager, with what main must do for it besides taking its calls. */
export interface SecretsManager extends Service<Env> {
  /** Secrets that other services keep. */
  readonly managed: ManagedSecretsFor
  /** Secrets that other services read for their callers. */
  readonly readable: ReadableSecretsFor
  /** The work of operations that AWS does not have. */
  readonly own: OwnOperationsFor
  /** How a lack of permission is refused. */
  readonly denied: RefusalOf
  /** What its jobs do. */
  readonly handlers: readonly JobHandler[]
  /** Writes down when values were last read: every few seconds and at the end. A failure loses nothing but is thrown. */
  flush(storage: Storage): Promise<void>
  /** Forgets what it keeps in memory: the store was emptied. */
  reset(): void
  /** What is overdue at `now`. */
  overdue(unit: Unit, now: number): Promise<Overdue>
  /** Whether any secret of the store has a rotation. */
  rotates(unit: Unit): Promise<boolean>
  /** Rotations as whoever runs the server sees and changes them in a unit of his own; `events`: what the trail is to be told. */
  administer(unit: Unit, cell: Cell, events: AuditEvent[]): Within
  /** Authenticates the rows of secrets. */
  readonly policies: Policies
  /** Under which name, and for how long, this process claims rotations; undefined: it runs none. */
  readonly leases: Leases | undefined
  /** Takes up at once what a former process has left of its rotations, where that can be known. */
  start(): Promise<void>
  /** Settles when no rotation function runs: for whoever travels in time. */
  idle(): Promise<void>
  /** Stops rotating, when no more jobs are begun; what is not done is put down for the next start. */
  drain(): Promise<void>
}

/** What of rotations is overdue in the whole store. */
export interface Overdue {
  readonly count: number
  /** Since when the oldest one should have ended well, milliseconds. */
  readonly since: number | undefined
}

/** Source of the quotas: secretsmanager.md 14. */
const AWS_LIMITS: Limits = { secrets: 500_000, versions: 100, nameReuse: false }

/** Builds the service. */
export function secretsManager(parts: Parts): SecretsManager {
  const {
    keysFor,
    identities,
    random,
    jobs,
    events: announced,
    storage,
    pageKey,
    rowKey,
    limits: own,
    history = KEEPING,
    rates = [],
    functionsFor,
  } = parts
  const functionsIn = (unit: Unit) => functionsFor?.(unit) ?? noFunctions
  const limits: Limits = { ...AWS_LIMITS, ...own }
  const accessed = new Accessed()
  const policies = new Policies(rowKey)
  const readers = new Readers(policies.rotations, undefined, random.below(2 ** 32))
  const readings = storage?.engine === 'sqlite' ? new Readings(parts.overflow, parts.readingsBytes) : undefined
  const paging = pagingWith(pageKey)
  const quota = new SecretQuota(limits.secrets)
  const versions = limits.versions
  const throttle = rates.length > 0 ? new Throttle(rates) : undefined
  const toldIn =
    (unit: Unit): Told =>
    (event, secretArn, failure) =>
      unit.afterCommit(() => parts.rotation?.told?.(event, secretArn, failure))
  const within = (unit: Unit, cell: Cell, events: AuditEvent[]): Within => {
    const secrets = new Secrets(unit, cell, accessed, policies, readings, announced, '', byItself('Rotation'))
    const later = new Later(jobs, unit)
    const rotating = new Rotating({ secrets, later, random, events, told: toldIn(unit), versions })
    return { secrets, later, rotating, functions: functionsIn(unit), events }
  }
  const engine = parts.rotation && new Engine(parts.rotation, random, rowKey, within)
  const common: Common = {
    ...{ accessed, readers, policies, readings, announced, keysFor, identities, functionsIn, toldIn, jobs },
    ...{ paging, quota, random, limits },
  }
  const env = (unit: Unit, call: Call): Env => new Work(common, unit, call)
  return {
    name: 'secretsmanager',
    signingName: 'secretsmanager',
    eventSource: 'secretsmanager.amazonaws.com',
    clockWindowMinutes: 5,
    json: { version: '1.1', targetPrefix: 'secretsmanager' },
    // Assumed: errors that the model does not have say `message`, AccessDeniedException `Message`. Source: secretsmanager.md 1.3, 19.
    wording: {
      validation: 'ValidationException',
      modelled: 'Message',
    },
    operations,
    notYet: Object.keys(notYet),
    env,
    managed: (unit, call) => new Managed(env(unit, call), call),
    readable: (unit, call, service) => {
      const through = { ...call, via: `${service}.amazonaws.com` }
      return new Readable(env(unit, through), through)
    },
    ...(throttle && { throttled: (call: Call, name: string) => throttle.refusal(call, name) }),
    own: (unit, call) => new Own(env(unit, call), call),
    denied: (decision, call, action, target) => denied(decision, call, action, target, random),
    handlers: [
      ...handlers(accessed, policies, readings, versions, history, parts.record),
      forgetting(jobs, history),
      ...(engine?.handlers ?? []),
    ],
    policies,
    leases: engine?.leases,
    administer: within,
    async overdue(unit, now) {
      const row = await unit.get<{ rows: number; oldest: number | null }>(countOverdue, { now })
      return { count: row?.rows ?? 0, since: row?.oldest ?? undefined }
    },
    rotates: async (unit) => (await unit.get(anyRotation, {})) !== undefined,
    start: async () => engine?.start(),
    idle: async () => engine?.idle(),
    drain: async () => engine?.drain(),
    async flush(storage) {
      await accessed.flush(storage)
      await readers.flush(storage)
    },
    reset: () => {
      accessed.clear()
      readers.clear()
      readings?.clear()
    },
  }
}

import type { KeyObject } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-ssm'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { JobHandler } from '#kernel/jobs/jobs'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { KeysFor } from '../kms/port.ts'
import type { ReadableSecretsFor } from '../secretsmanager/port.ts'
import type { Texts } from './cipher.ts'
import { imageHandler } from './images.ts'
import { type LaterParts, policyHandler } from './jobs.ts'
import { notYet } from './not-yet.ts'
import type { Env, Limits, PrincipalsFor } from './operation.ts'
import { AddTagsToResource } from './operations/AddTagsToResource.ts'
import { DeleteParameter } from './operations/DeleteParameter.ts'
import { DeleteParameters } from './operations/DeleteParameters.ts'
import { DeleteResourcePolicy } from './operations/DeleteResourcePolicy.ts'
import { DescribeParameters } from './operations/DescribeParameters.ts'
import { GetParameter } from './operations/GetParameter.ts'
import { GetParameterHistory } from './operations/GetParameterHistory.ts'
import { GetParameters } from './operations/GetParameters.ts'
import { GetParametersByPath } from './operations/GetParametersByPath.ts'
import { GetResourcePolicies } from './operations/GetResourcePolicies.ts'
import { GetServiceSetting } from './operations/GetServiceSetting.ts'
import { LabelParameterVersion } from './operations/LabelParameterVersion.ts'
import { ListTagsForResource } from './operations/ListTagsForResource.ts'
import { PutParameter } from './operations/PutParameter.ts'
import { PutResourcePolicy } from './operations/PutResourcePolicy.ts'
import { RemoveTagsFromResource } from './operations/RemoveTagsFromResource.ts'
import { ResetServiceSetting } from './operations/ResetServiceSetting.ts'
import { UnlabelParameterVersion } from './operations/UnlabelParameterVersion.ts'
import { UpdateServiceSetting } from './operations/UpdateServiceSetting.ts'
import { hiddenPaging, pagingWith } from './paging.ts'
import { ParameterQuota } from './quota.ts'
import { Readings } from './readings.ts'
import { Rows } from './rows.ts'
import { Shares } from './sharing.ts'
import { Throttle } from './throttling.ts'
import { type Common, Work } from './work.ts'

/** The operations that are here. */
const operations = {
  AddTagsToResource,
  DeleteParameter,
  DeleteParameters,
  DeleteResourcePolicy,
  DescribeParameters,
  GetParameter,
  GetParameterHistory,
  GetParameters,
  GetParametersByPath,
  GetResourcePolicies,
  GetServiceSetting,
  LabelParameterVersion,
  ListTagsForResource,
  PutParameter,
  PutResourcePolicy,
  RemoveTagsFromResource,
  ResetServiceSetting,
  UnlabelParameterVersion,
  UpdateServiceSetting,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** The operations that AWS has and we do not have. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** What Parameter Store is built from. */
export interface Parts extends Omit<LaterParts, 'random'> {
  readonly keysFor: KeysFor
  /** What references lead to. */
  readonly secretsFor: ReadableSecretsFor
  readonly identities: PrincipalsFor
  readonly random: Random
  /** Encrypts the values of what is no SecureString. */
  readonly vault: Vault
  /** Authenticates rows: of the vault. */
  readonly rowKey: KeyObject
  /** Where the units come from, if known: with SQLite, ciphertexts that were read lately are kept in memory. */
  readonly storage?: Pick<Storage, 'engine'>
  readonly clock: Clock
  /** Other limits than AWS's. */
  readonly limits?: Partial<Limits>
  /** Transactions a second that an account may make in a region: see `throttling.ts`. Undefined: as many as it likes. */
  readonly throughput?:
    | { readonly perSecond: number; readonly storage: Pick<Storage, 'generation' | 'unit'> }
    | undefined
  /** See `Env`. */
  readonly strictPaths?: boolean
}

/** Source of the quotas: parameterstore.md 15. */
const AWS_LIMITS: Limits = { standard: 10_000, advanced: 100_000, versions: 100, waitMs: 5000 }

/** Codes whose text stands in `Message`. Source: parameterstore.md 1.1, recorded. */
const CAPITAL: ReadonlySet<string> = new Set([
  'InvalidFilterKey',
  'InvalidFilterValue',
  'InvalidNextToken',
  'InternalServerError',
  'TooManyUpdates',
  'ServiceSettingNotFound',
  'ResourceNotFoundException',
  'MalformedResourcePolicyDocumentException',
  'ResourcePolicyConflictException',
  'ResourcePolicyInvalidParameterException',
  'ResourcePolicyLimitExceededException',
  'ResourcePolicyNotFoundException',
])

/** Parameter Store, with what main must do for it besides taking its calls. */
export interface ParameterStore extends Service<Env> {
  /** Of the jobs that are put down. */
  readonly handlers: readonly JobHandler[]
  /** Forgets what it keeps in memory: the store was emptied. */
  reset(): void
}

/** Builds the service: the parameter operations of Systems Manager. */
export function ssm(parts: Parts): ParameterStore {
  const { vault, strictPaths = false } = parts
  const limits: Limits = { ...AWS_LIMITS, ...parts.limits }
  const quota = new ParameterQuota({ Standard: limits.standard, Advanced: limits.advanced })
  const rows = new Rows(parts.rowKey)
  const hidden = hiddenPaging(vault)
  const shares = new Shares(rows.sharings, hidden)
  const paging = strictPaths ? hidden : pagingWith(vault.macKey('ssm/paging'))
  const { throughput } = parts
  const throttle = throughput && new Throttle(throughput.perSecond, throughput.storage)
  const readings = parts.storage?.engine === 'sqlite' ? new Readings() : undefined
  const texts: Texts | undefined = readings && new WeakMap()
  const waitMs = parts.storage?.engine === 'postgres' ? limits.waitMs : undefined
  const common: Common = { ...parts, waitMs, rows, readings, texts, paging, quota, shares, limits, strictPaths }
  return {
    name: 'ssm',
    signingName: 'ssm',
    eventSource: 'ssm.amazonaws.com',
    clockWindowMinutes: 5,
    json: { version: '1.1', targetPrefix: 'AmazonSSM' },
    wording: {
      validation: 'ValidationException',
      modelled: 'message',
      capital: CAPITAL,
      failure: 'InternalServerError',
    },
    operations,
    notYet: Object.keys(notYet),
    env: (unit: Unit, call: Call): Env => new Work(common, unit, call),
    ...(throttle && { throttled: (call: Call, name: string) => throttle.refusal(call, name) }),
    handlers: [policyHandler(common), imageHandler(common)],
    reset: () => {
      readings?.clear()
      quota.clear()
    },
  }
}

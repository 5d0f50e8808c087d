import type * as Sdk from '@aws-sdk/client-ssm'
import type { Call } from '#kernel/call'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Service } from '#kernel/service'
import type { Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import { notYet } from './not-yet.ts'
import type { Env, Limits } from './operation.ts'

/** The operations that are here. */
const operations = {} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** The operations that AWS has and we do not have. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** What Parameter Store is built from. */
export interface Parts {
  readonly random: Random
  /** Other limits than AWS's. */
  readonly limits?: Partial<Limits>
}

/** Source of the quotas: parameterstore.md 15. */
const AWS_LIMITS: Limits = { standard: 10_000, advanced: 100_000 }

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

/** Builds the service: the parameter operations of Systems Manager. */
export function ssm(parts: Parts): Service<Env> {
  const { random } = parts
  const limits: Limits = { ...AWS_LIMITS, ...parts.limits }
  return {
    name: 'ssm',
    signingName: 'ssm',
    eventSource: 'ssm.amazonaws.com',
    clockWindowMinutes: 5,
    json: { version: '1.1', targetPrefix: 'AmazonSSM' },
    wording: { validation: 'ValidationException', modelled: 'message', capital: CAPITAL },
    operations,
    notYet: Object.keys(notYet),
    env: (_unit: Unit, _call: Call): Env => ({ random, limits }),
  }
}

import type { Parameter, Version } from './parameter.ts'
import type { Policy } from './policies.ts'

/** The events of Parameter Store. Source of both forms: parameterstore.md 10; surroundings.md 4. */

/** An event as the kernel's port takes it. */
export interface Announced {
  readonly source: 'aws.ssm'
  readonly detailType: 'Parameter Store Change' | 'Parameter Store Policy Action'
  readonly account: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, string>>
}

export type Operation = 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion'

/** What some changes say besides. */
export interface More {
  /** Why the write of an `aws:ec2:image` parameter came to nothing. */
  readonly exception?: string
  /** Label events: one for each label; `fromVersion` is empty when no version had it. */
  readonly label?: string
  readonly fromVersion?: number | undefined
  readonly toVersion?: number
}

type Named = Pick<Parameter, 'account' | 'region' | 'name' | 'arn'>

/** `Parameter Store Change`. `version`: the one that was written, the newest one otherwise. */
export function changed(
  operation: Operation,
  parameter: Named,
  { type, description, dataType }: Pick<Version, 'type' | 'description' | 'dataType'>,
  { exception, label, fromVersion, toVersion }: More = {},
): Announced {
  return announced('Parameter Store Change', parameter, {
    operation,
    name: parameter.name,
    type,
    ...(description ? { description } : {}),
    ...(dataType === 'aws:ec2:image' ? { dataType } : {}),
    ...(exception === undefined ? {} : { exception }),
    ...(label === undefined ? {} : { fromVersion: String(fromVersion ?? ''), toVersion: String(toVersion), label }),
  })
}

/** `Parameter Store Policy Action`: what came of a policy, and in words why. */
export function acted(
  policy: Pick<Policy, 'type' | 'text'>,
  parameter: Named,
  { type }: Pick<Version, 'type'>,
  status: 'SUCCESS' | 'FAILURE',
  reason: string,
): Announced {
  return announced('Parameter Store Policy Action', parameter, {
    'policy-type': policy.type,
    'parameter-name': parameter.name,
    'parameter-type': type,
    'policy-content': policy.text,
    'action-status': status,
    'action-reason': reason,
  })
}

function announced(
  detailType: Announced['detailType'],
  { account, region, arn }: Named,
  detail: Announced['detail'],
): Announced {
  return { source: 'aws.ssm', detailType, account, region, resources: [arn], detail }
}

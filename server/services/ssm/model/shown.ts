import type { Found, Parameter, Version } from './parameter.ts'
import { keptPolicies } from './policies.ts'

/**
 * A parameter with a value: GetParameter, GetParameters, GetParametersByPath. Nothing else of it is ever shown there: no key, tier,
 * description, tags, labels or policies (traps 28, 29). `name`: as the caller spelled it, else as it was spelled when the parameter was
 * made; `selector`: `:3`, as the caller wrote it. Source: parameterstore.md 7.2, recorded.
 */
export function shownParameter(
  { arn, name: own }: Parameter,
  version: Version,
  value: string,
  name = own,
  selector?: string,
): Shown {
  const parameter: Shown = {
    Name: name,
    Type: version.type,
    Value: value,
    Version: version.number,
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: arn,
    DataType: version.dataType,
  }
  if (selector !== undefined) parameter.Selector = selector
  return parameter
}

interface Shown {
  Name: string
  Type: Version['type']
  Value: string
  Version: number
  LastModifiedDate: Date
  ARN: string
  DataType: string
  Selector?: string
}

/** A version in the history of its parameter. Source: parameterstore.md 7.5, recorded; the order of labels is AWS's secret (assumed). */
export function shownVersion(name: string, version: Version, value: string, labels: readonly string[]) {
  return {
    Name: name,
    Type: version.type,
    ...ofSecure(version),
    LastModifiedDate: new Date(version.modifiedAt),
    LastModifiedUser: version.modifiedBy,
    ...described(version),
    Value: value,
    Version: version.number,
    Labels: [...labels],
    Tier: version.tier,
    Policies: keptPolicies(version.policies).map(({ text, type }) => ({ PolicyText: text, PolicyType: type })),
    DataType: version.dataType,
  }
}

/**
 * A parameter as DescribeParameters lists it: never its value, labels or tags. `statuses`: of its policies, in their order.
 * Source: parameterstore.md 7.6, recorded.
 */
export function shownMetadata({ parameter, version }: Found, statuses: readonly string[] = []) {
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: version.type,
    ...ofSecure(version),
    LastModifiedDate: new Date(version.modifiedAt),
    LastModifiedUser: version.modifiedBy,
    ...described(version),
    Version: version.number,
    Tier: version.tier,
    Policies: keptPolicies(version.policies).map((policy, at) => ({
      PolicyText: policy.text,
      PolicyType: policy.type,
      PolicyStatus: statuses[at] ?? 'Pending',
    })),
    DataType: version.dataType,
  }
}

/** The key as it was given (trap 29). */
function ofSecure({ type, keyId }: Version) {
  return type === 'SecureString' && keyId !== undefined ? { KeyId: keyId } : {}
}

function described({ description, allowedPattern }: Version) {
  return {
    ...(description ? { Description: description } : {}),
    ...(allowedPattern ? { AllowedPattern: allowedPattern } : {}),
  }
}

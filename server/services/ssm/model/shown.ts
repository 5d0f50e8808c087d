import type { Found, Parameter, Version } from './parameter.ts'
import { keptPolicies } from './policies.ts'

/** What GetParameter and its kin show of a value that was read. */
export interface Shown {
  /** As the caller spelled it; else as it was spelled when the parameter was made. */
  readonly name?: string
  /** `:3`, as the caller wrote it; nobody is shown one who wrote none. */
  readonly selector?: string | undefined
}

/**
 * A parameter with a value: GetParameter, GetParameters, GetParametersByPath. Nothing else of it is ever shown there: no key, tier,
 * description, tags, labels or policies (traps 28, 29). Source: parameterstore.md 7.2, recorded.
 */
export function shownParameter({ arn, name }: Parameter, version: Version, value: string, shown?: Shown) {
  const parameter = {
    Name: shown?.name ?? name,
    Type: version.type,
    Value: value,
    Version: version.number,
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: arn,
    DataType: version.dataType,
  }
  return shown?.selector === undefined ? parameter : { ...parameter, Selector: shown.selector }
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

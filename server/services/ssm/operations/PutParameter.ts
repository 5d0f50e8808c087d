import type { PutParameterRequest, PutParameterResult } from '@aws-sdk/client-ssm'
import type { Target } from '#kernel/operation'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { nameToWrite } from '../model/name.ts'
import { operation } from '../operation.ts'
import { HIDDEN, lowered, ownResources } from '../recorded.ts'
import { parameterTarget } from '../target.ts'
import { write } from '../writing.ts'

type Put = Answer<PutParameterResult, 'Version' | 'Tier'>

/**
 * Makes a parameter, or its next version. Refuses in the order of parameterstore.md 7.1; versions have numbers without gaps, and one
 * that is refused is none. Source: API_PutParameter.
 */
export const PutParameter = operation<PutParameterRequest, Put>()({
  name: 'PutParameter',
  effect: 'write',
  input: {
    Name: required(members.PSParameterName),
    Description: members.ParameterDescription,
    Value: required(members.PSParameterValue),
    Type: members.ParameterType,
    KeyId: members.ParameterKeyId,
    Overwrite: members.Flag,
    AllowedPattern: members.AllowedPattern,
    Tags: members.TagList,
    Tier: members.ParameterTier,
    Policies: members.ParameterPolicies,
    DataType: members.ParameterDataType,
  },
  errors: [
    'HierarchyLevelLimitExceededException',
    'HierarchyTypeMismatchException',
    'IncompatiblePolicyException',
    'InternalServerError',
    'InvalidAllowedPatternException',
    'InvalidKeyId',
    'InvalidPolicyAttributeException',
    'InvalidPolicyTypeException',
    'ParameterAlreadyExists',
    'ParameterLimitExceeded',
    'ParameterMaxVersionLimitExceeded',
    'ParameterPatternMismatchException',
    'PoliciesLimitExceededException',
    'TooManyTagsError',
    'TooManyUpdates',
    'UnsupportedParameterType',
  ],
  audit: {
    request: (input) => lowered({ ...input, Value: HIDDEN, Tags: input.Tags?.map((tag) => lowered({ ...tag })) }),
    response: ({ Version, Tier }) => ({ version: Version, tier: Tier }),
    resources: ({ Name }, _, call) => ownResources([nameToWrite(Name, call).key], call),
  },
  async target({ Name, Overwrite = false, Policies, Tags }, _env, call) {
    const { key } = nameToWrite(Name, call)
    const requestTags = Tags && tagsIn(Tags)
    const target: Target = parameterTarget(key, undefined, call, {
      context: { 'ssm:Overwrite': String(Overwrite), 'ssm:Policies': String(Policies !== undefined) },
      ...(requestTags && { requestTags }),
    })
    // Source: parameterstore.md 6.
    if (requestTags === undefined || requestTags.size === 0) return target
    return [target, { ...target, action: 'ssm:AddTagsToResource' }]
  },
  async run(input, env, call) {
    const { number, tier } = await write(input, nameToWrite(input.Name, call), env, call)
    return { Version: number, Tier: tier }
  },
})

import type { CreateKeyRequest, CreateKeyResponse } from '@aws-sdk/client-kms'
import type { Compiled } from '#kernel/authorization/policy'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import type { Answer } from '#kernel/wire'
import { type FreshPair, freshPair } from '../asymmetric/generate.ts'
import { createKey, NOBODY } from '../creation.ts'
import { type Kind, type Plan, planOf, supported } from '../model/creation.ts'
import { keyArn, keyMetadata } from '../model/key.ts'
import {
  Bypass,
  CustomerMasterKeySpec,
  CustomKeyStoreId,
  Description,
  KeySpec,
  KeyUsage,
  MultiRegion,
  Origin,
  Policy,
  Tags,
  XksKeyId,
} from '../model/members.ts'
import { defaultPolicy } from '../model/policies.ts'
import { isHmac, isPair, SYMMETRIC } from '../model/specs.ts'
import { readTags } from '../model/tags.ts'
import { type Env, operation } from '../operation.ts'
import { recordedMetadata } from '../recorded.ts'
import { checkedPrincipals } from '../policy.ts'

type Created = Answer<CreateKeyResponse, 'KeyMetadata'>

/** Customer managed keys in one region of an account. Source: kms.md 15. */
export const MOST_KEYS = 100_000

export const tooManyKeys = (): ApiError =>
  new ApiError('LimitExceededException', `The account has ${MOST_KEYS} keys in this Region, and no more are allowed.`)

/** Makes a key; halves of one are made ahead, since primes take seconds to find. Source: API_CreateKey, kms.md 3.1. */
export const CreateKey = operation<CreateKeyRequest, Created>()({
  name: 'CreateKey',
  effect: 'write',
  input: {
    Policy,
    Description,
    KeyUsage,
    CustomerMasterKeySpec,
    KeySpec,
    Origin,
    CustomKeyStoreId,
    BypassPolicyLockoutSafetyCheck: Bypass,
    Tags,
    MultiRegion,
    XksKeyId,
  },
  errors: [
    'CloudHsmClusterInvalidConfigurationException',
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'InvalidArnException',
    'KMSInternalException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'TagException',
    'UnsupportedOperationException',
  ],
  audit: {
    response: ({ KeyMetadata }) => ({ keyMetadata: recordedMetadata(KeyMetadata) }),
    resources: (_, out) =>
      out === undefined
        ? []
        : [{ accountId: out.KeyMetadata.AWSAccountId ?? '', type: 'AWS::KMS::Key', ARN: out.KeyMetadata.Arn ?? '' }],
  },
  async target(input) {
    const plan = planOf(input)
    const tags = readTags(input.Tags)
    const create = {
      resource: '*',
      rule: 'plain',
      context: conditions(plan, input.BypassPolicyLockoutSafetyCheck),
    } as const
    if (tags.size === 0) return create satisfies Target
    const tagged = { ...create, requestTags: tags }
    return [tagged, { ...tagged, action: 'kms:TagResource' }] satisfies Target[]
  },
  async ahead(input, _, call) {
    const { spec, origin } = supported(planOf(input))
    return async () => {
      if (origin === 'AWS_KMS' && spec !== SYMMETRIC && isPair(spec))
        pairs.set(input, await freshPair(spec, call.caller.principalArn))
    }
  },
  async run(input, env, call) {
    const plan = planOf(input)
    const kind = supported(plan)
    // A key that somebody wants in a store of his own must not become one of ours. Source: kms.md 0, tier 3.
    if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined)
      throw new ApiError('UnsupportedOperationException', 'Custom key stores are not supported.')
    const { account, region } = call
    if ((await env.keys.count(call)) >= MOST_KEYS) throw tooManyKeys()
    const id = plan.multiRegion ? `mrk-${env.random.uuid().replaceAll('-', '')}` : env.random.uuid()
    const tags = readTags(input.Tags)
    const given = input.Policy
    const resource = keyArn(account, region, id)
    const context = conditions(plan, input.BypassPolicyLockoutSafetyCheck)
    const under = (policy: Compiled): Target => ({ resource, owner: account, tags, policy, rule: 'kms', context })
    const principals =
      given === undefined
        ? NOBODY
        : await checkedPrincipals(given, under, input.BypassPolicyLockoutSafetyCheck === true, env, call)
    const wanted = {
      id,
      description: input.Description ?? '',
      manager: 'CUSTOMER',
      policy: given ?? defaultPolicy(account),
      principals,
      tags,
      kind,
      material: materialFor(kind, input, env),
      multiRegion: plan.multiRegion ? ({ type: 'PRIMARY', primary: region } as const) : undefined,
    } as const
    const key = await createKey(wanted, call, call.now, env)
    return { KeyMetadata: keyMetadata(key, [key]) }
  },
})

/** What `ahead` made for `run`, by the input of the call. */
const pairs = new WeakMap<object, FreshPair>()

/** The material of a key that is not symmetric; a copy, since the unit may run again. Source of the sizes: kms.md 16.2. */
function materialFor({ spec, origin }: Kind, input: object, { random, unit }: Env): Buffer | undefined {
  if (origin === 'EXTERNAL' || spec === SYMMETRIC) return undefined
  if (isHmac(spec)) return random.bytes(Number(spec.slice('HMAC_'.length)) / 8)
  const pair = pairs.get(input)
  if (pair === undefined) throw new Error('the key pair was not made ahead')
  unit.afterCommit(() => pair.pkcs8.fill(0))
  return Buffer.from(pair.pkcs8)
}

/** Condition keys of a key that is to be, defaults filled in. Source: kms.md 12. */
function conditions({ spec, usage, origin, multiRegion }: Plan, bypass: boolean | undefined) {
  return {
    'kms:KeySpec': spec,
    'kms:CustomerMasterKeySpec': spec,
    'kms:KeyUsage': usage,
    'kms:CustomerMasterKeyUsage': usage,
    'kms:KeyOrigin': origin,
    'kms:MultiRegion': String(multiRegion),
    'kms:MultiRegionKeyType': multiRegion ? 'PRIMARY' : undefined,
    'kms:BypassPolicyLockoutSafetyCheck': bypass === undefined ? undefined : String(bypass),
  }
}

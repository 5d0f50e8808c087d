import type { ReplicateKeyRequest, ReplicateKeyResponse } from '@aws-sdk/client-kms'
import type { Compiled } from '#kernel/authorization/policy'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { NOBODY } from '../creation.ts'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { conditionsOfKey } from '../model/conditions.ts'
import { keyArn, keyMetadata } from '../model/key.ts'
import { Bypass, Description, KeyId, Policy, Region, Tags } from '../model/members.ts'
import { defaultPolicy, shownPolicy } from '../model/policies.ts'
import { checkReplica } from '../model/regions.ts'
import { requireState } from '../model/states.ts'
import { readTags } from '../model/tags.ts'
import { kept, operation } from '../operation.ts'
import { recordedMetadata } from '../recorded.ts'
import { checkedPrincipals } from '../policy.ts'
import { MOST_KEYS, tooManyKeys } from './CreateKey.ts'

type Replicated = Answer<ReplicateKeyResponse, 'ReplicaKeyMetadata' | 'ReplicaPolicy'>

/**
 * Makes a key of the same id and material in another Region; policy, description and tags are its own. The answer says that
 * it is being made (recorded), and it is there by then. Source: API_ReplicateKey, kms.md 7.
 */
export const ReplicateKey = operation<ReplicateKeyRequest, Replicated>()({
  name: 'ReplicateKey',
  effect: 'write',
  input: {
    KeyId: required(KeyId),
    ReplicaRegion: required(Region),
    Policy,
    BypassPolicyLockoutSafetyCheck: Bypass,
    Description,
    Tags,
  },
  errors: [
    'AlreadyExistsException',
    'DisabledException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NotFoundException',
    'TagException',
    'UnsupportedOperationException',
  ],
  audit: { response: ({ ReplicaKeyMetadata }) => ({ replicaKeyMetadata: recordedMetadata(ReplicaKeyMetadata) }) },
  async target({ KeyId, ReplicaRegion, BypassPolicyLockoutSafetyCheck: bypass, Tags }, { keys, found }, call) {
    const tags = readTags(Tags)
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    const said = {
      'kms:ReplicaRegion': ReplicaRegion,
      'kms:BypassPolicyLockoutSafetyCheck': bypass === undefined ? undefined : String(bypass),
    }
    const { key } = found.located
    const context = {
      ...(key && conditionsOfKey({ ...key, aliases: [] })),
      'kms:MultiRegionKeyType': 'REPLICA',
      ...said,
      'aws:RequestedRegion': ReplicaRegion,
    }
    const create: Target = { resource: '*', rule: 'plain', context, action: 'kms:CreateKey' }
    const replicate = keyTarget(found.located, { more: said })
    if (tags.size === 0) return [replicate, create]
    return [replicate, { ...create, requestTags: tags }, { ...create, requestTags: tags, action: 'kms:TagResource' }]
  },
  async run(input, env, call) {
    const key = await env.keys.lock(present(kept(env.found.located)))
    const { keys } = env
    const { ReplicaRegion: region, Policy: given, BypassPolicyLockoutSafetyCheck: bypass } = input
    requireState(key, 'replicate', call.now)
    checkReplica(key, region, env.isRegion)
    const { account, id } = key
    const place = { account, region }
    const arn = keyArn(account, region, id)
    if ((await keys.related(key)).some((each) => each.region === region))
      throw new ApiError('AlreadyExistsException', `${arn} already exists.`)
    if ((await keys.count(place)) >= MOST_KEYS) throw tooManyKeys()
    const tags = readTags(input.Tags)
    const planned = { ...key, ...place, arn, tags, aliases: [], granted: false, description: input.Description ?? '' }
    const multiRegion = { type: 'REPLICA', primary: key.region } as const
    const under = (policy: Compiled): Target =>
      keyTarget({ key: { ...planned, multiRegion, policy }, arn, owner: account, named: arn, alias: undefined })
    const principals = given === undefined ? NOBODY : await checkedPrincipals(given, under, bypass === true, env, call)
    const policy = given ?? defaultPolicy(account)
    const external = key.origin === 'EXTERNAL'
    const replica = await keys.addReplica(key, {
      ...planned,
      policy,
      principals,
      multiRegion,
      state: external ? 'PendingImport' : 'Enabled',
      createdAt: call.now,
      deletionAt: undefined,
      imported: undefined,
      materialId: external ? '' : key.materialId,
    })
    const related = await keys.related(key)
    return {
      ReplicaKeyMetadata: keyMetadata({ ...replica, state: 'Creating', materialId: '' }, related),
      ReplicaPolicy: shownPolicy(policy),
      ...(tags.size === 0 ? {} : { ReplicaTags: [...tags].map(([TagKey, TagValue]) => ({ TagKey, TagValue })) }),
    }
  },
})

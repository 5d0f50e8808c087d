import type { DescribeKeyRequest, DescribeKeyResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { locateManaged, managingOf, settled } from '../creation.ts'
import { checkTokens } from '../grant-tokens.ts'
import { ANY_KEY, keyTarget, locate } from '../locate.ts'
import { keyResource } from '../model/cryptography.ts'
import { keyMetadata } from '../model/key.ts'
import { GrantTokens, KeyId } from '../model/members.ts'
import { MANAGED_PREFIX } from '../model/policies.ts'
import { asOf } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Described = Answer<DescribeKeyResponse, 'KeyMetadata'>

/**
 * What is known of a key, in every state. Asked for the alias of an AWS managed key that nobody has used yet it makes the
 * key, once the caller is found to be allowed, which is why it counts as a change then. Source: API_DescribeKey, kms.md 3.
 */
export const DescribeKey = operation<DescribeKeyRequest, Described>()({
  name: 'DescribeKey',
  effect: 'read',
  effectOf: ({ KeyId }) => (KeyId.includes(MANAGED_PREFIX) ? 'write' : 'read'),
  readOnly: true,
  input: { KeyId: required(KeyId), GrantTokens },
  errors: ['InvalidArnException', 'KMSInternalException', 'NotFoundException'],
  audit: { resources: (_, out) => keyResource(out?.KeyMetadata.Arn) },
  async target({ KeyId }, env, call) {
    const service = managingOf(KeyId, call)
    env.found.located =
      service === undefined ? await locate(KeyId, env.keys, call, ANY_KEY) : await locateManaged(service, call, env)
    return keyTarget(env.found.located)
  },
  async run({ GrantTokens }, env, call) {
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    const key = asOf(await settled(kept(env.found.located), call, env), call.now)
    return { KeyMetadata: keyMetadata(key, await env.keys.related(key)) }
  },
})

import type { DescribeKeyRequest, DescribeKeyResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { managedKeyOfAlias } from '../creation.ts'
import { ANY_KEY, keyTarget, locate, present } from '../locate.ts'
import { keyResource } from '../model/cryptography.ts'
import { keyMetadata } from '../model/key.ts'
import { GrantTokens, KeyId } from '../model/members.ts'
import { kept, operation } from '../operation.ts'

type Described = Answer<DescribeKeyResponse, 'KeyMetadata'>

/**
 * What is known of a key, in every state. Asked for the alias of an AWS managed key that nobody has used yet it makes the
 * key, which is why it counts as a change here. Source: API_DescribeKey, kms.md 3.
 */
export const DescribeKey = operation<DescribeKeyRequest, Described>()({
  name: 'DescribeKey',
  effect: 'write',
  readOnly: true,
  input: { KeyId: required(KeyId), GrantTokens },
  errors: ['InvalidArnException', 'KMSInternalException', 'NotFoundException'],
  audit: { resources: (_, out) => keyResource(out?.KeyMetadata.Arn) },
  async target({ KeyId }, env, call) {
    await managedKeyOfAlias(KeyId, call, env)
    env.found.located = await locate(KeyId, env.keys, call, ANY_KEY)
    return keyTarget(env.found.located)
  },
  async run(_, { found }) {
    return { KeyMetadata: keyMetadata(present(kept(found.located))) }
  },
})

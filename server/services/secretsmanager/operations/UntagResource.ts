import type { UntagResourceRequest } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { reservedTagKey } from '../model/refusals.ts'
import { live } from '../model/secret.ts'
import { withoutTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { guardedTargets, targetOf } from '../target.ts'

/**
 * Takes tags off by key; absent ones are ignored, LastChangedDate stays (recorded). Answers nothing at all.
 * Source: API_UntagResource; secretsmanager.md 8.20, 3, 7.2.
 */
export const UntagResource = operation<UntagResourceRequest, undefined>()({
  name: 'UntagResource',
  effect: 'write',
  input: { SecretId: required(members.SecretId), TagKeys: required(members.TagKeyList) },
  errors: ['ResourceNotFoundException', 'InvalidRequestException', 'InvalidParameterException', 'InternalServiceError'],
  audit: { additional: onSecret },
  target: async ({ SecretId, TagKeys }, { secrets, random }, call) => {
    const secret = await secrets.find(SecretId)
    const target = targetOf(SecretId, secret, call, random, { tagKeys: TagKeys })
    return guardedTargets(target, secret && withoutTags(secret.tags, TagKeys))
  },
  async run({ SecretId, TagKeys }, { secrets }) {
    const secret = live(await secrets.find(SecretId))
    if (TagKeys.some((key) => /^aws:/i.test(key) && secret.tags?.has(key))) throw reservedTagKey()
    await secrets.save({ ...secret, tags: withoutTags(secret.tags, TagKeys) })
  },
})

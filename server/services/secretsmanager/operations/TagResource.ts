import type { TagResourceRequest } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { live } from '../model/secret.ts'
import { checkedTags, checkTagCount, tagsIn, withTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { checkNamedBy } from '../rotation-check.ts'
import { guardedTargets, targetOf } from '../target.ts'

/**
 * Sets tags by key; the others stay. Answers nothing at all. Assumed: the 51st tag is InvalidParameterException, since the model of the
 * operation has no LimitExceededException. Source: API_TagResource; secretsmanager.md 8.19, 7.2.
 */
export const TagResource = operation<TagResourceRequest, undefined>()({
  name: 'TagResource',
  effect: 'write',
  input: { SecretId: required(members.SecretId), Tags: required(members.TagList) },
  errors: ['ResourceNotFoundException', 'InvalidRequestException', 'InvalidParameterException', 'InternalServiceError'],
  audit: { additional: onSecret },
  target: async ({ SecretId, Tags }, { secrets, random }, call) => {
    const secret = await secrets.find(SecretId)
    const asked = tagsIn(Tags) ?? new Map()
    const target = targetOf(SecretId, secret, call, random, { requestTags: asked })
    return guardedTargets(target, secret && withTags(secret.tags, asked))
  },
  async run({ SecretId, Tags }, env, call) {
    const { secrets } = env
    const asked = checkedTags(Tags)
    const secret = live(await secrets.find(SecretId))
    const tags = withTags(secret.tags, asked)
    checkTagCount(tags, 'InvalidParameterException')
    await checkNamedBy(asked, env, call)
    await secrets.save({ ...secret, tags, changedAt: call.now })
  },
})

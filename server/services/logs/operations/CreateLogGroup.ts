import type { CreateLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import type { LogClass } from '../model/group.ts'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { checkTags, tagsIn } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** Makes a group, whose events stay until a retention is set. Source: API_CreateLogGroup; surroundings.md 3. */
export const CreateLogGroup = operation<CreateLogGroupRequest, undefined>()({
  name: 'CreateLogGroup',
  effect: 'write',
  input: {
    logGroupName: required(members.LogGroupName),
    kmsKeyId: members.KmsKeyId,
    tags: members.Tags,
    logGroupClass: members.LogGroupClass,
    deletionProtectionEnabled: members.Flag,
  },
  errors: [
    ...(['InvalidParameterException', 'ResourceAlreadyExistsException', 'LimitExceededException'] as const),
    ...(['OperationAbortedException', 'ServiceUnavailableException'] as const),
  ],
  target: (input, env, call) =>
    targetOf({ logGroupName: input.logGroupName }, env, call, undefined, { requestTags: tagsIn(input.tags) }),
  async run(input, { groups, sealing }, call) {
    const tags = tagsIn(input.tags)
    checkTags(tags)
    const how = {
      tags,
      guarded: input.deletionProtectionEnabled === true,
      logClass: (input.logGroupClass ?? 'STANDARD') as LogClass,
    }
    const group = await groups.create(groupNamed({ logGroupName: input.logGroupName }, call), how, call.now)
    if (input.kmsKeyId !== undefined) await groups.save(await sealing.associate(group, input.kmsKeyId))
    return undefined
  },
})

import type { PutLogGroupDeletionProtectionRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** Keeps a group and its streams from being deleted, or no more. Source: API_PutLogGroupDeletionProtection. */
export const PutLogGroupDeletionProtection = operation<PutLogGroupDeletionProtectionRequest, undefined>()({
  name: 'PutLogGroupDeletionProtection',
  effect: 'write',
  input: {
    logGroupIdentifier: required(members.LogGroupIdentifier),
    deletionProtectionEnabled: required(members.Flag),
  },
  errors: [
    ...(['AccessDeniedException', 'InvalidOperationException', 'InvalidParameterException'] as const),
    ...(['OperationAbortedException', 'ResourceNotFoundException', 'ServiceUnavailableException'] as const),
  ],
  target: ({ logGroupIdentifier }, env, call) => targetOf({ logGroupIdentifier }, env, call),
  async run({ logGroupIdentifier, deletionProtectionEnabled }, { groups }, call) {
    const group = await groups.lock(groupNamed({ logGroupIdentifier }, call))
    await groups.save({ ...group, guarded: deletionProtectionEnabled })
    return undefined
  },
})

import type { AssociateKmsKeyRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import { keyed } from '../keyed.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/**
 * What is written into a group from now on is encrypted under a key of KMS, whose policy must let the service use it. What is there
 * stays under what it was written under. Source: API_AssociateKmsKey.
 */
export const AssociateKmsKey = operation<AssociateKmsKeyRequest, undefined>()({
  name: 'AssociateKmsKey',
  effect: 'write',
  input: {
    logGroupName: members.LogGroupName,
    kmsKeyId: required(members.KmsKeyId),
    resourceIdentifier: members.ResourceIdentifier,
  },
  errors: [
    'InvalidParameterException',
    'ResourceNotFoundException',
    'OperationAbortedException',
    'ServiceUnavailableException',
  ],
  target: (input, env, call) => targetOf(keyed(input), env, call),
  async run(input, { groups, sealing }, call) {
    const group = await groups.lock(keyed.group(input, call))
    await groups.save(await sealing.associate(group, input.kmsKeyId))
    return undefined
  },
})

import type { DisassociateKmsKeyRequest } from '@aws-sdk/client-cloudwatch-logs'
import { keyed } from '../keyed.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** What is written into a group from now on is encrypted by the server's own keys again. Source: API_DisassociateKmsKey. */
export const DisassociateKmsKey = operation<DisassociateKmsKeyRequest, undefined>()({
  name: 'DisassociateKmsKey',
  effect: 'write',
  input: { logGroupName: members.LogGroupName, resourceIdentifier: members.ResourceIdentifier },
  errors: [
    'InvalidParameterException',
    'ResourceNotFoundException',
    'OperationAbortedException',
    'ServiceUnavailableException',
  ],
  target: (input, env, call) => targetOf(keyed(input), env, call),
  async run(input, { groups }, call) {
    const group = await groups.lock(keyed.group(input, call))
    await groups.save({ ...group, kmsKey: undefined, keyNumber: 0 })
    return undefined
  },
})

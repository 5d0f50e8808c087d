import type { GetPolicyVersionRequest, GetPolicyVersionResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { shownVersion } from '../answers.ts'
import { Arn, VersionId } from '../model/members.ts'
import { noSuchEntity, noSuchPolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { policyTarget } from '../target.ts'

/** One version of a managed policy with its document. Source: API_GetPolicyVersion, access.md 3.4. */
export const GetPolicyVersion = operation<GetPolicyVersionRequest, GetPolicyVersionResponse>()({
  name: 'GetPolicyVersion',
  effect: 'read',
  input: { PolicyArn: required(Arn), VersionId: required(VersionId) },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ PolicyArn }, { policies }) => policyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run({ PolicyArn, VersionId }, { policies }) {
    const policy = await policies.find(PolicyArn)
    if (policy === undefined) throw noSuchPolicy(PolicyArn)
    const number = /^v([0-9]{1,9})$/.exec(VersionId)?.[1]
    const version = number === undefined ? undefined : await policies.version(policy.id, Number(number))
    if (version === undefined) {
      throw noSuchEntity(`Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`)
    }
    return { PolicyVersion: shownVersion(version, version.version === policy.defaultVersion) }
  },
})

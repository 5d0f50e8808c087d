import type { ListPolicyVersionsRequest, ListPolicyVersionsResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { shownVersion } from '../answers.ts'
import { existingPolicy } from '../existing-policy.ts'
import { Arn, Marker, MaxItems } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { invalid } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { policyTarget } from '../target.ts'

/** The versions of a managed policy, the newest first, without documents. Source: API_ListPolicyVersions, access.md 3.4. */
export const ListPolicyVersions = operation<ListPolicyVersionsRequest, ListPolicyVersionsResponse>()({
  name: 'ListPolicyVersions',
  effect: 'read',
  input: { PolicyArn: required(Arn), Marker, MaxItems },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ PolicyArn }, { policies }) => policyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run(input, { policies }) {
    const policy = await existingPolicy(policies, input.PolicyArn)
    const page = pageOf(input)
    if (!/^[0-9]*$/.test(page.after)) throw invalid('Invalid Marker.')
    const before = page.after === '' ? Number.POSITIVE_INFINITY : Number(page.after)
    const found = (await policies.versions(policy)).filter(({ version }) => version < before)
    const { entries, tail } = paged(found, page, ({ version }) => String(version))
    return { Versions: entries.map((version) => shownVersion(version, policy)), ...tail }
  },
})

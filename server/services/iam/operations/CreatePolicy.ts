import type { CreatePolicyRequest, CreatePolicyResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { listedPolicy } from '../answers.ts'
import { checkManaged } from '../model/document.ts'
import { pathOf, policyArn, uniqueId } from '../model/identity.ts'
import { Path, PolicyDescription, PolicyDocument, PolicyName, Tags } from '../model/members.ts'
import { alreadyExists, quotaExceeded } from '../model/refusals.ts'
import { sentTags, tagList, tagsOf } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { newcomer, tagged } from '../target.ts'

const UNUSED = { defaultVersion: 1, lastVersion: 1, attachments: 0, boundaries: 0, ofAws: false }

/** Makes a managed policy, version v1. The answer has its tags but no description. Source: API_CreatePolicy, access.md 3.4. */
export const CreatePolicy = operation<CreatePolicyRequest, Answer<CreatePolicyResponse, 'Policy'>>()({
  name: 'CreatePolicy',
  effect: 'write',
  input: {
    PolicyName: required(PolicyName),
    Path,
    PolicyDocument: required(PolicyDocument),
    Description: PolicyDescription,
    Tags,
  },
  errors: [
    'EntityAlreadyExistsException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'InvalidInputException',
  ],
  audit: {
    response: ({ Policy }) => ({
      policy: { policyName: Policy.PolicyName, policyId: Policy.PolicyId, arn: Policy.Arn },
    }),
  },
  target: async ({ PolicyName, Path, Tags }, _env, { account }) =>
    tagged(newcomer(policyArn(account, pathOf(Path), PolicyName), sentTags(Tags)), 'iam:TagPolicy'),
  async run({ PolicyName, Path, PolicyDocument, Description, Tags }, { policies, random, limits }, { account, now }) {
    const path = pathOf(Path)
    checkManaged(PolicyDocument)
    if ((await policies.findByName(PolicyName)) !== undefined) {
      throw alreadyExists(`A policy called ${PolicyName} already exists. Duplicate names are not allowed.`)
    }
    if ((await policies.count()) >= limits.policies) throw quotaExceeded('PoliciesPerAccount', limits.policies)
    const tags = tagsOf(Tags)
    const policy = {
      name: PolicyName,
      path,
      id: uniqueId(random, 'ANPA'),
      arn: policyArn(account, path, PolicyName),
      description: Description || undefined,
      tags,
      createdAt: now,
    }
    await policies.add(policy, PolicyDocument)
    const made = { ...policy, ...UNUSED, updatedAt: now }
    return { Policy: { ...listedPolicy(made), ...(tags.size > 0 && { Tags: tagList(tags) }) } }
  },
})

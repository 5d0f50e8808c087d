import type { PutUserPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { checkInline } from '../model/document.ts'
import { nameKey } from '../model/identity.ts'
import { PolicyDocument, PolicyName, UserName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { permissionsTarget } from '../target.ts'

/** More inline policies than fit into their common size: one takes at least 40 characters. */
const ALL = { after: '', limit: 1000 }

/** Adds or replaces an inline policy of a user. Source: API_PutUserPolicy, access.md 3.2, 3.6. */
export const PutUserPolicy = operation<PutUserPolicyRequest, undefined>()({
  name: 'PutUserPolicy',
  effect: 'write',
  input: {
    UserName: required(UserName),
    PolicyName: required(PolicyName),
    PolicyDocument: required(PolicyDocument),
  },
  errors: ['NoSuchEntityException', 'MalformedPolicyDocumentException', 'LimitExceededException'],
  target: async ({ UserName }, { users }, call) => permissionsTarget(call, UserName, await users.find(UserName)),
  async run({ UserName, PolicyName, PolicyDocument }, { users, inline }) {
    const { id } = await existing(users, UserName)
    const others = (await inline.page(id, ALL)).filter(({ name }) => nameKey(name) !== nameKey(PolicyName))
    checkInline(
      PolicyDocument,
      others.map(({ document }) => document),
      'user',
      UserName,
    )
    await inline.put(id, PolicyName, PolicyDocument)
    return undefined
  },
})

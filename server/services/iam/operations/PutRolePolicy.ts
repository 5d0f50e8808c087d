import type { PutRolePolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { modifiableRole } from '../answers.ts'
import { checkInline } from '../model/document.ts'
import { nameKey } from '../model/identity.ts'
import { PolicyDocument, PolicyName, RoleName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { rolePermissionsTarget } from '../target.ts'

/** More inline policies than fit into their common size: one takes at least 40 characters. */
const ALL = { after: '', limit: 1000 }

/** Adds or replaces an inline policy of a role. Source: API_PutRolePolicy, access.md 3.2, 3.6. */
export const PutRolePolicy = operation<PutRolePolicyRequest, undefined>()({
  name: 'PutRolePolicy',
  effect: 'write',
  input: {
    RoleName: required(RoleName),
    PolicyName: required(PolicyName),
    PolicyDocument: required(PolicyDocument),
  },
  errors: [
    'NoSuchEntityException',
    'MalformedPolicyDocumentException',
    'LimitExceededException',
    'UnmodifiableEntityException',
  ],
  target: async ({ RoleName }, { roles }, call) => rolePermissionsTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName, PolicyName, PolicyDocument }, { roles, inline }) {
    const { id } = await modifiableRole(roles, RoleName)
    const others = (await inline.page(id, ALL)).filter(({ name }) => nameKey(name) !== nameKey(PolicyName))
    checkInline(
      PolicyDocument,
      others.map(({ document }) => document),
      'role',
      RoleName,
    )
    await inline.put(id, PolicyName, PolicyDocument)
    return undefined
  },
})

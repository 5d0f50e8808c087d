import type { CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { createdRole } from '../answers.ts'
import { roleArn, uniqueId } from '../model/identity.ts'
import { linkedName, linkedPath, linkedTrust, MOST_NAME } from '../model/linked.ts'
import { AWSServiceName, CustomSuffix, RoleDescription } from '../model/members.ts'
import { invalidInput, quotaExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { DEFAULT_SESSION, type Role } from '../roles.ts'
import { newcomer } from '../target.ts'
import { trusting } from '../trust.ts'

/**
 * Makes the role that a service of AWS acts with, for tools that make it before they use the service. Nothing here acts
 * with such a role, so it has no permissions. Source: API_CreateServiceLinkedRole, access.md 3.3.
 */
export const CreateServiceLinkedRole = operation<
  CreateServiceLinkedRoleRequest,
  Answer<CreateServiceLinkedRoleResponse, 'Role'>
>()({
  name: 'CreateServiceLinkedRole',
  effect: 'write',
  input: { AWSServiceName: required(AWSServiceName), Description: RoleDescription, CustomSuffix },
  errors: [
    'InvalidInputException',
    'LimitExceededException',
    'NoSuchEntityException',
    'MalformedPolicyDocumentException',
  ],
  audit: {
    response: ({ Role }) => ({
      role: { path: Role.Path, roleName: Role.RoleName, roleId: Role.RoleId, arn: Role.Arn },
    }),
  },
  target: async ({ AWSServiceName, CustomSuffix }, _env, { account }) =>
    newcomer(roleArn(account, linkedPath(AWSServiceName), linkedName(AWSServiceName, CustomSuffix) ?? ''), new Map(), {
      'iam:AWSServiceName': AWSServiceName,
    }),
  async run({ AWSServiceName, Description, CustomSuffix }, { roles, principals, random, limits }, { account, now }) {
    const name = linkedName(AWSServiceName, CustomSuffix)
    // Assumed wording, both.
    if (name === undefined) throw invalidInput(`${AWSServiceName} is not the name of an AWS service.`)
    if (name.length > MOST_NAME) throw invalidInput(`Service role name ${name} is too long.`)
    // Text as clients of IAM report it.
    if ((await roles.findAnyCase(name)) !== undefined) {
      throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`)
    }
    if ((await roles.count()) >= limits.roles) throw quotaExceeded('RolesPerAccount', limits.roles)
    const path = linkedPath(AWSServiceName)
    const role: Role = {
      account,
      name,
      path,
      arn: roleArn(account, path, name),
      id: uniqueId(random, 'AROA'),
      description: Description || undefined,
      ...(await trusting(linkedTrust(AWSServiceName), account, principals)),
      maxSession: DEFAULT_SESSION,
      boundary: undefined,
      tags: new Map(),
      linkedService: AWSServiceName,
      createdAt: now,
      usedAt: 0,
      usedRegion: undefined,
    }
    await roles.add(role)
    return { Role: await createdRole(role, principals) }
  },
})

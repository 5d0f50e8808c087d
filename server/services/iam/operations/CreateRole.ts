import type { CreateRoleRequest, CreateRoleResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { createdRole } from '../answers.ts'
import { checkBoundary } from '../boundary.ts'
import { pathOf, roleArn, uniqueId } from '../model/identity.ts'
import { Arn, MaxSessionDuration, Path, PolicyDocument, RoleDescription, RoleName, Tags } from '../model/members.ts'
import { alreadyExists, invalidInput, quotaExceeded } from '../model/refusals.ts'
import { sentTags, tagsOf } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { DEFAULT_SESSION, type Role } from '../roles.ts'
import { newcomer, tagged } from '../target.ts'
import { trusting } from '../trust.ts'

/** Paths of roles that services make. */
const RESERVED = /^\/(?:aws-service-role|aws-reserved)\//

/** Makes a role that those may assume whom its trust policy names. Source: API_CreateRole, access.md 3.2, 3.4. */
export const CreateRole = operation<CreateRoleRequest, Answer<CreateRoleResponse, 'Role'>>()({
  name: 'CreateRole',
  effect: 'write',
  input: {
    Path,
    RoleName: required(RoleName),
    AssumeRolePolicyDocument: required(PolicyDocument),
    Description: RoleDescription,
    MaxSessionDuration,
    PermissionsBoundary: Arn,
    Tags,
  },
  errors: [
    'LimitExceededException',
    'InvalidInputException',
    'EntityAlreadyExistsException',
    'MalformedPolicyDocumentException',
    'NoSuchEntityException',
    'ConcurrentModificationException',
  ],
  audit: {
    response: ({ Role }) => ({
      role: { path: Role.Path, roleName: Role.RoleName, roleId: Role.RoleId, arn: Role.Arn },
    }),
  },
  target: async ({ Path, RoleName, PermissionsBoundary, Tags }, _env, { account }) =>
    tagged(
      newcomer(roleArn(account, pathOf(Path), RoleName), sentTags(Tags), {
        'iam:PermissionsBoundary': PermissionsBoundary,
      }),
      'iam:TagRole',
    ),
  async run(input, { roles, policies, principals, random, limits }, { account, now }) {
    const { RoleName, PermissionsBoundary } = input
    const path = pathOf(input.Path)
    // Assumed: the code; AWS keeps these paths for itself.
    if (RESERVED.test(path)) throw invalidInput(`The path ${path} is reserved for roles of AWS services.`)
    const tags = tagsOf(input.Tags)
    if ((await roles.findAnyCase(RoleName)) !== undefined) {
      throw alreadyExists(`Role with name ${RoleName} already exists.`)
    }
    const trust = await trusting(input.AssumeRolePolicyDocument, account, principals)
    if ((await roles.count()) >= limits.roles) throw quotaExceeded('RolesPerAccount', limits.roles)
    if (PermissionsBoundary !== undefined) await checkBoundary(policies, PermissionsBoundary)
    const role: Role = {
      account,
      name: RoleName,
      path,
      arn: roleArn(account, path, RoleName),
      id: uniqueId(random, 'AROA'),
      description: input.Description || undefined,
      ...trust,
      maxSession: input.MaxSessionDuration ?? DEFAULT_SESSION,
      boundary: PermissionsBoundary,
      tags,
      linkedService: undefined,
      createdAt: now,
      usedAt: 0,
      usedRegion: undefined,
    }
    await roles.add(role)
    return { Role: await createdRole(role, principals) }
  },
})

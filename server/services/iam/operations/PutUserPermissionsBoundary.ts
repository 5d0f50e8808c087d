import type { PutUserPermissionsBoundaryRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { checkBoundary } from '../boundary.ts'
import { Arn, UserName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { userTarget } from '../target.ts'

/**
 * Bounds what a user may do by a managed policy. The condition key says the boundary that the user shall have.
 * Source: API_PutUserPermissionsBoundary, access.md 3.5.
 */
export const PutUserPermissionsBoundary = operation<PutUserPermissionsBoundaryRequest, undefined>()({
  name: 'PutUserPermissionsBoundary',
  effect: 'write',
  input: { UserName: required(UserName), PermissionsBoundary: required(Arn) },
  errors: ['NoSuchEntityException', 'InvalidInputException', 'PolicyNotAttachableException'],
  target: async ({ UserName, PermissionsBoundary }, { users }, call) =>
    userTarget(call, UserName, await users.find(UserName), { 'iam:PermissionsBoundary': PermissionsBoundary }),
  async run({ UserName, PermissionsBoundary }, { users, policies }) {
    const user = await existing(users, UserName)
    await checkBoundary(policies, PermissionsBoundary)
    await users.save({ ...user, boundary: PermissionsBoundary })
    return undefined
  },
})

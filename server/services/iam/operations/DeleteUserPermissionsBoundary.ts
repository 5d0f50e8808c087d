import type { DeleteUserPermissionsBoundaryRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { UserName } from '../model/members.ts'
import { noSuchBoundary } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { permissionsTarget } from '../target.ts'

/** Takes the boundary off a user; one without is NoSuchEntity. Source: API_DeleteUserPermissionsBoundary, access.md 3.4. */
export const DeleteUserPermissionsBoundary = operation<DeleteUserPermissionsBoundaryRequest, undefined>()({
  name: 'DeleteUserPermissionsBoundary',
  effect: 'write',
  input: { UserName: required(UserName) },
  errors: ['NoSuchEntityException'],
  target: async ({ UserName }, { users }, call) => permissionsTarget(call, UserName, await users.find(UserName)),
  async run({ UserName }, { users }) {
    const user = await existing(users, UserName)
    if (user.boundary === undefined) throw noSuchBoundary('user', UserName)
    await users.save({ ...user, boundary: undefined })
    return undefined
  },
})

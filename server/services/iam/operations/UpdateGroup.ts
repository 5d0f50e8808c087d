import type { UpdateGroupRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { groupArn, pathOf } from '../model/identity.ts'
import { GroupName, Path } from '../model/members.ts'
import { alreadyExists } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { groupTarget, newcomer } from '../target.ts'

/**
 * Gives a group another name or path; id, users and policies stay. Both the old and the new ARN must be allowed.
 * Source: API_UpdateGroup.
 */
export const UpdateGroup = operation<UpdateGroupRequest, undefined>()({
  name: 'UpdateGroup',
  effect: 'write',
  input: { GroupName: required(GroupName), NewPath: Path, NewGroupName: GroupName },
  errors: ['NoSuchEntityException', 'EntityAlreadyExistsException', 'LimitExceededException'],
  async target({ GroupName, NewPath, NewGroupName }, { groups }, call) {
    const group = await groups.find(GroupName)
    const path = NewPath === undefined ? (group?.path ?? '/') : pathOf(NewPath)
    const arn = groupArn(call.account, path, NewGroupName ?? GroupName)
    return [groupTarget(call, GroupName, group), newcomer(arn, new Map())]
  },
  async run({ GroupName, NewPath, NewGroupName }, { groups }) {
    const group = await existingGroup(groups, GroupName)
    if (NewGroupName !== undefined) {
      const other = await groups.findAnyCase(NewGroupName)
      if (other !== undefined && other.id !== group.id) {
        throw alreadyExists(`Group with name ${NewGroupName} already exists.`)
      }
    }
    await groups.rename(group, NewGroupName ?? group.name, NewPath === undefined ? group.path : pathOf(NewPath))
    return undefined
  },
})

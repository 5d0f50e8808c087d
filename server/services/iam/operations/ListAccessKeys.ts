import type { ListAccessKeysRequest, ListAccessKeysResponse } from '@aws-sdk/client-iam'
import { ownerOf } from '../answers.ts'
import { Marker, MaxItems, UserName } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { meantTarget } from '../target.ts'

/** The access keys of a user, or of the caller, without their secrets. Source: API_ListAccessKeys. */
export const ListAccessKeys = operation<ListAccessKeysRequest, ListAccessKeysResponse>()({
  name: 'ListAccessKeys',
  effect: 'read',
  input: { UserName, Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run(input, { users, keys }, call) {
    const owner = await ownerOf(input.UserName, call, users)
    const page = pageOf(input)
    const { entries, tail } = paged(await keys.page(owner.id, page), page, ({ id }) => id)
    const AccessKeyMetadata = entries.map(({ id, active, createdAt }) => ({
      UserName: owner.name,
      AccessKeyId: id,
      Status: active ? ('Active' as const) : ('Inactive' as const),
      CreateDate: new Date(createdAt),
    }))
    return { AccessKeyMetadata, ...tail }
  },
})

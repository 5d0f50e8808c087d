import type { ListSSHPublicKeysRequest, ListSSHPublicKeysResponse } from '@aws-sdk/client-iam'
import { ownerOf } from '../answers.ts'
import { Marker, MaxItems, UserName } from '../model/members.ts'
import { pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { meantTarget } from '../target.ts'

/** The public SSH keys of a user, which nobody has here; tools ask before they delete a user. Source: API_ListSSHPublicKeys. */
export const ListSSHPublicKeys = operation<ListSSHPublicKeysRequest, ListSSHPublicKeysResponse>()({
  name: 'ListSSHPublicKeys',
  effect: 'read',
  input: { UserName, Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run(input, { users }, call) {
    await ownerOf(input.UserName, call, users)
    pageOf(input)
    return { SSHPublicKeys: [], IsTruncated: false }
  },
})

import type { ListUsersRequest, ListUsersResponse } from '@aws-sdk/client-iam'
import { listedUser } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, PathPrefix } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

/** The users of the account below a path, page by page, in the order of their names. Source: API_ListUsers. */
export const ListUsers = operation<ListUsersRequest, ListUsersResponse>()({
  name: 'ListUsers',
  effect: 'read',
  input: { PathPrefix, Marker, MaxItems },
  errors: [],
  target: async (_input, _env, call) => everything(call, 'user'),
  async run(input, { users }) {
    const page = pageOf(input)
    const { entries, tail } = paged(await users.page(page, input.PathPrefix ?? '/'), page, ({ name }) => nameKey(name))
    return { Users: entries.map(listedUser), ...tail }
  },
})

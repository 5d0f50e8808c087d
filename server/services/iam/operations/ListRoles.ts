import type { ListRolesRequest, ListRolesResponse } from '@aws-sdk/client-iam'
import type { Answer } from '#kernel/wire'
import { listedRole } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, PathPrefix } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

/** The roles of the account below a path, page by page, in the order of their names. Source: API_ListRoles, access.md 3.4. */
export const ListRoles = operation<ListRolesRequest, Answer<ListRolesResponse, 'Roles'>>()({
  name: 'ListRoles',
  effect: 'read',
  input: { PathPrefix, Marker, MaxItems },
  errors: [],
  target: async (_input, _env, call) => everything(call, 'role'),
  async run(input, { roles, principals }) {
    const page = pageOf(input)
    const { entries, tail } = paged(await roles.page(page, input.PathPrefix ?? '/'), page, ({ name }) => nameKey(name))
    return { Roles: await Promise.all(entries.map((role) => listedRole(role, principals))), ...tail }
  },
})

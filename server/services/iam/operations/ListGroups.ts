import type { ListGroupsRequest, ListGroupsResponse } from '@aws-sdk/client-iam'
import { shownGroup } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, PathPrefix } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

/** The groups of the account below a path, page by page, in the order of their names. Source: API_ListGroups. */
export const ListGroups = operation<ListGroupsRequest, ListGroupsResponse>()({
  name: 'ListGroups',
  effect: 'read',
  input: { PathPrefix, Marker, MaxItems },
  errors: [],
  target: async (_input, _env, call) => everything(call, 'group'),
  async run(input, { groups }) {
    const page = pageOf(input)
    const { entries, tail } = paged(await groups.page(page, input.PathPrefix ?? '/'), page, ({ name }) => nameKey(name))
    return { Groups: entries.map(shownGroup), ...tail }
  },
})

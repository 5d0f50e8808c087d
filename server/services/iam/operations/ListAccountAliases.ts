import type { ListAccountAliasesRequest, ListAccountAliasesResponse } from '@aws-sdk/client-iam'
import { Marker, MaxItems } from '../model/members.ts'
import { pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/** The account's alias, if it has one: a page of at most one. Source: API_ListAccountAliases. */
export const ListAccountAliases = operation<ListAccountAliasesRequest, ListAccountAliasesResponse>()({
  name: 'ListAccountAliases',
  effect: 'read',
  input: { Marker, MaxItems },
  errors: [],
  target: async () => accountTarget(),
  async run(input, { aliases }) {
    const { after } = pageOf(input)
    const alias = await aliases.find()
    return { AccountAliases: alias !== undefined && alias > after ? [alias] : [], IsTruncated: false }
  },
})

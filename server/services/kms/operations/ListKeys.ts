import type { ListKeysRequest, ListKeysResponse } from '@aws-sdk/client-kms'
import type { Answer } from '#kernel/wire'
import { keyArn } from '../model/key.ts'
import { Limit, Marker } from '../model/members.ts'
import { after, page } from '../model/page.ts'
import { operation } from '../operation.ts'

type Listed = Answer<ListKeysResponse, 'Keys' | 'Truncated'>

/** All keys of the account in the region, AWS managed ones and those pending deletion too. Source: API_ListKeys, kms.md 3.4. */
export const ListKeys = operation<ListKeysRequest, Listed>()({
  name: 'ListKeys',
  effect: 'read',
  input: { Limit, Marker },
  errors: ['InvalidMarkerException', 'KMSInternalException'],
  target: async () => ({ resource: '*', rule: 'plain' }),
  async run({ Limit = 100, Marker }, { keys }, call) {
    const ids = await keys.ids(call, after(Marker, 'keys'), Limit + 1)
    const { items, ...rest } = page(ids, Limit, 'keys', (id) => id)
    return { Keys: items.map((KeyId) => ({ KeyId, KeyArn: keyArn(call.account, call.region, KeyId) })), ...rest }
  },
})

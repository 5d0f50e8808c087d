import type { ListResourceTagsRequest, ListResourceTagsResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId, Limit, Marker } from '../model/members.ts'
import { page, rowsAfter } from '../model/page.ts'
import { kept, operation } from '../operation.ts'

type Listed = Answer<ListResourceTagsResponse, 'Tags' | 'Truncated'>

/** The model allows 1,000 on a page, the service gives 50, which is as many as a key has. Assumed: larger limits are clamped. */
const MOST_ON_PAGE = 50

/** The tags of a key, by their keys. Source: API_ListResourceTags, kms.md 10. */
export const ListResourceTags = operation<ListResourceTagsRequest, Listed>()({
  name: 'ListResourceTags',
  effect: 'read',
  input: { KeyId: required(KeyId), Limit, Marker },
  errors: ['InvalidArnException', 'InvalidMarkerException', 'KMSInternalException', 'NotFoundException'],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run({ Limit = MOST_ON_PAGE, Marker }, { found }) {
    const limit = Math.min(Limit, MOST_ON_PAGE)
    const { tags } = present(kept(found.located))
    const rows = rowsAfter([...tags], Marker, 'tags', ([key]) => key)
    const { items, ...rest } = page(rows, limit, 'tags', ([key]) => key)
    return { Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...rest }
  },
})

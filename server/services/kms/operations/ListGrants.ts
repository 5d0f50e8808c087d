import type { ListGrantsRequest, ListGrantsResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { boundId, forAwsResource } from '../grantees.ts'
import { entriesOf } from '../grant-entries.ts'
import { keyTarget, locate, present } from '../locate.ts'
import { checkGrantId } from '../model/grants.ts'
import { GranteePrincipal, GrantId, KeyId, Limit, Marker, ServicePrincipal } from '../model/members.ts'
import { after, page } from '../model/page.ts'
import { kept, operation } from '../operation.ts'

type Listed = Answer<ListGrantsResponse, 'Grants' | 'Truncated'>

/** The model allows 1,000 on a page, the service gives 100. */
const MOST_ON_PAGE = 100

/** The grants on a key, in every state; of another account's key too. Source: API_ListGrants, kms.md 9.1. */
export const ListGrants = operation<ListGrantsRequest, Listed>()({
  name: 'ListGrants',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    GrantId,
    GranteePrincipal,
    GranteeServicePrincipal: ServicePrincipal,
    Limit,
    Marker,
  },
  errors: [
    'InvalidArnException',
    'InvalidGrantIdException',
    'InvalidMarkerException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
  ],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, { aliases: false, foreign: true })
    return keyTarget(found.located, { more: forAwsResource(call) })
  },
  async run(input, { keys, found, principals }) {
    const key = present(kept(found.located))
    if (input.GrantId !== undefined) checkGrantId(input.GrantId)
    const limit = Math.min(input.Limit ?? 50, MOST_ON_PAGE)
    const granteeId =
      input.GranteePrincipal === undefined
        ? input.GranteeServicePrincipal
        : await boundId(input.GranteePrincipal, principals())
    const start = after(input.Marker, 'grants')
    if (input.GrantId !== undefined) {
      const grant = input.GrantId > start ? await keys.grants.find(key, input.GrantId) : undefined
      const wanted = grant !== undefined && (granteeId === undefined || grant.granteeId === granteeId)
      return { Grants: await entriesOf(wanted ? [grant] : [], principals()), Truncated: false }
    }
    const rows = await keys.grants.list(key, granteeId, start, limit + 1)
    const { items, ...rest } = page(rows, limit, 'grants', ({ id }) => id)
    return { Grants: await entriesOf(items, principals()), ...rest }
  },
})

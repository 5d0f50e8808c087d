import type { ListGrantsResponse, ListRetirableGrantsRequest } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { parseArn } from '#kernel/values/arn'
import type { Answer } from '#kernel/wire'
import { entriesOf } from '../grant-entries.ts'
import { boundId } from '../grantees.ts'
import { Limit, Marker, RetiringPrincipal, ServicePrincipal } from '../model/members.ts'
import { after, page } from '../model/page.ts'
import { operation } from '../operation.ts'

type Listed = Answer<ListGrantsResponse, 'Grants' | 'Truncated'>

/** The model allows 1,000 on a page, the service gives 100. */
const MOST_ON_PAGE = 100

/**
 * The grants in a Region that a principal of the caller's account may retire, on keys of other accounts too. Source:
 * API_ListRetirableGrants, kms.md 9.1.
 */
export const ListRetirableGrants = operation<ListRetirableGrantsRequest, Listed>()({
  name: 'ListRetirableGrants',
  effect: 'read',
  input: { RetiringPrincipal, RetiringServicePrincipal: ServicePrincipal, Limit, Marker },
  errors: ['InvalidArnException', 'InvalidMarkerException', 'KMSInternalException', 'NotFoundException'],
  async target({ RetiringPrincipal: principal, RetiringServicePrincipal: service }) {
    // Assumed: the text.
    if ((principal === undefined) === (service === undefined))
      throw new ApiError(
        'ValidationException',
        'You must specify either RetiringPrincipal or RetiringServicePrincipal, and not both.',
      )
    const account = principal === undefined ? undefined : parseArn(principal)?.account
    // What a principal of another account may retire is not told. Assumed: as a lack of permission.
    return { resource: '*', rule: 'plain', ...(account === undefined ? {} : { owner: account }) }
  },
  async run({ RetiringPrincipal: principal, RetiringServicePrincipal: service = '', Limit = 50, Marker }, env, call) {
    const { keys, principals } = env
    const limit = Math.min(Limit, MOST_ON_PAGE)
    const start = after(Marker, 'retirable grants')
    const id = principal === undefined ? service : await boundId(principal, principals())
    // A service may retire grants of all accounts: those of others are not the caller's to see.
    const of = { region: call.region, account: principal === undefined ? call.account : undefined }
    const rows = await keys.grants.retirable(of, id, start, limit + 1)
    const { items, ...rest } = page(rows, limit, 'retirable grants', (grant) => grant.id)
    return { Grants: await entriesOf(items, principals()), ...rest }
  },
})

import type { ListPoliciesRequest, ListPoliciesResponse } from '@aws-sdk/client-iam'
import { listedPolicy } from '../answers.ts'
import { Marker, MaxItems, OnlyAttached, PathPrefix, PolicyScope, PolicyUsageFilter } from '../model/members.ts'
import { type Page, paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { type ManagedPolicy, type Policies, pageKey } from '../policies.ts'
import { everything } from '../target.ts'

/**
 * The managed policies of the account and those of AWS, page by page, in one order of their names. `OnlyAttached` counts use
 * as a boundary too, unless PolicyUsageFilter says which use is meant. Source: API_ListPolicies, access.md 3.4.
 */
export const ListPolicies = operation<ListPoliciesRequest, ListPoliciesResponse>()({
  name: 'ListPolicies',
  effect: 'read',
  input: { Scope: PolicyScope, OnlyAttached, PathPrefix, PolicyUsageFilter, Marker, MaxItems },
  errors: [],
  target: async (_input, _env, call) => everything(call, 'policy'),
  async run(input, { policies }) {
    const page = pageOf(input)
    const { Scope = 'All', PathPrefix: prefix = '/' } = input
    const wanted = (policy: ManagedPolicy) => input.OnlyAttached !== true || used(policy, input.PolicyUsageFilter)
    const own = Scope === 'AWS' ? [] : await collect(policies, page, prefix, wanted)
    const theirs = Scope === 'Local' ? [] : await policies.ofAws()
    const found = [
      ...own,
      ...theirs.filter((policy) => policy.path.startsWith(prefix) && pageKey(policy) > page.after && wanted(policy)),
    ]
    found.sort((a, b) => (pageKey(a) < pageKey(b) ? -1 : 1))
    const { entries, tail } = paged(found, page, pageKey)
    return { Policies: entries.map(listedPolicy), ...tail }
  },
})

function used({ attachments, boundaries }: ManagedPolicy, filter: string | undefined): boolean {
  if (filter === 'PermissionsPolicy') return attachments > 0
  if (filter === 'PermissionsBoundary') return boundaries > 0
  return attachments + boundaries > 0
}

/** The account's own: one more than the page holds, if there are so many. */
async function collect(
  policies: Policies,
  page: Page,
  prefix: string,
  wanted: (policy: ManagedPolicy) => boolean,
): Promise<ManagedPolicy[]> {
  const found: ManagedPolicy[] = []
  for (let { after } = page; ; ) {
    const read = await policies.page({ after, limit: page.limit }, prefix)
    found.push(...read.filter(wanted))
    const last = read.at(-1)
    if (found.length > page.limit || last === undefined || read.length <= page.limit) break
    after = pageKey(last)
  }
  return found.slice(0, page.limit + 1)
}

import type { ListPoliciesRequest, ListPoliciesResponse } from '@aws-sdk/client-iam'
import { listedPolicy } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, OnlyAttached, PathPrefix, PolicyScope, PolicyUsageFilter } from '../model/members.ts'
import { type Page, paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import type { ManagedPolicy, Policies } from '../policies.ts'
import { everything } from '../target.ts'

/**
 * The managed policies of the account, page by page, in the order of their names. `OnlyAttached` counts use as a boundary
 * too, unless PolicyUsageFilter says which use is meant. Source: API_ListPolicies, access.md 3.4.
 */
export const ListPolicies = operation<ListPoliciesRequest, ListPoliciesResponse>()({
  name: 'ListPolicies',
  effect: 'read',
  input: { Scope: PolicyScope, OnlyAttached, PathPrefix, PolicyUsageFilter, Marker, MaxItems },
  errors: [],
  target: async (_input, _env, call) => everything(call, 'policy'),
  async run(input, { policies }) {
    const page = pageOf(input)
    const wanted = (policy: ManagedPolicy) => input.OnlyAttached !== true || used(policy, input.PolicyUsageFilter)
    const found = input.Scope === 'AWS' ? [] : await collect(policies, page, input.PathPrefix ?? '/', wanted)
    const { entries, tail } = paged(found, page, ({ name }) => nameKey(name))
    return { Policies: entries.map(listedPolicy), ...tail }
  },
})

function used({ attachments, boundaries }: ManagedPolicy, filter: string | undefined): boolean {
  if (filter === 'PermissionsPolicy') return attachments > 0
  if (filter === 'PermissionsBoundary') return boundaries > 0
  return attachments + boundaries > 0
}

/** One policy more than the page holds, if there are so many. */
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
    after = nameKey(last.name)
  }
  return found.slice(0, page.limit + 1)
}

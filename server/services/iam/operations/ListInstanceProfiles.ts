import type { InstanceProfile, ListInstanceProfilesRequest, ListInstanceProfilesResponse } from '@aws-sdk/client-iam'
import { listedProfile } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, PathPrefix } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

/** The instance profiles of the account below a path, page by page. Source: API_ListInstanceProfiles. */
export const ListInstanceProfiles = operation<ListInstanceProfilesRequest, ListInstanceProfilesResponse>()({
  name: 'ListInstanceProfiles',
  effect: 'read',
  input: { PathPrefix, Marker, MaxItems },
  errors: [],
  target: async (_input, _env, call) => everything(call, 'instance-profile'),
  async run(input, { profiles, roles, principals }) {
    const page = pageOf(input)
    const found = await profiles.page(page, input.PathPrefix ?? '/')
    const { entries, tail } = paged(found, page, ({ name }) => nameKey(name))
    const InstanceProfiles: InstanceProfile[] = []
    for (const profile of entries) InstanceProfiles.push(await listedProfile(profile, roles, principals))
    return { InstanceProfiles, ...tail }
  },
})

import type { DescribeTrailsRequest, DescribeTrailsResponse } from '@aws-sdk/client-cloudtrail'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { listedTrail, namedBy } from '../model/trail.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

type Described = Answer<DescribeTrailsResponse, 'trailList'>

/**
 * The trails of this Region, with those of all Regions that have their home elsewhere unless they are not wanted. By name those of
 * this Region, by ARN any of the account; what is not there is left out. Source: API_DescribeTrails.
 */
export const DescribeTrails = operation<DescribeTrailsRequest, Described>()({
  name: 'DescribeTrails',
  effect: 'read',
  input: { trailNameList: members.TextList, includeShadowTrails: members.Flag },
  errors: ['CloudTrailARNInvalidException', 'InvalidTrailNameException'],
  target: () => everything,
  async run({ trailNameList, includeShadowTrails = true }, { trails }, call) {
    const all = await trails.of(call.account)
    const here = all.filter(({ region }) => region === call.region)
    const seen = includeShadowTrails ? all.filter((each) => each.multiRegion || each.region === call.region) : here
    if (trailNameList === undefined || trailNameList.length === 0) return { trailList: seen.map(listedTrail) }
    const wanted = trailNameList.map((name) => namedBy(name, call))
    const found = all.filter((each) =>
      wanted.some(
        ({ name, region, byArn }) => name === each.name && (byArn ? region === each.region : seen.includes(each)),
      ),
    )
    return { trailList: found.map(listedTrail) }
  },
})

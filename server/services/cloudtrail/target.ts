import { ApiError } from '#kernel/error'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { passRole } from '../sts/port.ts'
import { namedBy, type Named, type Trail, trailArn, unknownTrail } from './model/trail.ts'
import { CLOUDTRAIL } from './settings.ts'
import type { Trails } from './trails.ts'

/** What a call acts on that is about no trail, or all. */
export const everything: Target = { resource: '*', shown: '*' }

/**
 * A trail as authorization sees it. Its tags do not count: AWS lets nobody decide on trails by them. Source: CloudTrail User Guide,
 * "How CloudTrail works with IAM", ABAC.
 */
export function trailTarget(
  name: string,
  call: Call,
  more: Pick<Target, 'requestTags' | 'tagKeys' | 'action'> = {},
): Target {
  const named = namedBy(name, call)
  const resource = trailArn(named, named.name)
  return { resource, shown: resource, ...more }
}

/** The trail that a call reads: by name one of this Region, by ARN also one whose home is elsewhere. Throws TrailNotFoundException. */
export async function readTrail(name: string, trails: Trails, call: Call): Promise<Trail> {
  const named = namedBy(name, call)
  const trail = await trails.find(named)
  if (trail === undefined) throw unknownTrail(named)
  return trail
}

/** The trail that a call changes, which is done where its home is. Throws TrailNotFoundException, InvalidHomeRegionException. */
export async function changedTrail(name: string, trails: Trails, call: Call): Promise<Trail> {
  const named = namedBy(name, call)
  const trail = (await trails.find(named)) ?? (await shadowOf(named, trails))
  if (trail === undefined) throw unknownTrail(named)
  if (trail.region !== call.region)
    // Assumed: how AWS words it is not reported.
    throw new ApiError(
      'InvalidHomeRegionException',
      `The trail ${trail.arn} can be changed only in its home region ${trail.region}.`,
    )
  return trail
}

/** The trail of every Region that has its home elsewhere. */
async function shadowOf({ byArn, account, name }: Named, trails: Trails): Promise<Trail | undefined> {
  return byArn ? undefined : (await trails.of(account)).find((each) => each.multiRegion && each.name === name)
}

/** The role that CloudTrail takes to write to a log group: the caller must be allowed to pass it. Source: API_CreateTrail. */
export function passedRole(roleArn: string | undefined): readonly Target[] {
  if (roleArn === undefined || roleArn === '') return []
  return [passRole(roleArn, CLOUDTRAIL)]
}

import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { parseArn } from '#kernel/values/arn'
import { namedBy, type Trail } from './model/trail.ts'
import { trailTarget } from './target.ts'
import type { Trails } from './trails.ts'

/** Tags are of what has an ARN; of CloudTrail's kinds trails alone are here. Source: API_AddTags; the texts are Assumed. */
function checkTaggable(id: string): void {
  const parts = parseArn(id)
  if (parts === undefined) throw new ApiError('CloudTrailARNInvalidException', `${id} is not a valid CloudTrail ARN.`)
  if (parts.service === 'cloudtrail' && /^(eventdatastore|channel|dashboard)\//.test(parts.resource))
    throw new ApiError('ResourceTypeNotSupportedException', 'The type of the resource is not supported.')
}

/** What a call about tags acts on. */
export function taggedTarget(id: string, call: Call, more: Pick<Target, 'requestTags' | 'tagKeys'> = {}): Target {
  checkTaggable(id)
  return trailTarget(id, call, more)
}

/** The trail with that ARN. Throws ResourceNotFoundException. */
export async function tagged(id: string, trails: Trails, call: Call): Promise<Trail> {
  const trail = await trails.find(namedBy(id, call))
  if (trail === undefined) throw new ApiError('ResourceNotFoundException', `The resource ${id} does not exist.`)
  return trail
}

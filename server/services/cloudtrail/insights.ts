import { ApiError } from '#kernel/error'

/** The trail that a call about insights is about. Throws UnsupportedOperationException for event data stores, which are not there. */
export function insightsOf({
  TrailName,
  EventDataStore,
}: {
  readonly TrailName?: string | undefined
  readonly EventDataStore?: string | undefined
}): string {
  if (TrailName !== undefined && EventDataStore !== undefined)
    throw new ApiError('InvalidParameterCombinationException', 'Specify either a trail or an event data store.')
  if (EventDataStore !== undefined)
    throw new ApiError('UnsupportedOperationException', 'Event data stores are not offered by this server.')
  if (TrailName === undefined)
    throw new ApiError('InvalidParameterCombinationException', 'Specify a trail or an event data store.')
  return TrailName
}

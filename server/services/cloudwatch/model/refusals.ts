import { ApiError } from '#kernel/error'

/** AWS's refusals. Texts of which AWS's own is not recorded in surroundings.md 2 are marked. */

export const invalid = (text: string) => new ApiError('InvalidParameterValueException', text)
export const missing = (text: string) => new ApiError('MissingRequiredParameterException', text)
export const combination = (text: string) => new ApiError('InvalidParameterCombinationException', text)
/** What GetMetricData and the alarms say, which have no error of their own for it. */
export const validation = (text: string) => new ApiError('ValidationError', text)
export const limitExceeded = (text: string) => new ApiError('LimitExceededFault', text)

export const badValue = (parameter: string, value: unknown) =>
  invalid(`The value ${String(value).slice(0, 200)} for parameter ${parameter} is invalid.`)

/** Source: surroundings.md 2, recorded. */
export const bothValues = (place: string) =>
  combination(`The parameters ${place}.Value and ${place}.Values are mutually exclusive and you have specified both.`)
/** Source: surroundings.md 2, recorded. */
export const unequalCounts = (place: string) =>
  invalid(`The parameters ${place}.Values and ${place}.Counts must be of the same size.`)
/** Source: surroundings.md 2, recorded. */
export const startNotBeforeEnd = 'The parameter StartTime must be less than the parameter EndTime.'
/** Source: surroundings.md 2, recorded. */
export const tooManyDatapoints = (count: number, most: number) =>
  combination(
    `You have requested up to ${count} datapoints, which exceeds the limit of ${most}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
  )

/** Assumed: AWS has no such bound; what it refuses for being too much it refuses in these words. */
export const tooManyMetrics = (most: number) =>
  new ApiError('ThrottlingException', `Rate exceeded: an account can have at most ${most} metrics in a Region.`)

/** Source: surroundings.md 2: 404. Assumed text. */
export const unknownAlarm = () => new ApiError('ResourceNotFound', 'Alarm does not exist', 404)

export const unknownResource = (arn: string) =>
  new ApiError('ResourceNotFoundException', `Unknown resource: ${arn.slice(0, 1024)}`, 404, undefined, {
    members: { ResourceType: 'CloudWatch', ResourceId: arn.slice(0, 1024) },
  })

export const invalidToken = () => new ApiError('InvalidNextToken', 'The token is invalid.')

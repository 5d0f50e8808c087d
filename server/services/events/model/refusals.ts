import { ApiError } from '#kernel/error'

/** What EventBridge refuses, in its words. Source: surroundings.md 4.2, recorded, unless said otherwise. */

export const invalid = (text: string) => new ApiError('ValidationException', text)
export const notFound = (text: string) => new ApiError('ResourceNotFoundException', text)
export const tooMany = () =>
  new ApiError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.')

export const noBus = (name: string) => notFound(`Event bus ${name} does not exist.`)
export const busThere = (name: string) =>
  new ApiError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`)
export const noRule = (name: string, bus: string) => notFound(`Rule ${name} does not exist on EventBus ${bus}.`)

export const noPatternNorSchedule = () => invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.')
export const badSchedule = () => invalid('Parameter ScheduleExpression is not valid.')
export const scheduleElsewhere = () => invalid('ScheduleExpression is supported only on the default event bus.')
export const ruleHasTargets = () => invalid("Rule can't be deleted since it has targets.")
export const badEvent = () => invalid('Parameter Event is not valid.')
export const defaultStays = () => invalid('Cannot delete event bus default.')
/** Assumed: the text. */
export const busHasRules = () => invalid("Event bus can't be deleted since it has rules.")
/** Assumed: the text. */
export const slashInBus = () => invalid("Event bus name must not contain '/'.")
export const noStatement = () => notFound('Statement with the provided id does not exist.')
/** Assumed: the text. */
export const notAssumable = (roleArn: string) =>
  invalid(`Provided role '${roleArn}' cannot be assumed by principal 'events.amazonaws.com'.`)
/** Assumed: the text. */
export const invalidToken = () => invalid('The nextToken provided is not valid.')
/** Assumed: what AWS offers and this server does not is refused, not ignored. */
export const unsupported = (what: string) => invalid(`${what} is not supported by this server.`)

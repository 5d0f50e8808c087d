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

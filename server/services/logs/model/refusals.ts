import { ApiError } from '#kernel/error'

/** Refusals of CloudWatch Logs in its words. Source: surroundings.md 3, recorded; the rest as clients report them. */

export const invalidParameter = (text: string) => new ApiError('InvalidParameterException', text)
export const groupNotFound = () => new ApiError('ResourceNotFoundException', 'The specified log group does not exist.')
export const streamNotFound = () =>
  new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.')
export const filterNotFound = (what: 'metric' | 'subscription') =>
  new ApiError('ResourceNotFoundException', `The specified ${what} filter does not exist.`)
export const groupExists = () =>
  new ApiError('ResourceAlreadyExistsException', 'The specified log group already exists')
export const streamExists = () =>
  new ApiError('ResourceAlreadyExistsException', 'The specified log stream already exists')
export const limitExceeded = () => new ApiError('LimitExceededException', 'Resource limit exceeded.')
/** Assumed: the service's own text is not recorded. */
export const invalidOperation = () =>
  new ApiError('InvalidOperationException', 'The operation is not valid on the specified resource.')
export const tooManyTags = (resourceName: string) =>
  new ApiError('TooManyTagsException', 'A resource can have no more than 50 tags.', 400, undefined, {
    members: { resourceName },
  })
export const invalidToken = () => invalidParameter('The specified nextToken is invalid.')
export const invalidPattern = () => invalidParameter('Invalid filter pattern')
/** Assumed: the service's own text is not recorded. */
export const deletionProtected = () =>
  new ApiError('ValidationException', 'The log group has deletion protection enabled and cannot be deleted.')
/** As clients report it. */
export const keyNotUsable = (groupArn: string) =>
  invalidParameter(`The specified KMS key does not exist or is not allowed to be used with LogGroup '${groupArn}'`)
/** As clients report it. */
export const functionNotInvocable = () =>
  invalidParameter(
    'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  )

import { ApiError } from '#kernel/error'

/** What our own operations say when they refuse to go back, in the words of Secrets Manager: AWS has no such operations. */

export const asOfInFuture = () =>
  new ApiError('InvalidParameterException', 'You must provide a time in the past for AsOf.')

export const notUnderPrefix = (id: string) =>
  new ApiError(
    'InvalidParameterException',
    `The secret ${id} is not one of this account whose name begins with the Prefix.`,
  )

export const twiceNamed = () => new ApiError('InvalidParameterException', 'You must name each secret in Secrets once.')

export const namedAndPaged = () =>
  new ApiError('InvalidParameterException', "You can't use Secrets in conjunction with NextToken or MaxResults.")

export const alreadyCurrent = (version: string) =>
  new ApiError(
    'InvalidRequestException',
    `You can't roll the secret back to version ${version} because it is the current version.`,
  )

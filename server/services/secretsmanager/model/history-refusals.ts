import { ApiError } from '#kernel/error'

/** Refusals of what looks at the past: codes as Secrets Manager has them, the words are ours. */

/** It is known to have been there. */
export const valueNotKept = (id: string) =>
  new ApiError('ResourceNotFoundException', `The value of version ${id} is not kept any more.`)

const moment = (at: number) => new Date(at).toISOString()

/** Nothing was AWSCURRENT then. */
export const noneCurrentAt = (at: number) =>
  new ApiError(
    'ResourceNotFoundException',
    `Secrets Manager can't find a secret value that was current at ${moment(at)}.`,
  )

export const historyTooShort = (at: number) =>
  new ApiError('InvalidRequestException', `The history of the secret does not reach back to ${moment(at)}.`)

export const notYetPast = (at: number) => new ApiError('InvalidParameterException', `${moment(at)} is in the future.`)

export const versionOrTime = () =>
  new ApiError('InvalidParameterException', "You can't use VersionId and AsOf together.")

export const turnedAround = () => new ApiError('InvalidParameterException', 'StartTime must not be after EndTime.')

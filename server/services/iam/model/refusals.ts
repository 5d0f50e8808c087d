import { ApiError } from '#kernel/error'

/** IAM's refusals: codes, statuses and texts of access.md 3.5. */

export const noSuchEntity = (message: string) => new ApiError('NoSuchEntity', message, 404)
export const noSuchUser = (name: string) => noSuchEntity(`The user with name ${name} cannot be found.`)
export const noSuchGroup = (name: string) => noSuchEntity(`The group with name ${name} cannot be found.`)
export const noSuchRole = (name: string) => noSuchEntity(`The role with name ${name} cannot be found.`)
export const noSuchProfile = (name: string) => noSuchEntity(`Instance Profile ${name} cannot be found.`)
export const noSuchAccessKey = (id: string) => noSuchEntity(`The Access Key with id ${id} cannot be found`)
export const noSuchInlinePolicy = (name: string, kind: 'user' | 'group' | 'role' = 'user') =>
  noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`)
/** Assumed wording. */
export const noSuchBoundary = (kind: 'user' | 'role', name: string) =>
  noSuchEntity(`The ${kind} with name ${name} does not have a permissions boundary.`)
export const noSuchPolicy = (arn: string) => noSuchEntity(`Policy ${arn} was not found.`)
export const notAttachable = (arn: string) => noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)

export const alreadyExists = (message: string) => new ApiError('EntityAlreadyExists', message, 409)
export const deleteConflict = (message: string) => new ApiError('DeleteConflict', message, 409)
export const limitExceeded = (message: string) => new ApiError('LimitExceeded', message, 409)
export const quotaExceeded = (quota: string, most: number) => limitExceeded(`Cannot exceed quota for ${quota}: ${most}`)
/** A tag too many; the name of the quota is assumed. */
export const tooManyTags = (kind: string, most: number) => quotaExceeded(`TagsPer${kind}`, most)
export const malformedPolicy = (message: string) => new ApiError('MalformedPolicyDocument', message, 400)
export const invalidInput = (message: string) => new ApiError('InvalidInput', message, 400)
export const invalid = (message: string) => new ApiError('ValidationError', message, 400)
/** Assumed wording: the caller is no user and named none. */
export const userNameMissing = () => invalid('Must specify userName when calling with non-User credentials')
/** A service-linked role is its service's. Text as clients of IAM report it. */
export const unmodifiable = (name: string) =>
  new ApiError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
    400,
  )

export const noSuchLogin = (userName: string) => noSuchEntity(`Login Profile for User ${userName} cannot be found.`)
/** The texts about passwords are those that clients report. */
export const noConformity = () =>
  new ApiError('PasswordPolicyViolation', 'Password does not conform to the account password policy.', 400)
export const passwordReused = () =>
  new ApiError(
    'PasswordPolicyViolation',
    'Policy constraint violation with password reuse prevention during password change.',
    400,
  )
/** Assumed wording. */
export const oldPasswordWrong = () => new ApiError('AccessDenied', 'The old password was incorrect.', 403)
export const onlyUsersHavePasswords = () =>
  new ApiError('InvalidUserType', 'Only IAM Users can change their own password', 400)

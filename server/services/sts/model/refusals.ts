import { ApiError } from '#kernel/error'

/** STS's refusals: codes, statuses and texts of access.md 4. */

export const invalid = (message: string) => new ApiError('ValidationError', message, 400)
export const invalidParameter = (message: string) => new ApiError('InvalidParameterValue', message, 400)
export const denied = (message: string) => new ApiError('AccessDenied', message, 403)
export const malformedPolicy = (message: string) => new ApiError('MalformedPolicyDocument', message, 400)
export const invalidToken = (message: string) => new ApiError('InvalidIdentityToken', message, 400)

export const rootMayNot = () => denied('Roles may not be assumed by root accounts.')
/** Observed for GetSessionToken and GetFederationToken; assumed to be the same for others. */
export const notWithSession = (operation: string) => denied(`Cannot call ${operation} with session credentials`)
export const notByWebIdentity = () => denied('Not authorized to perform sts:AssumeRoleWithWebIdentity')

export const notJwt = () =>
  invalidToken('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)')
export const noProvider = (issuer: string) =>
  invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`)
export const wrongAudience = () => invalidToken('Incorrect token audience')
/** The two blanks are AWS's. */
const NO_KEY =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
/** The provider answered, and there is no key in its answer that fits. */
export const noVerificationKey = () => invalidToken(NO_KEY)
/** The provider could not be reached: clients try again. Assumed: the text, which is recorded for the code above. */
export const providerUnreachable = () => new ApiError('IDPCommunicationError', NO_KEY, 400)
/** Seconds since the epoch. */
export const tokenExpired = (now: number, expires: number) =>
  new ApiError(
    'ExpiredTokenException',
    `Token expired: current date/time ${now} must be before the expiration date/time ${expires}`,
    400,
  )

/** Observed: what clients report of `PackedPolicyTooLarge`. */
export const packedTooLarge = (percent: number) =>
  new ApiError(
    'PackedPolicyTooLarge',
    `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    400,
  )

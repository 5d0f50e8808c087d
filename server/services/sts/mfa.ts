import { denied } from './model/refusals.ts'

interface Given {
  readonly SerialNumber?: string | undefined
  readonly TokenCode?: string | undefined
}

/**
 * Nobody has a second factor here, so a request that brings one fails as it does in AWS for a device that is not there; it
 * never counts as one. Texts as clients of STS report them.
 */
export function refuseSecondFactor({ SerialNumber, TokenCode }: Given): void {
  if (SerialNumber === undefined && TokenCode === undefined) return
  throw denied(
    SerialNumber === undefined || TokenCode === undefined
      ? 'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.'
      : 'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  )
}

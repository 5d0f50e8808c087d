import { ApiError } from '#kernel/error'
import { parseArn } from '#kernel/values/arn'

/** Rules that the cryptographic operations share. Source: kms.md 4.1. */

/** The end of a dry run in which everything would have passed: an error, as on AWS (recorded). */
export function dryRun(flag: boolean | undefined): void {
  if (flag !== true) return
  throw new ApiError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
}

/**
 * Whether a dry run is to look at the permission on the key only. Without that a ciphertext must be there: throws
 * ValidationException.
 */
export function requireBlob(input: {
  readonly CiphertextBlob?: Uint8Array | undefined
  readonly DryRun?: boolean | undefined
  readonly DryRunModifiers?: readonly string[] | undefined
}): boolean {
  if (input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT')) {
    // Assumed: the modifier says nothing without the dry run that it modifies.
    if (input.DryRun === true) return true
    throw new ApiError('ValidationException', 'DryRunModifiers can only be specified when DryRun is true.')
  }
  if (input.CiphertextBlob === undefined)
    throw new ApiError(
      'ValidationException',
      "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    )
  return false
}

/** Answers for Nitro enclaves are not made here; to leave the member out of account would hand out the plaintext. */
export function refuseRecipient(recipient: unknown): void {
  if (recipient !== undefined) throw new ApiError('ValidationException', 'Recipient is not supported.')
}

/** Bytes of the data key that a request asks for, by spec or by number: exactly one of them (text seen second-hand). */
export function dataKeySize(spec: string | undefined, numberOfBytes: number | undefined): number {
  if ((spec === undefined) === (numberOfBytes === undefined))
    throw new ApiError('ValidationException', 'Please specify either number of bytes or key spec.')
  if (numberOfBytes !== undefined) return numberOfBytes
  return spec === 'AES_128' ? 16 : 32
}

/** A key as the trail names it. Source: surroundings.md 1. */
export function keyResource(keyArn: string | undefined): { accountId: string; type: string; ARN: string }[] {
  const account = keyArn === undefined ? undefined : parseArn(keyArn)?.account
  return keyArn === undefined || account === undefined
    ? []
    : [{ accountId: account, type: 'AWS::KMS::Key', ARN: keyArn }]
}

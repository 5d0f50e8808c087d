import type { Parameter as Answered } from '@aws-sdk/client-ssm'
import { ApiError } from '#kernel/error'
import type { ReadableSecrets } from '../secretsmanager/port.ts'
import type { Cell } from './model/parameter.ts'
import type { Lookup } from './model/name.ts'
import { type Reference, referenceOf, sourceResult } from './model/reference.ts'
import { badSelector, parameterNotFound } from './model/refusals.ts'

/** A reference that was read, or why it was not. `listed`: GetParameters lists it as invalid, where else the call fails. */
export type Read =
  | { readonly parameter: Answered & { Name: string } }
  | { readonly refusal: ApiError; readonly listed: boolean }

/**
 * Secrets as parameters: nothing of them is kept here, everything is asked of Secrets Manager in the caller's name. Whether the caller
 * may read the parameter of that name was asked before. Source: parameterstore.md 11, recorded, order of checks too.
 */
export class References {
  readonly #secrets: ReadableSecrets
  readonly #here: Cell

  constructor(secrets: ReadableSecrets, here: Cell) {
    this.#secrets = secrets
    this.#here = here
  }

  async read(lookup: Lookup, decrypted: boolean): Promise<Read> {
    // Assumed: by ARN only where the caller is; there are no references elsewhere.
    const { account, region } = lookup.cell
    if (account !== this.#here.account || region !== this.#here.region) return listed(parameterNotFound())
    const reference = referenceOf(lookup)
    if (reference === undefined) return listed(badSelector())
    if (!decrypted) return listed(undecrypted())
    try {
      return { parameter: await this.#shown(lookup, reference) }
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error
      const refusal = wordedFor(error, lookup, reference)
      return { refusal, listed: refusal.code === 'ParameterNotFound' }
    }
  }

  async #shown({ name }: Lookup, { secret, given, versionId, stage }: Reference): Promise<Answered & { Name: string }> {
    const value = await this.#secrets.value({
      SecretId: secret,
      ...(versionId !== undefined && { VersionId: versionId }),
      ...(stage !== undefined && { VersionStage: stage }),
    })
    return {
      Name: name,
      Type: 'SecureString',
      ...(value.SecretString !== undefined && { Value: value.SecretString }),
      Version: 0,
      ...(given !== undefined && { Selector: given }),
      SourceResult: sourceResult(value),
      LastModifiedDate: value.CreatedDate,
      ARN: value.ARN,
    }
  }
}

const listed = (refusal: ApiError): Read => ({ refusal, listed: true })

const undecrypted = () =>
  new ApiError('ValidationException', 'WithDecryption flag must be True for retrieving a Secret Manager secret.')

/** Secrets Manager's refusal as the reference tells it (trap 40: a caller without permission is told nothing of it). */
function wordedFor({ code, message }: ApiError, { key }: Lookup, { given }: Reference): ApiError {
  // A name with characters that no secret's has is one that is not there.
  if (code === 'ResourceNotFoundException' || code === 'ValidationException') {
    return new ApiError(
      'ParameterNotFound',
      `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${key}${given ?? 'null'} not found.`,
    )
  }
  if (code === 'InvalidRequestException' && message.includes('marked for deletion')) {
    return new ApiError('ValidationException', 'Invalid Request to Secrets Manager')
  }
  return new ApiError('ValidationException', 'An error occurred while calling one AWS dependency service.')
}

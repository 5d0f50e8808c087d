/**
 * The wire of the operations that AWS does not have: requests, answers and errors, as an SDK package would declare them.
 * Codes and texts of errors are Secrets Manager's.
 */

/** Names of the operations: IAM's actions, `strongroom:<name>`. */
export type OwnOperation = 'GetSecretValueFromHistory'

/** Codes of errors besides those that every operation may answer; all with status 400. */
type OwnError =
  | 'DecryptionFailure'
  | 'EncryptionFailure'
  | 'InternalServiceError'
  | 'InvalidNextTokenException'
  | 'InvalidParameterException'
  | 'InvalidRequestException'
  | 'LimitExceededException'
  | 'MalformedPolicyDocumentException'
  | 'PreconditionNotMetException'
  | 'PublicPolicyException'
  | 'ResourceExistsException'
  | 'ResourceNotFoundException'

/** What `operationsOf` asks of an SDK: a command for each operation, a class for each error. */
export type Wire = { readonly [K in OwnOperation as `${K}Command`]: unknown } & {
  readonly [K in OwnError]: abstract new () => { readonly name: K; readonly $fault: 'client' }
}

export interface GetSecretValueFromHistoryRequest {
  /** Name or ARN. */
  SecretId: string | undefined
  /** Which version; with neither this nor `AsOf` the current one. */
  VersionId?: string | undefined
  /** The version that was AWSCURRENT then. */
  AsOf?: Date | undefined
}

export interface GetSecretValueFromHistoryResponse {
  ARN: string
  Name: string
  VersionId: string
  SecretString?: string
  SecretBinary?: Uint8Array
  /** The labels that are on it now; absent when there are none. */
  VersionStages?: string[]
  CreatedDate: Date
}

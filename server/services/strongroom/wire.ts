/**
 * The wire of the operations that AWS does not have: requests, answers and errors, as an SDK package would declare them.
 * Codes and texts of errors are Secrets Manager's.
 */

/** Names of the operations: IAM's actions, `strongroom:<name>`. */
export type OwnOperation = 'GetSecretValueFromHistory' | 'SearchSecrets'

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

export interface SearchSecretsRequest {
  /** Words, each of which must be found somewhere in a secret. */
  Query: string | undefined
  /** Where to look; by default everywhere. */
  In?: ('name' | 'tag' | 'description' | 'key')[] | undefined
  /** How the names begin. */
  Prefix?: string | undefined
  IncludePlannedDeletion?: boolean | undefined
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

export interface SearchSecretsResponse {
  /** May be few, or none, while a token says that there is more to look through. */
  Results: {
    ARN: string
    Name: string
    Description?: string
    Tags?: { Key: string; Value: string }[]
    DeletedDate?: Date
    Matches: { In: 'name' | 'tag' | 'description' | 'key'; Key?: string; Path?: string }[]
  }[]
  /** Secrets whose names of keys were not looked at, since the caller may not. */
  KeysPassedOver: number
  NextToken?: string
}

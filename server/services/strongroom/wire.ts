import type { RestoredSecret, ToldComparison, ToldHistory } from '../secretsmanager/port.ts'

/**
 * The wire of the operations that AWS does not have: requests, answers and errors, as an SDK package would declare them.
 * Codes and texts of errors are Secrets Manager's.
 */

/** Names of the operations: IAM's actions, `strongroom:<name>`. */
export type OwnOperation =
  | 'CompareSecretVersions'
  | 'GetSecretValueFromHistory'
  | 'ListSecretHistory'
  | 'RestoreSecrets'
  | 'RollBackSecret'
  | 'SearchSecrets'
  | 'ImportSecret'

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

export interface ListSecretHistoryRequest {
  /** Name or ARN; also of a secret that is gone for good. */
  SecretId: string | undefined
  MaxResults?: number | undefined
  NextToken?: string | undefined
  StartTime?: Date | undefined
  EndTime?: Date | undefined
}

export type ListSecretHistoryResponse = ToldHistory

export interface CompareSecretVersionsRequest {
  SecretId: string | undefined
  /** A version id, a label, or a time in ISO 8601; default AWSPREVIOUS. */
  From?: string | undefined
  /** The same; default AWSCURRENT. */
  To?: string | undefined
  Reveal?: boolean | undefined
}

export type CompareSecretVersionsResponse = ToldComparison

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

/** A version as it was where it comes from. */
export interface ImportedVersion {
  /** Kept. Only a version that is alone may have none: then any that holds this value under these labels will do. */
  VersionId?: string | undefined
  /** Default: now; so it is, whatever is said, when another version of the secret has had that id before. */
  CreatedDate?: Date | undefined
  SecretString?: string | undefined
  SecretBinary?: Uint8Array | undefined
  /** Its labels; default none, and of a version without an id AWSCURRENT. */
  VersionStages?: string[] | undefined
}

export interface ImportSecretRequest {
  Name: string | undefined
  /** Oldest first. */
  Versions?: ImportedVersion[] | undefined
  Description?: string | undefined
  KmsKeyId?: string | undefined
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined
  Type?: string | undefined
  ResourcePolicy?: string | undefined
  RotationEnabled?: boolean | undefined
  RotationLambdaARN?: string | undefined
  RotationRules?:
    | {
        AutomaticallyAfterDays?: number | undefined
        Duration?: string | undefined
        ScheduleExpression?: string | undefined
      }
    | undefined
  /** From when the next rotation is counted. */
  LastRotatedDate?: Date | undefined
  /** What becomes of a secret of that name which is another one. Default Fail. One that is equal is no conflict. */
  OnConflict?: 'Fail' | 'Skip' | 'Overwrite' | undefined
  /** The request is all there is to say: what it leaves out is taken away when it overwrites. Versions are never taken away. */
  Whole?: boolean | undefined
  /** Says what would become of it. */
  DryRun?: boolean | undefined
}

export interface ImportSecretResponse {
  /** Absent of one that a dry run would make. */
  ARN?: string
  Name: string
  Outcome: 'Created' | 'Unchanged' | 'Overwritten' | 'Skipped'
  /** The parts that were overwritten. */
  Changes?: string[]
}

export interface RollBackSecretRequest {
  SecretId: string | undefined
  /** A version id, a staging label, or a time in ISO 8601: what was AWSCURRENT then. */
  To: string | undefined
  ClientRequestToken?: string | undefined
}

export interface RollBackSecretResponse {
  ARN: string
  Name: string
  /** The new version. */
  VersionId: string
  VersionStages: string[]
  /** The version whose content it has. */
  FromVersionId: string
}

export interface RestoreSecretsRequest {
  /** How the names begin; empty: all. */
  Prefix: string | undefined
  AsOf: Date | undefined
  DryRun: boolean | undefined
  /** Secrets that were made since are deleted, to be gone after 30 days. */
  DeleteCreated?: boolean | undefined
  /** Only these, each as a dry run has listed it. */
  Secrets?: { SecretId?: string | undefined; PlanToken?: string | undefined }[] | undefined
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

export interface RestoreSecretsResponse {
  /** Those that are not as they were. */
  Secrets: readonly RestoredSecret[]
  Unchanged: number
  /** How many the caller may not see, or not restore at all. */
  NotPermitted: number
  NextToken?: string
}

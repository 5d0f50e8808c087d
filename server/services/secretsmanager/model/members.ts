/**
 * The named request members of Secrets Manager with their constraints, each declared once. Source: API reference
 * 2017-10-17, shapes of the same name without `Type`; limits in secretsmanager.md 8.0.
 */

export const Name = { kind: 'string', length: [1, 512] } as const
export const SecretId = { kind: 'string', length: [1, 2048] } as const
export const ClientRequestToken = { kind: 'string', length: [32, 64] } as const
export const SecretVersionId = { kind: 'string', length: [32, 64] } as const
export const SecretVersionStage = { kind: 'string', length: [1, 256] } as const
export const SecretVersionStages = { kind: 'list', of: SecretVersionStage, length: [1, 20] } as const
export const Description = { kind: 'string', length: [0, 2048] } as const
export const KmsKeyId = { kind: 'string', length: [0, 2048] } as const
/** Assumed: at most as many bytes of UTF-8 as characters, whichever limit is hit first. Source: secretsmanager.md 5, 19. */
export const SecretString = { kind: 'string', length: [1, 65536], sizeBytes: 65536, sensitive: true } as const
export const SecretBinary = { kind: 'blob', length: [1, 65536], sensitive: true } as const

export const TagKey = { kind: 'string', length: [1, 128] } as const
export const TagValue = { kind: 'string', length: [0, 256] } as const
export const Tag = { kind: 'structure', members: { Key: TagKey, Value: TagValue } } as const
export const TagList = { kind: 'list', of: Tag } as const
export const TagKeyList = { kind: 'list', of: TagKey } as const

export const Region = { kind: 'string', length: [1, 128], pattern: '^([a-z]+-)+\\d+$' } as const
export const ReplicaRegion = { kind: 'structure', members: { Region, KmsKeyId } } as const
export const AddReplicaRegions = { kind: 'list', of: ReplicaRegion, length: [1, 2 ** 31 - 1] } as const
export const RemoveReplicaRegions = { kind: 'list', of: Region, length: [1, 2 ** 31 - 1] } as const

/** `ForceOverwriteReplicaSecret`, `BlockPublicPolicy`, `IncludeDeprecated`, … */
export const Flag = { kind: 'boolean' } as const
/** No range in the model: 7 to 30 is the service's own rule, with its own text. */
export const RecoveryWindowInDays = { kind: 'integer', long: true } as const
export const ResourcePolicy = { kind: 'string', length: [1, 20480] } as const

export const RotationLambdaARN = { kind: 'string', length: [0, 2048] } as const
export const RotationRules = {
  kind: 'structure',
  members: {
    AutomaticallyAfterDays: { kind: 'integer', long: true, range: [1, 1000] },
    Duration: { kind: 'string', length: [2, 3], pattern: '[0-9]+h' },
    ScheduleExpression: { kind: 'string', length: [1, 256], pattern: '[0-9A-Za-z\\(\\)#\\?\\*\\-\\/, ]+' },
  },
} as const
export const RotationToken = {
  kind: 'string',
  length: [36, 256],
  pattern: '^[a-zA-Z0-9\\-]+$',
  sensitive: true,
} as const
export const ExternalSecretRotationMetadata = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: { Key: { kind: 'string', length: [1, 256] }, Value: { kind: 'string', length: [1, 2048] } },
  },
} as const
export const ExternalSecretRotationRoleArn = { kind: 'string', length: [20, 2048] } as const
/** Partner of a managed external secret. */
export const SecretType = { kind: 'string', length: [0, 256] } as const

export const FilterKey = {
  kind: 'string',
  oneOf: ['all', 'description', 'name', 'owning-service', 'primary-region', 'tag-key', 'tag-value'],
} as const
export const FilterValues = {
  kind: 'list',
  of: { kind: 'string', length: [0, 512], pattern: '^\\!?[a-zA-Z0-9 :_@\\/\\+\\=\\.\\-\\!]*$' },
  length: [1, 10],
} as const
export const Filters = {
  kind: 'list',
  of: { kind: 'structure', members: { Key: FilterKey, Values: FilterValues } },
  length: [0, 10],
} as const
export const MaxResults = { kind: 'integer', range: [1, 100] } as const
export const MaxResultsBatch = { kind: 'integer', range: [1, 20] } as const
export const NextToken = { kind: 'string', length: [1, 4096] } as const
export const SecretIdList = { kind: 'list', of: SecretId, length: [1, 20] } as const
export const SortOrder = { kind: 'string', oneOf: ['asc', 'desc'] } as const
export const SortBy = {
  kind: 'string',
  oneOf: ['created-date', 'last-accessed-date', 'last-changed-date', 'name'],
} as const

export const PasswordLength = { kind: 'integer', long: true, range: [1, 4096] } as const
export const ExcludeCharacters = { kind: 'string', length: [0, 4096] } as const

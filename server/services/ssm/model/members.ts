/**
 * The named request members of the parameter operations with their constraints, under AWS's names for the shapes.
 * Source: API model of Systems Manager (2014-11-06); where the service enforces another bound than its model, parameterstore.md 7.
 */

/** Names, and in reads ARNs and selectors: what is allowed in them is `name.ts`'s. */
export const PSParameterName = { kind: 'string', length: [1, 2048] } as const
/** The model has no bound below; the service enforces one character. Source: parameterstore.md 3.1. */
export const PSParameterValue = { kind: 'string', length: [1, 1_048_576], sensitive: true } as const
export const ParameterDescription = { kind: 'string', length: [0, 1024] } as const
/** Enum order recorded: parameterstore.md 1.2. */
export const ParameterType = { kind: 'string', oneOf: ['SecureString', 'StringList', 'String'] } as const
export const ParameterKeyId = { kind: 'string', length: [1, 256], pattern: '^([a-zA-Z0-9:/_-]+)$' } as const
export const AllowedPattern = { kind: 'string', length: [0, 1024] } as const
export const ParameterTier = { kind: 'string', oneOf: ['Standard', 'Advanced', 'Intelligent-Tiering'] } as const
export const ParameterPolicies = { kind: 'string', length: [1, 4096] } as const
export const ParameterDataType = { kind: 'string', length: [0, 128] } as const
export const Flag = { kind: 'boolean' } as const
export const PSParameterVersion = { kind: 'integer', long: true } as const
export const NextToken = { kind: 'string', length: [0, 4096] } as const
export const MaxResults = { kind: 'integer', range: [1, 50] } as const
export const GetParametersByPathMaxResults = { kind: 'integer', range: [1, 10] } as const
export const ParameterNameList = { kind: 'list', of: PSParameterName, length: [1, 10] } as const

export const ParameterLabel = { kind: 'string', length: [1, 100] } as const
export const ParameterLabelList = { kind: 'list', of: ParameterLabel, length: [1, 10] } as const

const TAG_TEXT = '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'
export const TagKey = { kind: 'string', length: [1, 128], pattern: TAG_TEXT } as const
export const TagValue = { kind: 'string', length: [0, 256], pattern: TAG_TEXT } as const
export const Tag = {
  kind: 'structure',
  members: { Key: { ...TagKey, required: true }, Value: { ...TagValue, required: true } },
} as const
export const TagList = { kind: 'list', of: Tag, length: [0, 1000] } as const
export const KeyList = { kind: 'list', of: TagKey } as const
export const ResourceId = { kind: 'string', length: [0, 2048] } as const

/** Constraints of items are the service's. Source: parameterstore.md 8.1. */
export const ParameterStringFilter = {
  kind: 'structure',
  members: {
    Key: {
      kind: 'string',
      length: [1, 132],
      pattern: 'tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType',
      required: true,
    },
    Option: { kind: 'string', length: [1, 10] },
    Values: { kind: 'list', of: { kind: 'string', length: [1, 1024] }, length: [1, 50] },
  },
} as const
export const ParameterStringFilterList = { kind: 'list', of: ParameterStringFilter } as const
/** The older form. Source: parameterstore.md 8.2. */
export const ParametersFilterList = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      Key: { kind: 'string', oneOf: ['KeyId', 'Type', 'Name'], required: true },
      Values: { kind: 'list', of: { kind: 'string', length: [1, 1024] }, length: [1, 50], required: true },
    },
  },
} as const

/** Assumed: in the order of the model; the service has one of its own, which is not recorded for this enum. */
export const ResourceTypeForTagging = {
  kind: 'string',
  oneOf: [
    'Association',
    'Automation',
    'CloudConnector',
    'Document',
    'MaintenanceWindow',
    'ManagedInstance',
    'OpsMetadata',
    'OpsItem',
    'Parameter',
    'PatchBaseline',
  ],
} as const

export const ResourceArnString = { kind: 'string', length: [20, 2048] } as const
/** Source: parameterstore.md 13: not blank. The model's `.` takes the line ends of a document too. */
export const ResourcePolicyDocument = { kind: 'string', pattern: '^(?!\\s*$)[\\s\\S]+' } as const
export const PolicyId = { kind: 'string' } as const
export const PolicyHash = { kind: 'string' } as const
/** For documents only: parameters ignore it. */
export const ResourcePolicyDeletionMode = { kind: 'string', oneOf: ['RemoveSharing', 'RollbackMigration'] } as const
export const ResourcePolicyMaxResults = { kind: 'integer', range: [1, 50] } as const

export const ServiceSettingId = { kind: 'string', length: [1, 1000] } as const
export const ServiceSettingValue = { kind: 'string', length: [1, 4096] } as const

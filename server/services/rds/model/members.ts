/** Request members of RDS, named as in AWS's reference: its models have hardly any constraints. Source: API_* of RDS. */

export const Text = { kind: 'string' } as const
export const Flag = { kind: 'boolean' } as const
export const Whole = { kind: 'integer' } as const
export const Password = { kind: 'string', sensitive: true } as const
export const Texts = { kind: 'list', of: Text } as const

/** Identifiers and ARNs of databases. Assumed bounds: AWS's model has none. */
export const Identifier = { kind: 'string', length: [1, 2048] } as const

export const Filters = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: { Name: { kind: 'string', required: true }, Values: { kind: 'list', of: Text, required: true } },
  },
} as const

export const Tags = {
  kind: 'list',
  of: { kind: 'structure', members: { Key: Text, Value: Text } },
} as const

export const ProcessorFeatures = {
  kind: 'list',
  of: { kind: 'structure', members: { Name: Text, Value: Text } },
} as const

export const TagSpecifications = {
  kind: 'list',
  of: { kind: 'structure', members: { ResourceType: Text, Tags } },
} as const

export const CloudwatchLogsExportConfiguration = {
  kind: 'structure',
  members: { EnableLogTypes: Texts, DisableLogTypes: Texts },
} as const

export const ScalingConfiguration = {
  kind: 'structure',
  members: {
    MinCapacity: Whole,
    MaxCapacity: Whole,
    AutoPause: Flag,
    SecondsUntilAutoPause: Whole,
    TimeoutAction: Text,
    SecondsBeforeTimeout: Whole,
  },
} as const

export const ServerlessV2ScalingConfiguration = {
  kind: 'structure',
  members: { MinCapacity: Whole, MaxCapacity: Whole, SecondsUntilAutoPause: Whole },
} as const

export const AdditionalStorageVolumes = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      VolumeName: { kind: 'string', required: true },
      AllocatedStorage: Whole,
      IOPS: Whole,
      MaxAllocatedStorage: Whole,
      StorageThroughput: Whole,
      StorageType: Text,
    },
  },
} as const

export const ModifiedStorageVolumes = {
  kind: 'list',
  of: { kind: 'structure', members: { ...AdditionalStorageVolumes.of.members, SetForDelete: Flag } },
} as const

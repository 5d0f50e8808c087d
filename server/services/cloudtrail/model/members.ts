/** The named members of CloudTrail's requests, with AWS's constraints. Source: botocore's service-2.json of 2013-11-01, API reference. */

export const Text = { kind: 'string' } as const
export const Flag = { kind: 'boolean' } as const
export const Moment = { kind: 'timestamp' } as const
export const TextList = { kind: 'list', of: Text } as const

const LookupAttribute = {
  kind: 'structure',
  members: {
    AttributeKey: {
      kind: 'string',
      required: true,
      oneOf: [
        'EventId',
        'EventName',
        'ReadOnly',
        'Username',
        'ResourceType',
        'ResourceName',
        'EventSource',
        'AccessKeyId',
      ],
    },
    AttributeValue: { kind: 'string', required: true },
  },
} as const

export const LookupAttributesList = { kind: 'list', of: LookupAttribute } as const
export const EventCategory = { kind: 'string' } as const
/** Its range is told by InvalidMaxResultsException. */
export const MaxResults = { kind: 'integer' } as const
export const NextToken = { kind: 'string' } as const

/** Their lengths are told by InvalidTagParameterException. */
const Tag = {
  kind: 'structure',
  members: { Key: { kind: 'string', required: true }, Value: { kind: 'string' } },
} as const
export const TagsList = { kind: 'list', of: Tag, length: [0, 200] } as const

const DataResource = { kind: 'structure', members: { Type: Text, Values: TextList } } as const
const EventSelector = {
  kind: 'structure',
  members: {
    ReadWriteType: { kind: 'string', oneOf: ['ReadOnly', 'WriteOnly', 'All'] },
    IncludeManagementEvents: Flag,
    DataResources: { kind: 'list', of: DataResource },
    ExcludeManagementEventSources: TextList,
  },
} as const
export const EventSelectors = { kind: 'list', of: EventSelector } as const

const Operator = { kind: 'list', of: { kind: 'string', length: [1, 2048], pattern: '.+' }, length: [1, 500] } as const
const FieldSelector = {
  kind: 'structure',
  members: {
    Field: { kind: 'string', required: true, length: [1, 1000], pattern: '[\\w|\\d|\\.|_]+' },
    Equals: Operator,
    StartsWith: Operator,
    EndsWith: Operator,
    NotEquals: Operator,
    NotStartsWith: Operator,
    NotEndsWith: Operator,
  },
} as const
const AdvancedEventSelector = {
  kind: 'structure',
  members: {
    Name: { kind: 'string', length: [0, 1000] },
    FieldSelectors: { kind: 'list', of: FieldSelector, required: true, length: [1, 100] },
  },
} as const
export const AdvancedEventSelectors = { kind: 'list', of: AdvancedEventSelector } as const

/** Where a trail delivers, and what: of CreateTrail and UpdateTrail. */
export const TrailSettings = {
  S3KeyPrefix: Text,
  SnsTopicName: Text,
  IncludeGlobalServiceEvents: Flag,
  IsMultiRegionTrail: Flag,
  EnableLogFileValidation: Flag,
  CloudWatchLogsLogGroupArn: Text,
  CloudWatchLogsRoleArn: Text,
  KmsKeyId: Text,
  IsOrganizationTrail: Flag,
  RecursiveLogging: Flag,
} as const

/**
 * The named request members of CloudWatch Logs with their constraints, under AWS's names for the shapes. Source: API model
 * 2014-03-28.
 */

export const LogGroupName = { kind: 'string', length: [1, 512], pattern: '[\\.\\-_/#A-Za-z0-9]+' } as const
export const LogGroupNamePattern = { kind: 'string', length: [0, 512], pattern: '[\\.\\-_/#A-Za-z0-9]*' } as const
export const LogGroupIdentifier = { kind: 'string', length: [1, 2048], pattern: '[\\w#+=/:,.@-]*' } as const
/** Source: API model, StartLiveTailLogGroupIdentifiers. */
export const LiveTailLogGroupIdentifiers = { kind: 'list', of: LogGroupIdentifier, length: [1, 10] } as const
export const LogStreamName = { kind: 'string', length: [1, 512], pattern: '[^:*]*' } as const
export const LogGroupClass = { kind: 'string', oneOf: ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'] } as const
export const KmsKeyId = { kind: 'string', length: [0, 256] } as const
export const ResourceIdentifier = { kind: 'string', length: [1, 2048], pattern: '[\\w+=/:,.@\\-\\*]*' } as const
export const AmazonResourceName = { kind: 'string', length: [1, 1011], pattern: '[\\w+=/:,.@-]*' } as const
/** Tokens are ours: longer ones are none. */
export const NextToken = { kind: 'string', length: [1, 4096] } as const
export const SequenceToken = { kind: 'string', length: [1, 4096] } as const
export const DescribeLimit = { kind: 'integer', range: [1, 50] } as const
export const ListLimit = { kind: 'integer', range: [1, 1000] } as const
export const EventsLimit = { kind: 'integer', range: [1, 10_000] } as const
export const Flag = { kind: 'boolean' } as const
export const OrderBy = { kind: 'string', oneOf: ['LogStreamName', 'LastEventTime'] } as const
/** Milliseconds since the epoch, as a number. */
export const Timestamp = { kind: 'integer', range: [0, Number.MAX_SAFE_INTEGER], long: true } as const
export const Days = { kind: 'integer' } as const
export const AccountId = { kind: 'string', length: [12, 12], pattern: '\\d{12}' } as const
export const AccountIds = { kind: 'list', of: AccountId, length: [0, 20] } as const

export const TagKey = { kind: 'string', length: [1, 128], pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)' } as const
export const TagValue = { kind: 'string', length: [0, 256], pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' } as const
export const Tags = { kind: 'map', key: TagKey, value: TagValue, length: [1, 50] } as const
export const TagList = { kind: 'list', of: TagKey, length: [1, 50] } as const
export const TagKeyList = { kind: 'list', of: TagKey, length: [0, 50] } as const

export const EventMessage = { kind: 'string', length: [1, 1_048_576] } as const
export const InputLogEvents = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: { timestamp: { ...Timestamp, required: true }, message: { ...EventMessage, required: true } },
  },
  length: [1, 10_000],
} as const
/** What a log belongs to: taken and not kept. */
export const Entity = {
  kind: 'structure',
  members: {
    keyAttributes: {
      kind: 'map',
      key: { kind: 'string', length: [1, 32] },
      value: { kind: 'string', length: [1, 512] },
      length: [2, 4],
    },
    attributes: {
      kind: 'map',
      key: { kind: 'string', length: [1, 256] },
      value: { kind: 'string', length: [1, 512] },
      length: [0, 10],
    },
  },
} as const
export const InputLogStreamNames = { kind: 'list', of: LogStreamName, length: [1, 100] } as const
export const TestEventMessages = { kind: 'list', of: EventMessage, length: [1, 50] } as const

export const FilterName = { kind: 'string', length: [1, 512], pattern: '[^:*]*' } as const
export const FilterPattern = { kind: 'string', length: [0, 1024] } as const
export const MetricName = { kind: 'string', length: [0, 255], pattern: '[^:*$]*' } as const
export const FieldSelectionCriteria = { kind: 'string', length: [0, 2000] } as const
export const SystemFields = { kind: 'list', of: { kind: 'string', length: [0, 512] } } as const
export const StandardUnit = {
  kind: 'string',
  oneOf: [
    ...['Seconds', 'Microseconds', 'Milliseconds', 'Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes'],
    ...['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits', 'Percent', 'Count', 'Bytes/Second'],
    ...['Kilobytes/Second', 'Megabytes/Second', 'Gigabytes/Second', 'Terabytes/Second', 'Bits/Second'],
    ...['Kilobits/Second', 'Megabits/Second', 'Gigabits/Second', 'Terabits/Second', 'Count/Second', 'None'],
  ],
} as const
export const MetricTransformations = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      metricName: { ...MetricName, required: true },
      metricNamespace: { ...MetricName, required: true },
      metricValue: { kind: 'string', length: [0, 100], required: true },
      defaultValue: { kind: 'integer', fraction: true },
      dimensions: {
        kind: 'map',
        key: { kind: 'string', length: [0, 255] },
        value: { kind: 'string', length: [0, 255] },
      },
      unit: StandardUnit,
    },
  },
  length: [1, 1],
} as const
export const DestinationArn = { kind: 'string', length: [1, 2048] } as const
export const RoleArn = { kind: 'string', length: [1, 2048] } as const
export const Distribution = { kind: 'string', oneOf: ['Random', 'ByLogStream'] } as const

import type { Text } from '#kernel/shape'

/** The members of EventBridge's requests, with AWS's constraints. Source: the service's API model, 2015-10-07. */

const string = { kind: 'string' } as const
const named = (length: readonly [number, number], pattern?: string) =>
  ({ kind: 'string', length, ...(pattern === undefined ? {} : { pattern }) }) as const satisfies Text
const of = (...oneOf: readonly string[]) => ({ kind: 'string', oneOf }) as const satisfies Text

export const Flag = { kind: 'boolean' } as const
export const AnyText = string
const AnyMoment = { kind: 'timestamp' } as const
export const Arn = named([1, 1600])
export const RuleName = named([1, 64], '[\\.\\-_A-Za-z0-9]+')
export const ScheduleExpression = named([0, 256])
export const EventPattern = named([0, 4096])
export const RuleState = of('ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS')
export const RuleDescription = named([0, 512])
export const RoleArn = named([1, 1600])
export const EventBusNameOrArn = named(
  [1, 1600],
  '(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+',
)
const NonPartnerEventBusNameOrArn = named(
  [1, 1600],
  '(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[\\.\\-_A-Za-z0-9]+',
)
export const EventBusName = named([1, 256], '[/\\.\\-_A-Za-z0-9]+')
export const NonPartnerEventBusName = named([1, 256], '[\\.\\-_A-Za-z0-9]+')
export const EventSourceName = named([1, 256], 'aws\\.partner(/[\\.\\-_A-Za-z0-9]+){2,}')
export const EventBusDescription = named([0, 512])
export const KmsKeyIdentifier = named([0, 2048], '^[a-zA-Z0-9_\\-/:]*$')
export const NextToken = named([1, 2048])
export const LimitMax100 = { kind: 'integer', range: [1, 100] } as const

export const TagKey = named([1, 128])
export const TagValue = named([0, 256])
export const TagList = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: { Key: { ...TagKey, required: true }, Value: { ...TagValue, required: true } },
  },
} as const
export const TagKeyList = { kind: 'list', of: TagKey } as const

export const DeadLetterConfig = { kind: 'structure', members: { Arn } } as const
export const LogConfig = {
  kind: 'structure',
  members: { IncludeDetail: of('NONE', 'FULL'), Level: of('OFF', 'ERROR', 'INFO', 'TRACE') },
} as const

export const TargetId = named([1, 64], '[\\.\\-_A-Za-z0-9]+')
export const TargetIdList = { kind: 'list', of: TargetId, length: [1, 100] } as const
export const TargetArn = named([1, 1600])

export const EventEntries = {
  kind: 'list',
  length: [1, 10],
  of: {
    kind: 'structure',
    members: {
      Time: AnyMoment,
      Source: string,
      Resources: { kind: 'list', of: named([0, 2048]) },
      DetailType: string,
      Detail: string,
      EventBusName: NonPartnerEventBusNameOrArn,
      TraceHeader: named([1, 500]),
    },
  },
} as const
export const EndpointId = named([1, 50], '^[A-Za-z0-9\\-]+[\\.][A-Za-z0-9\\-]+$')

export const Action = named([1, 64], 'events:[a-zA-Z]+')
export const Principal = named([1, 12], '(\\d{12}|\\*)')
export const StatementId = named([1, 64], '[a-zA-Z0-9-_]+')
export const Condition = {
  kind: 'structure',
  members: {
    Type: { ...string, required: true },
    Key: { ...string, required: true },
    Value: { ...string, required: true },
  },
} as const

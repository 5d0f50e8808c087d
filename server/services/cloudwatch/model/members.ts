import { STATISTICS } from './statistic.ts'
import { UNITS } from './metric.ts'

/** Request members of CloudWatch with AWS's constraints. Source: CloudWatch's model 2010-08-01. */

export const Flag = { kind: 'boolean' } as const
export const Moment = { kind: 'timestamp' } as const
export const Text = { kind: 'string' } as const
/** A floating point number; what is none is refused in CloudWatch's own words. */
export const Double = { kind: 'integer', fraction: true, special: true } as const
export const Doubles = { kind: 'list', of: Double } as const

export const Namespace = { kind: 'string', length: [1, 255], pattern: '[^:].*' } as const
export const MetricName = { kind: 'string', length: [1, 255] } as const
export const StandardUnit = { kind: 'string', oneOf: UNITS } as const
const DimensionName = { kind: 'string', length: [1, 255] } as const
const DimensionValue = { kind: 'string', length: [1, 1024] } as const
export const Dimensions = {
  kind: 'list',
  length: [0, 30],
  of: {
    kind: 'structure',
    members: { Name: { ...DimensionName, required: true }, Value: { ...DimensionValue, required: true } },
  },
} as const
export const DimensionFilters = {
  kind: 'list',
  length: [0, 10],
  of: { kind: 'structure', members: { Name: { ...DimensionName, required: true }, Value: DimensionValue } },
} as const

const StatisticSet = {
  kind: 'structure',
  members: {
    SampleCount: { ...Double, required: true },
    Sum: { ...Double, required: true },
    Minimum: { ...Double, required: true },
    Maximum: { ...Double, required: true },
  },
} as const
export const MetricData = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      MetricName: { ...MetricName, required: true },
      Dimensions,
      Timestamp: Moment,
      Value: Double,
      StatisticValues: StatisticSet,
      Values: Doubles,
      Counts: Doubles,
      Unit: StandardUnit,
      StorageResolution: { kind: 'integer', range: [1, 2_147_483_647] },
    },
  },
} as const
export const EntityMetricData = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      Entity: {
        kind: 'structure',
        members: {
          KeyAttributes: {
            kind: 'map',
            key: { kind: 'string', length: [1, 32] },
            value: { kind: 'string', length: [1, 2048] },
            length: [2, 4],
          },
          Attributes: {
            kind: 'map',
            key: { kind: 'string', length: [1, 256] },
            value: { kind: 'string', length: [1, 2048] },
            length: [0, 10],
          },
        },
      },
      MetricData,
    },
  },
} as const

export const Period = { kind: 'integer', range: [1, 2_147_483_647] } as const
export const Statistic = { kind: 'string', oneOf: STATISTICS } as const
export const Statistics = { kind: 'list', of: Statistic, length: [1, 5] } as const
export const ExtendedStatistic = { kind: 'string' } as const
export const ExtendedStatistics = { kind: 'list', of: ExtendedStatistic, length: [1, 10] } as const
export const AccountId = { kind: 'string', length: [1, 255] } as const
export const NextToken = { kind: 'string' } as const
export const ScanBy = { kind: 'string', oneOf: ['TimestampDescending', 'TimestampAscending'] } as const
export const MetricId = { kind: 'string', length: [1, 255] } as const

export const MetricDataQueries = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      Id: { ...MetricId, required: true },
      MetricStat: {
        kind: 'structure',
        members: {
          Metric: {
            kind: 'structure',
            required: true,
            members: { Namespace, MetricName, Dimensions },
          },
          Period: { ...Period, required: true },
          Stat: { kind: 'string', required: true },
          Unit: StandardUnit,
        },
      },
      Expression: { kind: 'string', length: [1, 2048] },
      Label: Text,
      ReturnData: Flag,
      Period,
      AccountId,
    },
  },
} as const

export const AlarmName = { kind: 'string', length: [1, 255] } as const
export const AlarmNames = { kind: 'list', of: AlarmName, length: [0, 100] } as const
export const AlarmDescription = { kind: 'string', length: [0, 1024] } as const
export const AlarmRule = { kind: 'string', length: [1, 10_240] } as const
export const AlarmArn = { kind: 'string', length: [1, 1600] } as const
export const AlarmTypes = { kind: 'list', of: { kind: 'string', oneOf: ['CompositeAlarm', 'MetricAlarm'] } } as const
export const Actions = { kind: 'list', of: { kind: 'string', length: [1, 1024] }, length: [0, 5] } as const
export const ActionPrefix = { kind: 'string', length: [1, 1024] } as const
export const AlarmNamePrefix = { kind: 'string', length: [1, 255] } as const
export const EvaluationPeriods = { kind: 'integer', range: [1, 2_147_483_647] } as const
export const ComparisonOperator = {
  kind: 'string',
  oneOf: [
    'GreaterThanOrEqualToThreshold',
    'GreaterThanThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
    'LessThanLowerOrGreaterThanUpperThreshold',
    'LessThanLowerThreshold',
    'GreaterThanUpperThreshold',
  ],
} as const
export const TreatMissingData = { kind: 'string', length: [1, 255] } as const
export const StateValue = { kind: 'string', oneOf: ['OK', 'ALARM', 'INSUFFICIENT_DATA'] } as const
export const StateReason = { kind: 'string', length: [0, 1023] } as const
export const StateReasonData = { kind: 'string', length: [0, 4000] } as const
export const MaxRecords = { kind: 'integer', range: [1, 100] } as const
export const HistoryItemType = {
  kind: 'string',
  oneOf: ['ConfigurationUpdate', 'StateUpdate', 'Action', 'AlarmContributorStateUpdate', 'AlarmContributorAction'],
} as const
export const ContributorId = { kind: 'string', length: [1, 16] } as const
export const SuppressorPeriod = { kind: 'integer' } as const
export const EvaluationCriteria = {
  kind: 'structure',
  members: {
    PromQLCriteria: {
      kind: 'structure',
      members: {
        Query: { kind: 'string', length: [1, 10_000], required: true },
        PendingPeriod: { kind: 'integer', range: [0, 86_400] },
        RecoveryPeriod: { kind: 'integer', range: [0, 86_400] },
      },
    },
  },
} as const
export const EvaluationWindow = {
  kind: 'structure',
  members: {
    WallClockWindow: { kind: 'structure', members: { Timezone: Text } },
    SlidingWindow: { kind: 'structure', members: {} },
  },
} as const
export const WarmUpConfiguration = {
  kind: 'structure',
  members: {
    WarmUpPeriodDurationInMinutes: { kind: 'integer', required: true },
    OnlyStartEvaluatingAfterWarmUpPeriodEnds: Flag,
  },
} as const
const PropagatedKeys = { kind: 'list', of: { kind: 'string', length: [1, 128] }, length: [1, 50] } as const
export const ActionConfiguration = {
  kind: 'structure',
  members: {
    AlarmTagsPropagation: {
      kind: 'structure',
      members: {
        Enabled: { ...Flag, required: true },
        IncludedTagKeys: PropagatedKeys,
        ExcludedTagKeys: PropagatedKeys,
      },
    },
  },
} as const
export const EvaluationInterval = { kind: 'integer', range: [10, 3600] } as const

export const AmazonResourceName = { kind: 'string', length: [1, 1024] } as const
export const TagKeys = { kind: 'list', of: { kind: 'string', length: [1, 128] } } as const
export const Tags = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      Key: { kind: 'string', length: [1, 128], required: true },
      Value: { kind: 'string', length: [0, 256], required: true },
    },
  },
} as const

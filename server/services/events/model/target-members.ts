import type { Text } from '#kernel/shape'
import { Arn, DeadLetterConfig, Flag, RoleArn, TagList, TargetArn, TargetId } from './members.ts'

/** What PutTargets takes, with AWS's constraints. Source: the service's API model, 2015-10-07. */

const string = { kind: 'string' } as const
const integer = { kind: 'integer' } as const
const named = (length: readonly [number, number], pattern?: string) =>
  ({ kind: 'string', length, ...(pattern === undefined ? {} : { pattern }) }) as const satisfies Text
const of = (...oneOf: readonly string[]) => ({ kind: 'string', oneOf }) as const satisfies Text
const needed = <S extends object>(shape: S) => ({ ...shape, required: true }) as S & { readonly required: true }

const InputTransformer = {
  kind: 'structure',
  members: {
    InputPathsMap: {
      kind: 'map',
      key: named([1, 256], '[A-Za-z0-9\\_\\-]+'),
      value: named([0, 256]),
      length: [0, 100],
    },
    InputTemplate: needed(named([1, 8192])),
  },
} as const

const RunCommandParameters = {
  kind: 'structure',
  members: {
    RunCommandTargets: needed({
      kind: 'list',
      length: [1, 5],
      of: {
        kind: 'structure',
        members: {
          Key: needed(named([1, 128], '^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$')),
          Values: needed({ kind: 'list', of: named([1, 256]), length: [1, 50] } as const),
        },
      },
    } as const),
  },
} as const

const EcsParameters = {
  kind: 'structure',
  members: {
    TaskDefinitionArn: needed(Arn),
    TaskCount: { kind: 'integer', range: [1, 2_147_483_647] },
    LaunchType: of('EC2', 'FARGATE', 'EXTERNAL'),
    NetworkConfiguration: {
      kind: 'structure',
      members: {
        awsvpcConfiguration: {
          kind: 'structure',
          members: {
            Subnets: needed({ kind: 'list', of: string } as const),
            SecurityGroups: { kind: 'list', of: string },
            AssignPublicIp: of('ENABLED', 'DISABLED'),
          },
        },
      },
    },
    PlatformVersion: string,
    Group: string,
    CapacityProviderStrategy: {
      kind: 'list',
      length: [0, 6],
      of: {
        kind: 'structure',
        members: {
          capacityProvider: needed(named([1, 255])),
          weight: { kind: 'integer', range: [0, 1000] },
          base: { kind: 'integer', range: [0, 100_000] },
        },
      },
    },
    EnableECSManagedTags: Flag,
    EnableExecuteCommand: Flag,
    PlacementConstraints: {
      kind: 'list',
      length: [0, 10],
      of: { kind: 'structure', members: { type: of('distinctInstance', 'memberOf'), expression: named([0, 2000]) } },
    },
    PlacementStrategy: {
      kind: 'list',
      length: [0, 5],
      of: { kind: 'structure', members: { type: of('random', 'spread', 'binpack'), field: named([0, 255]) } },
    },
    PropagateTags: of('TASK_DEFINITION'),
    ReferenceId: named([0, 1024]),
    Tags: TagList,
  },
} as const

const BatchParameters = {
  kind: 'structure',
  members: {
    JobDefinition: needed(string),
    JobName: needed(string),
    ArrayProperties: { kind: 'structure', members: { Size: integer } },
    RetryStrategy: { kind: 'structure', members: { Attempts: integer } },
  },
} as const

const HttpParameters = {
  kind: 'structure',
  members: {
    PathParameterValues: { kind: 'list', of: { kind: 'string', pattern: '^(?!\\s*$).+' } },
    HeaderParameters: {
      kind: 'map',
      key: named([0, 512], "^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$"),
      value: named([0, 512], '[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*'),
    },
    QueryStringParameters: {
      kind: 'map',
      key: named([0, 512], '[^\\x00-\\x1F\\x7F]+'),
      value: named([0, 512], '[^\\x00-\\x09\\x0B\\x0C\\x0E-\\x1F\\x7F]+'),
    },
  },
} as const

const Sql = { ...named([1, 100_000]), sensitive: true } as const
const RedshiftDataParameters = {
  kind: 'structure',
  members: {
    SecretManagerArn: named([1, 1600]),
    Database: needed(named([1, 64])),
    DbUser: named([1, 128]),
    Sql,
    StatementName: named([1, 500]),
    WithEvent: Flag,
    Sqls: { kind: 'list', of: Sql, length: [0, 40], sensitive: true },
  },
} as const

const SageMakerPipelineParameters = {
  kind: 'structure',
  members: {
    PipelineParameterList: {
      kind: 'list',
      length: [0, 200],
      of: {
        kind: 'structure',
        members: { Name: needed(named([1, 256])), Value: needed(named([0, 1024])) },
      },
    },
  },
} as const

export const TargetList = {
  kind: 'list',
  length: [1, 100],
  of: {
    kind: 'structure',
    members: {
      Id: needed(TargetId),
      Arn: needed(TargetArn),
      RoleArn,
      Input: named([0, 8192]),
      InputPath: named([0, 256]),
      InputTransformer,
      KinesisParameters: { kind: 'structure', members: { PartitionKeyPath: needed(named([0, 256])) } },
      RunCommandParameters,
      EcsParameters,
      BatchParameters,
      SqsParameters: { kind: 'structure', members: { MessageGroupId: named([0, 100]) } },
      HttpParameters,
      RedshiftDataParameters,
      SageMakerPipelineParameters,
      DeadLetterConfig,
      RetryPolicy: {
        kind: 'structure',
        members: {
          MaximumRetryAttempts: { kind: 'integer', range: [0, 185] },
          MaximumEventAgeInSeconds: { kind: 'integer', range: [60, 86_400] },
        },
      },
      AppSyncParameters: {
        kind: 'structure',
        members: { GraphQLOperation: { ...named([1, 1_048_576]), sensitive: true } },
      },
    },
  },
} as const

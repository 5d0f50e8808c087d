import type { Text } from '#kernel/shape'

/** The members of Lambda's requests, with AWS's constraints. Source: the service's API model, 2015-03-31. */

const ARN_START =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?'
const string = { kind: 'string' } as const
const named = (length: readonly [number, number], pattern?: string) =>
  ({ kind: 'string', length, ...(pattern === undefined ? {} : { pattern }) }) as const satisfies Text
const of = (...oneOf: readonly string[]) => ({ kind: 'string', oneOf }) as const satisfies Text

export const Flag = { kind: 'boolean' } as const
export const AnyText = string

export const FunctionName = named([1, 140], `${ARN_START}([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`)
export const NamespacedFunctionName = named(
  [1, 256],
  `${ARN_START}([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`,
)
export const Qualifier = named([1, 128], '\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+')
export const Runtime = string
export const RoleArn = {
  kind: 'string',
  pattern: 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
} as const
export const Handler = named([0, 128], '[^\\s]+')
export const Description = named([0, 256])
/** Seconds. */
export const Timeout = { kind: 'integer', range: [1, 900] } as const
/** Megabytes; the model allows more than the service. */
export const MemorySize = { kind: 'integer', range: [128, 10_240] } as const
export const ZipFile = { kind: 'blob', sensitive: true } as const
export const S3Bucket = named([3, 63])
export const S3Key = named([1, 1024])
export const KMSKeyArn = { kind: 'string', pattern: '(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()' } as const
export const PackageType = of('Zip', 'Image')
export const PublishTo = of('LATEST_PUBLISHED')
export const Architectures = { kind: 'list', of: of('x86_64', 'arm64'), length: [1, 1] } as const

export const Code = {
  kind: 'structure',
  members: {
    ZipFile,
    S3Bucket,
    S3Key,
    S3ObjectVersion: S3Key,
    S3ObjectStorageMode: string,
    ImageUri: string,
    SourceKMSKeyArn: KMSKeyArn,
  },
} as const

export const VpcConfig = {
  kind: 'structure',
  members: {
    SubnetIds: { kind: 'list', of: named([0, 1024], '[a-zA-Z0-9-]*'), length: [0, 16] },
    SecurityGroupIds: { kind: 'list', of: named([0, 1024], '[a-zA-Z0-9-]*'), length: [0, 5] },
    Ipv6AllowedForDualStack: Flag,
  },
} as const
export const DeadLetterConfig = { kind: 'structure', members: { TargetArn: KMSKeyArn } } as const
export const Environment = {
  kind: 'structure',
  members: {
    Variables: {
      kind: 'map',
      sensitive: true,
      key: { kind: 'string', pattern: '[a-zA-Z]([a-zA-Z0-9_])+', sensitive: true },
      value: { kind: 'string', sensitive: true },
    },
  },
} as const
export const TracingConfig = { kind: 'structure', members: { Mode: of('Active', 'PassThrough') } } as const
export const Tags = { kind: 'map', key: named([1, 128]), value: named([0, 256]) } as const
export const TagKeys = { kind: 'list', of: named([1, 128]) } as const
export const Layers = { kind: 'list', of: named([1, 140]) } as const
export const FileSystemConfigs = {
  kind: 'list',
  length: [0, 1],
  of: {
    kind: 'structure',
    members: {
      Arn: { ...named([0, 256]), required: true },
      LocalMountPath: { ...named([0, 160]), required: true },
      S3FilesConfig: { kind: 'structure', members: { DirectS3Read: string } },
    },
  },
} as const
export const CodeSigningConfigArn = named([0, 200])
const strings = { kind: 'list', of: string, length: [0, 1500] } as const
export const ImageConfig = {
  kind: 'structure',
  members: { EntryPoint: strings, Command: strings, WorkingDirectory: named([0, 1000]) },
} as const
export const EphemeralStorage = {
  kind: 'structure',
  members: { Size: { kind: 'integer', range: [512, 10_240], required: true } },
} as const
export const SnapStart = { kind: 'structure', members: { ApplyOn: of('PublishedVersions', 'None') } } as const
export const LoggingConfig = {
  kind: 'structure',
  members: {
    LogFormat: of('JSON', 'Text'),
    ApplicationLogLevel: of('TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'),
    SystemLogLevel: of('DEBUG', 'INFO', 'WARN'),
    LogGroup: named([1, 512], '[\\.\\-_/#A-Za-z0-9]+'),
  },
} as const
export const TenancyConfig = {
  kind: 'structure',
  members: { TenantIsolationMode: { ...of('PER_TENANT'), required: true } },
} as const
export const CapacityProviderConfig = {
  kind: 'structure',
  members: {
    LambdaManagedInstancesCapacityProviderConfig: {
      kind: 'structure',
      required: true,
      members: {
        CapacityProviderArn: { ...named([1, 140]), required: true },
        PerExecutionEnvironmentMaxConcurrency: { kind: 'integer', range: [1, 1600] },
        ExecutionEnvironmentMemoryGiBPerVCpu: { kind: 'integer', range: [2, 8], fraction: true },
      },
    },
  },
} as const
export const DurableConfig = {
  kind: 'structure',
  members: {
    KMSKeyArn,
    RetentionPeriodInDays: { kind: 'integer', range: [1, 90] },
    ExecutionTimeout: { kind: 'integer', range: [1, 31_622_400] },
  },
} as const

export const StatementId = named([1, 100], '([a-zA-Z0-9-_]+)')
export const NamespacedStatementId = named([1, 100], '([a-zA-Z0-9-_.]+)')
export const Action = { kind: 'string', pattern: '(lambda:[*]|lambda:[a-zA-Z]+|[*])' } as const
export const Principal = named([1, 2048], '[^\\s]+')
export const SourceArn = named(
  [1, 2048],
  'arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
)
export const SourceAccount = named([0, 12], '\\d{12}')
export const EventSourceToken = named([0, 256], '[a-zA-Z0-9._\\-]+')
export const PrincipalOrgID = named([12, 34], 'o-[a-z0-9]{10,32}')
export const FunctionUrlAuthType = of('NONE', 'AWS_IAM')

export const Alias = named([1, 128], '(?!^[0-9]+$)([a-zA-Z0-9-_]+)')
export const AliasVersion = named([1, 1024], '(\\$LATEST(\\.PUBLISHED)?|[0-9]+)')
export const RoutingConfig = {
  kind: 'structure',
  members: {
    AdditionalVersionWeights: {
      kind: 'map',
      key: named([1, 1024], '[0-9]+'),
      value: { kind: 'integer', range: [0, 1], fraction: true },
    },
  },
} as const

export const InvocationType = of('Event', 'RequestResponse', 'DryRun')
export const LogType = of('None', 'Tail')
export const Payload = { kind: 'blob', sensitive: true } as const
export const DurableExecutionName = named([1, 64], '[a-zA-Z0-9-_]+')
export const TenantId = named([1, 256], '[a-zA-Z0-9\\._:\\/=+\\-@ ]+')
export const ReservedConcurrentExecutions = { kind: 'integer', range: [0, 2_147_483_647] } as const

export const MaxItems = { kind: 'integer', range: [1, 10_000] } as const
export const Marker = named([0, 4096])
export const FunctionVersion = of('ALL')
export const MasterRegion = { kind: 'string', pattern: 'ALL|[a-z]{2}(-gov)?-[a-z]+-\\d{1}' } as const
export const Resource = named(
  [1, 256],
  'arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)',
)

import { createHash } from 'node:crypto'
import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import {
  environmentTooLarge,
  handlerMissing,
  impossibleVariable,
  reservedVariables,
  unknownRuntime,
  unsupported,
} from './refusals.ts'

/** How one version of a function is run, without its code and its environment. */
export interface Settings {
  readonly runtime: string
  readonly role: string
  readonly handler: string
  readonly description: string
  /** Seconds. */
  readonly timeout: number
  /** Megabytes. */
  readonly memorySize: number
  readonly ephemeralMb: number
  readonly architecture: string
  /** Of the key that encrypts the environment; undefined: this server's own. */
  readonly kmsKeyArn: string | undefined
  readonly tracing: string
  readonly logGroup: string
  /** Kept and shown, without effect: functions run where the server runs. */
  readonly vpc:
    | { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[]; readonly ipv6: boolean }
    | undefined
}

/** Runtimes that this server knows how to start. Retired ones are refused as in AWS. */
export const RUNTIMES = [
  'nodejs20.x',
  'nodejs22.x',
  'nodejs24.x',
  'python3.10',
  'python3.11',
  'python3.12',
  'python3.13',
  'python3.14',
  'provided.al2',
  'provided.al2023',
] as const

/** The members of a request that say how a function is run; undefined ones stay as they were. */
export interface Given {
  readonly Runtime?: string | undefined
  readonly Role?: string | undefined
  readonly Handler?: string | undefined
  readonly Description?: string | undefined
  readonly Timeout?: number | undefined
  readonly MemorySize?: number | undefined
  readonly KMSKeyArn?: string | undefined
  readonly EphemeralStorage?: { readonly Size?: number | undefined } | undefined
  readonly TracingConfig?: { readonly Mode?: string | undefined } | undefined
  readonly LoggingConfig?:
    | { readonly LogFormat?: string | undefined; readonly LogGroup?: string | undefined }
    | undefined
  readonly VpcConfig?:
    | {
        readonly SubnetIds?: readonly string[] | undefined
        readonly SecurityGroupIds?: readonly string[] | undefined
        readonly Ipv6AllowedForDualStack?: boolean | undefined
      }
    | undefined
  readonly Architectures?: readonly string[] | undefined
  readonly PackageType?: string | undefined
  readonly DeadLetterConfig?: { readonly TargetArn?: string | undefined } | undefined
  readonly Layers?: readonly string[] | undefined
  readonly FileSystemConfigs?: readonly unknown[] | undefined
  readonly ImageConfig?: object | undefined
  readonly CodeSigningConfigArn?: string | undefined
  readonly SnapStart?: { readonly ApplyOn?: string | undefined } | undefined
  readonly CapacityProviderConfig?: object | undefined
  readonly DurableConfig?: object | undefined
  readonly TenancyConfig?: object | undefined
  readonly PublishTo?: string | undefined
}

/** Refuses what AWS offers and this server does not, instead of leaving it out in silence. */
function checkSupported(given: Given): void {
  if (given.PackageType === 'Image' || Object.keys(given.ImageConfig ?? {}).length > 0)
    throw unsupported('PackageType Image')
  if (given.DeadLetterConfig?.TargetArn) throw unsupported('DeadLetterConfig')
  if (given.Layers !== undefined && given.Layers.length > 0) throw unsupported('Layers')
  if (given.FileSystemConfigs !== undefined && given.FileSystemConfigs.length > 0)
    throw unsupported('FileSystemConfigs')
  if (given.CodeSigningConfigArn) throw unsupported('CodeSigningConfigArn')
  if (given.SnapStart?.ApplyOn === 'PublishedVersions') throw unsupported('SnapStart')
  if (given.CapacityProviderConfig !== undefined) throw unsupported('CapacityProviderConfig')
  if (given.DurableConfig !== undefined) throw unsupported('DurableConfig')
  if (given.TenancyConfig !== undefined) throw unsupported('TenancyConfig')
  if (given.PublishTo !== undefined) throw unsupported('PublishTo')
  if (given.LoggingConfig?.LogFormat === 'JSON') throw unsupported('LogFormat JSON')
}

/** The settings of a new function. Throws what is missing, unknown or not supported. */
export function newSettings(name: string, given: Given): Settings {
  checkSupported(given)
  const { Runtime, Handler, Role = '' } = given
  if (Runtime === undefined || Handler === undefined) throw handlerMissing()
  return changedSettings(
    {
      runtime: Runtime,
      role: Role,
      handler: Handler,
      description: '',
      timeout: 3,
      memorySize: 128,
      ephemeralMb: 512,
      architecture: 'x86_64',
      kmsKeyArn: undefined,
      tracing: 'PassThrough',
      logGroup: `/aws/lambda/${name}`,
      vpc: undefined,
    },
    given,
  )
}

/** The settings after a change. */
export function changedSettings(before: Settings, given: Given): Settings {
  checkSupported(given)
  const runtime = given.Runtime ?? before.runtime
  if (!(RUNTIMES as readonly string[]).includes(runtime)) throw unknownRuntime(runtime, RUNTIMES)
  return {
    runtime,
    role: given.Role ?? before.role,
    handler: given.Handler ?? before.handler,
    description: given.Description ?? before.description,
    timeout: given.Timeout ?? before.timeout,
    memorySize: given.MemorySize ?? before.memorySize,
    ephemeralMb: given.EphemeralStorage?.Size ?? before.ephemeralMb,
    architecture: given.Architectures?.[0] ?? before.architecture,
    kmsKeyArn: given.KMSKeyArn === undefined ? before.kmsKeyArn : given.KMSKeyArn || undefined,
    tracing: given.TracingConfig?.Mode ?? before.tracing,
    logGroup: given.LoggingConfig?.LogGroup ?? before.logGroup,
    vpc: given.VpcConfig === undefined ? before.vpc : vpcOf(given.VpcConfig),
  }
}

function vpcOf({
  SubnetIds = [],
  SecurityGroupIds = [],
  Ipv6AllowedForDualStack = false,
}: NonNullable<Given['VpcConfig']>) {
  if (SubnetIds.length === 0 && SecurityGroupIds.length === 0) return undefined
  return { subnetIds: [...SubnetIds], securityGroupIds: [...SecurityGroupIds], ipv6: Ipv6AllowedForDualStack }
}

/** Bytes of all environment variables together. Source: rotation.md 14. */
const MOST_ENVIRONMENT_BYTES = 4096

/** Names that a function may not set for itself: the runtime's own. Source: rotation.md 15.3. */
const RESERVED = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
])

/** Refuses an environment that a function cannot have. */
export function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(variables).filter((name) => RESERVED.has(name))
  if (reserved.length > 0) throw reservedVariables(reserved)
  if (Buffer.byteLength(JSON.stringify(variables)) > MOST_ENVIRONMENT_BYTES) throw environmentTooLarge()
  if (Object.values(variables).some((value) => value.includes('\0'))) throw impossibleVariable()
}

/** `2026-01-02T03:04:05.678+0000` */
export const shownTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000')

/** What is shown of the settings. Source: rotation.md 14. */
export function shownSettings(settings: Settings, region: string): FunctionConfiguration {
  const {
    runtime,
    role,
    handler,
    description,
    timeout,
    memorySize,
    ephemeralMb,
    architecture,
    tracing,
    logGroup,
    vpc,
  } = settings
  return {
    Runtime: runtime as NonNullable<FunctionConfiguration['Runtime']>,
    Role: role,
    Handler: handler,
    Description: description,
    Timeout: timeout,
    MemorySize: memorySize,
    ...(settings.kmsKeyArn === undefined ? {} : { KMSKeyArn: settings.kmsKeyArn }),
    ...(vpc === undefined
      ? {}
      : {
          VpcConfig: {
            SubnetIds: [...vpc.subnetIds],
            SecurityGroupIds: [...vpc.securityGroupIds],
            VpcId: '',
            Ipv6AllowedForDualStack: vpc.ipv6,
          },
        }),
    TracingConfig: { Mode: tracing === 'Active' ? 'Active' : 'PassThrough' },
    PackageType: 'Zip',
    Architectures: [architecture === 'arm64' ? 'arm64' : 'x86_64'],
    EphemeralStorage: { Size: ephemeralMb },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: logGroup },
    RuntimeVersionConfig: {
      RuntimeVersionArn: `arn:aws:lambda:${region}::runtime:${createHash('sha256').update(runtime).digest('hex')}`,
    },
  }
}

import type { Clock } from '#kernel/clock'
import type { Log } from '#kernel/log'
import type { Metrics } from '#kernel/metrics'
import type { Random } from '#kernel/random'
import type { Root } from '#kernel/sealing/root'
import type { Seal } from '#kernel/sealing/seal'
import type { TracingSettings } from '#kernel/tracing'
import type { Secret } from '#kernel/values/bytes'
import type { OutletSettings } from '../config/outlets.ts'
import type { ExecutionPlan } from '../execution.ts'
import type { FunctionSettings } from '../functions/settings.ts'
import type { Limits as TrailLimits } from '../services/cloudtrail/operation.ts'
import type { Parts as LambdaParts } from '../services/lambda/service.ts'
import type { Parts as SecretsManagerParts } from '../services/secretsmanager/service.ts'
import type { OidcSettings } from '../services/sts/oidc/settings.ts'

/** Where the state is kept. */
export type Kept =
  | { readonly kind: 'memory' }
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'postgres'; readonly url: Secret }

/** What a server is put together from. */
export interface Plan {
  readonly kept: Kept
  /** What opens the store; or its root key, when another process of this server has opened it. */
  readonly seal: Seal | Root
  /** Told when another root key is in use. */
  onRoot?(root: Root): void
  /** A drill older than this is told in health; by default none is. */
  readonly drillMs?: number
  /** Records that are older are taken out of the audit journal; by default everything is kept. */
  readonly auditKeptMs?: number
  readonly regions: readonly string[]
  /** Several processes use the same file. */
  readonly shared: boolean
  /** Other processes use it at this very start: not so for the first of several. As `shared` when it is not said. */
  readonly beside?: boolean
  /** Take the audit journal that is there, although the store knows another one. */
  readonly acceptJournal?: boolean
  /** This process runs the jobs that are due. */
  readonly runsJobs: boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  /** How the keys of identity providers are had; by default from public ones only. */
  readonly oidc?: OidcSettings
  /** How built-in rotation functions are set up; by default nothing is, and webhooks reach public addresses only. */
  readonly functions?: FunctionSettings
  /** How often an account may ask Secrets Manager; by default as often as it likes. */
  readonly requestRates?: SecretsManagerParts['rates']
  /** How Parameter Store differs from AWS's; by default in nothing, and nobody is throttled. */
  readonly parameters?: { readonly throughput: number | undefined; readonly strictPaths: boolean }
  /** Where the records of the audit trail go besides the journal; by default log files of trails go below the data. */
  readonly outlets?: OutletSettings
  /** Where traces of requests go; by default nowhere. */
  readonly tracing?: TracingSettings | undefined
  /** Tests: other limits of CloudTrail than AWS's. */
  readonly trailLimits?: Partial<TrailLimits>
  /** Other limits of Secrets Manager than AWS's. */
  readonly secretLimits?: SecretsManagerParts['limits']
  /** What of the past of secrets is kept; by default a year, and the values of the hundred newest versions. */
  readonly history?: SecretsManagerParts['history']
  /** Tests: who runs users' functions instead of processes of this machine. */
  readonly sandboxes?: LambdaParts['sandboxes']
  /** How users' functions are run; without it none is run in this process. */
  readonly execution?: ExecutionPlan
  /** Dev mode only: the account whose root unknown credentials count as. Without it they are refused. */
  readonly openAccount?: string
  /** Dev mode only: see the pipeline's part of this name. */
  readonly machineClock?: Clock
  /** Tests: an error that an operation did not declare is a failure of ours. */
  readonly strict?: boolean
}

import type { LogConfig, Target as SdkTarget } from '@aws-sdk/client-eventbridge'
import type { Cell } from './names.ts'

/** Source: API_PutRule. */
export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'

/** A rule on a bus. */
export interface Rule extends Cell {
  readonly bus: string
  readonly name: string
  /** Of this very rule: one of the same name that is made later has another, and gets none of its targets. */
  readonly id: string
  readonly pattern: string | undefined
  readonly schedule: string | undefined
  readonly state: RuleState
  readonly description: string | undefined
  readonly roleArn: string | undefined
  readonly tags: ReadonlyMap<string, string>
  /** Account. */
  readonly createdBy: string
  /** Milliseconds; a rate is counted from the moment when the schedule was last set. */
  readonly createdAt: number
  readonly scheduledAt: number
}

/** Where events of a rule go, as PutTargets takes it and ListTargetsByRule answers it. */
export type Target = Omit<SdkTarget, 'Id' | 'Arn'> & { readonly Id: string; readonly Arn: string }

/** A bus as it is kept. The default one is there without a row. */
export interface Bus extends Cell {
  readonly name: string
  readonly description: string | undefined
  readonly kmsKey: string | undefined
  readonly deadLetterArn: string | undefined
  readonly log: LogConfig | undefined
  /** Who else may put events on it. */
  readonly policy: { readonly document: string; readonly principals: string } | undefined
  readonly tags: ReadonlyMap<string, string>
  readonly createdAt: number | undefined
  readonly changedAt: number | undefined
}

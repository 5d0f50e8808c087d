import { arn } from '#kernel/values/arn'
import type { Cell } from './metric.ts'
import type { WireQuery } from './queries.ts'

export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
export type Missing = 'breaching' | 'notBreaching' | 'ignore' | 'missing'

/** The comparisons of a static threshold. */
export const COMPARISONS = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] as const
export type Comparison = (typeof COMPARISONS)[number]

/** What happens when an alarm comes into a state: ARNs of whom to tell. */
export interface Actions {
  readonly ok: readonly string[]
  readonly alarm: readonly string[]
  readonly insufficient: readonly string[]
}

/** How an alarm on a metric or a formula is set. */
export interface MetricSettings {
  readonly kind: 'metric'
  readonly description?: string | undefined
  readonly actions: Actions
  /** As it came: one metric, or queries of which one is shown. */
  readonly metric?:
    | {
        readonly namespace: string
        readonly name: string
        readonly dimensions: readonly (readonly [string, string])[]
        readonly stat: string
        readonly unit?: string | undefined
      }
    | undefined
  readonly queries?: readonly WireQuery[] | undefined
  /** Seconds. Of a formula: the longest of what it uses. */
  readonly period: number
  readonly evaluationPeriods: number
  readonly datapointsToAlarm?: number | undefined
  readonly threshold: number
  readonly comparison: Comparison
  readonly missing?: Missing | undefined
  readonly lowSample?: string | undefined
}

/** How an alarm on other alarms is set. */
export interface CompositeSettings {
  readonly kind: 'composite'
  readonly description?: string | undefined
  readonly actions: Actions
  readonly rule: string
}

export type Settings = MetricSettings | CompositeSettings

/** What an alarm's state is and why. */
export interface Standing {
  readonly state: State
  readonly reason: string
  /** JSON. */
  readonly reasonData: string | undefined
  /** Milliseconds: when the state or its reason was last written. */
  readonly stateAt: number
  /** Milliseconds: when it came into the state. */
  readonly transitionAt: number
}

export interface Alarm extends Cell, Standing {
  readonly name: string
  readonly settings: Settings
  readonly tags: ReadonlyMap<string, string>
  /** Whether actions are taken. */
  readonly enabled: boolean
  readonly configuredAt: number
}

export const alarmArn = ({ account, region }: Cell, name: string) => arn('cloudwatch', region, account, `alarm:${name}`)

/** The actions of a state. */
export function actionsOf({ actions }: Settings, state: State): readonly string[] {
  return state === 'OK' ? actions.ok : state === 'ALARM' ? actions.alarm : actions.insufficient
}

/** `MetricAlarm`, `CompositeAlarm` */
export const typeOf = ({ kind }: Settings) => (kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm')

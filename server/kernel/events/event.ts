import type { Unit } from '#kernel/storage/storage'

/** A fact that a service announces. Nothing of a secret value is ever in it. Source of the fields: surroundings.md 4. */
export interface ServiceEvent {
  /** `aws.ssm` */
  readonly source: string
  /** `Parameter Store Change` */
  readonly detailType: string
  readonly account: string
  readonly region: string
  /** ARNs of what it is about. */
  readonly resources: readonly string[]
  /** Undefined members are left out. */
  readonly detail: Readonly<Record<string, unknown>>
  /** The access key of the call that made it happen: who follows circles of events asks whose it is. Not part of the event. */
  readonly by?: string | undefined
}

/** An event as EventBridge hands it over. `time`: `2017-05-22T16:44:48Z`. */
export interface Envelope {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': string
  readonly source: string
  readonly account: string
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** By which services announce what happened. */
export interface Events {
  /**
   * Puts an event down in the unit of the change that it tells of: it is there when the change is, and never without it. `time`: when
   * it happened, milliseconds.
   */
  emit(unit: Unit, event: ServiceEvent, time: number): Promise<void>
}

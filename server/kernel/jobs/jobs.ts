import type { Unit } from '#kernel/storage/storage'

/**
 * Work for later, kept in the store. A job runs at or after its due time, at least once, each in a write unit of its own
 * that also takes it off the list; so its work and its disappearance are one change. Jobs are ordered by due time.
 */
export interface Jobs {
  /** Puts a job down; the same `key` replaces the one that is there. `kind` names the handler, `payload` is JSON. */
  schedule(unit: Unit, job: { kind: string; key: string; dueAt: number; payload: unknown }): Promise<void>
  cancel(unit: Unit, kind: string, key: string): Promise<void>
}

/** What is done when a job of `kind` is due. `now` is the job's due time, not the time of the machine, unless it says `latest`. */
export interface JobHandler {
  readonly kind: string
  /**
   * Of all the times that passed while nobody ran jobs, or time travelled, only the last one counts: it is run once, and `now` is the
   * time that it is. For what looks after things every hour, year in, year out.
   */
  readonly latest?: true
  run(unit: Unit, payload: unknown, now: number): Promise<void>
}

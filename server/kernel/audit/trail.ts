import type { AuditEvent } from '#kernel/audit/event'
import type { Unit } from '#kernel/storage/storage'

/**
 * The trail. A call's events are durable before its answer leaves; when they cannot be written the call fails.
 * Records are chained by hashes, one chain for each writer.
 */
export interface Trail {
  /** Writes the events of calls that changed nothing; settles when they are durable. Batched: no fsync of its own. */
  record(events: readonly AuditEvent[]): Promise<void>
  /** Writes the events of a change in the change's own unit: both or neither. They join the chain after the commit. */
  recordIn(unit: Unit, events: readonly AuditEvent[]): Promise<void>
  /** False when the trail can't be written: then no call may succeed. */
  healthy(): boolean
  close(): Promise<void>
}

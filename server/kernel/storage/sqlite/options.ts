import type { Clock } from '#kernel/clock'
import type { Migration } from '#kernel/storage/migration'
import type { CheckpointBounds } from './checkpoint.ts'

/** How to open an embedded store. */
export interface SqliteOptions {
  /** Path of the database file, or `:memory:` for one that ends with the process. */
  readonly file: string
  /** In the order in which they are applied; the storage's own come before them. */
  readonly migrations: readonly Migration[]
  readonly clock: Clock
  /** Several worker processes use this file. Without it the process believes to be the only one. */
  readonly shared?: boolean
  /** Told of problems that no caller can be told of: a checkpoint that failed, an `afterCommit` that threw. */
  readonly onProblem?: (problem: unknown) => void
  /** Longest wait for another process that writes, milliseconds. Default 10,000. */
  readonly busyMs?: number
  /** Longest time that one unit may keep the others waiting, milliseconds. Default 30,000. */
  readonly patienceMs?: number
  /** For tests. */
  readonly checkpointBounds?: CheckpointBounds
  /** For tests: what makes the WAL durable, in place of fdatasync. */
  readonly flush?: (walDescriptor: number) => Promise<void>
}

import { operationsOf } from '#kernel/operation'
import type { OwnOperations } from '../secretsmanager/port.ts'
import type { Wire } from './wire.ts'

/** What our own operations work with: bound to one call and its unit of work. */
export interface Env {
  /** The work itself, which Secrets Manager does. */
  readonly secrets: OwnOperations
}

/** Declares an operation of ours. */
export const operation = operationsOf<Wire, Env>()

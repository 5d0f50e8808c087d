import type { Rotation, Run, Watch } from './rotation.ts'
import { waitsForWindow } from './rotation-run.ts'

/** Where the rotation of a secret stands, in one word for machines. */
export type StateName = 'off' | 'idle' | 'scheduled' | 'held' | 'starting' | 'running' | 'retrying' | 'waiting'

/** What a rotation does now. */
export interface State {
  /**
   * `off`: turned off. `idle`: on, without a schedule. `scheduled`: until `next`. `held`: due, and waits for readers. `starting`:
   * will begin at once. `running`: a function does a step. `retrying`: has failed, and is tried again at `next`. `waiting`: has
   * failed so often that it waits for the next window.
   */
  readonly name: StateName
  /** When something happens next by itself, milliseconds. */
  readonly next: number | undefined
  /** Since when a rotation should have ended well. */
  readonly overdueSince: number | undefined
}

/** What a rotation does at `now`. */
export function stateOf(rotation: Rotation, run: Run | undefined, watch: Watch | undefined, now: number): State {
  const overdueSince = watch !== undefined && watch.dueBy <= now ? watch.dueBy : undefined
  const planned = rotation.planned?.runAt
  const state = (name: StateName, next: number | undefined): State => ({ name, next, overdueSince })
  if (!rotation.enabled) return { name: 'off', next: undefined, overdueSince: undefined }
  if (run?.node !== undefined) return state('running', undefined)
  if (run !== undefined && waitsForWindow(run)) return state('waiting', planned)
  if (run !== undefined) return state(run.failure === undefined ? 'starting' : 'retrying', run.notBefore)
  if (watch?.heldSince !== undefined) return state('held', planned)
  return planned === undefined ? state('idle', undefined) : state('scheduled', planned)
}

import type { KeyState } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import type { Imported } from './key.ts'

/** What is asked of a key, as far as its state decides: one row of the table in kms.md 11. */
export type Use =
  | 'cryptography'
  | 'alias'
  | 'change'
  | 'grant'
  | 'switch'
  | 'set rotation'
  | 'rotate'
  | 'rotation status'
  | 'import parameters'
  | 'import'
  | 'delete material'
  | 'replicate'
  | 'update primary'
  | 'schedule'
  | 'cancel'

/** A key, as far as its state is concerned. */
interface Stateful {
  readonly arn: string
  readonly state: KeyState
  readonly origin: string
  /** Of imported material: when the first of it expires. */
  readonly imported?: Imported | undefined
}

const PENDING = ['PendingDeletion', 'PendingReplicaDeletion'] as const
type Refusal = (key: Stateful) => ApiError

const invalid =
  (state: string): Refusal =>
  ({ arn }) =>
    new ApiError('KMSInvalidStateException', `${arn} is ${state}.`)
const disabled: Refusal = ({ arn }) => new ApiError('DisabledException', `${arn} is disabled.`)
/** The refusal for a key whose material comes from elsewhere, or stays here (recorded). */
export const wrongOrigin: Refusal = ({ arn, origin }) =>
  new ApiError('UnsupportedOperationException', `${arn} origin is ${origin} which is not valid for this operation.`)
const pending = invalid('pending deletion')
const importing = invalid('pending import')
const creating = invalid('creating')
const updating = invalid('updating')
const unavailable = invalid('unavailable')
const notPending = invalid('not pending deletion')

type Refusals = Readonly<Partial<Record<KeyState, Refusal>>>

const always = Object.fromEntries(PENDING.map((state) => [state, pending])) as Refusals

/** The states in which a use is refused, and how. Source: kms.md 11. */
const REFUSED: Readonly<Record<Use, Refusals>> = {
  cryptography: {
    ...always,
    Disabled: disabled,
    PendingImport: importing,
    Unavailable: unavailable,
    Creating: creating,
  },
  alias: always,
  change: always,
  grant: { ...always, Disabled: disabled, PendingImport: importing, Creating: creating },
  switch: { ...always, PendingImport: importing, Creating: creating, Updating: updating },
  'set rotation': {
    ...always,
    Disabled: disabled,
    PendingImport: wrongOrigin,
    Unavailable: wrongOrigin,
    Creating: creating,
  },
  rotate: {
    ...always,
    Disabled: disabled,
    PendingImport: importing,
    Unavailable: wrongOrigin,
    Creating: creating,
    Updating: updating,
  },
  'rotation status': { PendingImport: wrongOrigin, Unavailable: wrongOrigin },
  'import parameters': { ...always, Creating: creating, Updating: updating },
  import: { ...always, Creating: creating },
  'delete material': { Creating: creating, Updating: updating },
  replicate: { ...always, Disabled: disabled, PendingImport: importing, Creating: creating, Updating: updating },
  'update primary': { ...always, Disabled: disabled, PendingImport: importing, Creating: creating },
  schedule: { ...always, Updating: updating },
  cancel: {
    Enabled: notPending,
    Disabled: notPending,
    PendingImport: notPending,
    Unavailable: notPending,
    Creating: notPending,
    Updating: notPending,
  },
}

/**
 * The state that a key is in at a moment. Imported material is none from the moment on that it expires, however late the job is
 * that takes it away.
 */
export function stateAt({ state, imported }: Stateful, now: number): KeyState {
  const expired = imported?.expiresAt !== undefined && imported.expiresAt <= now
  return expired && !(PENDING as readonly KeyState[]).includes(state) ? 'PendingImport' : state
}

/** A key as it is at a moment: see `stateAt`. */
export function asOf<K extends Stateful>(key: K, now: number): K {
  const state = stateAt(key, now)
  return state === key.state ? key : { ...key, state, imported: undefined }
}

/** Throws KMS's refusal when a key in the state that it has `now` is not to be used like that. */
export function requireState(key: Stateful, use: Use, now: number): void {
  const refusal = REFUSED[use][stateAt(key, now)]
  if (refusal !== undefined) throw refusal(key)
}

import type { KeyState } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'

/** What is asked of a key, as far as its state decides: one row of the table in kms.md 11. */
export type Use = 'cryptography' | 'alias' | 'switch' | 'schedule' | 'cancel'

const PENDING = ['PendingDeletion', 'PendingReplicaDeletion'] as const
const invalid = (state: string) => (keyArn: string) =>
  new ApiError('KMSInvalidStateException', `${keyArn} is ${state}.`)
const disabled = (keyArn: string) => new ApiError('DisabledException', `${keyArn} is disabled.`)
const pending = invalid('pending deletion')
const importing = invalid('pending import')
const creating = invalid('creating')
const updating = invalid('updating')
const notPending = invalid('not pending deletion')

type Refusals = Readonly<Partial<Record<KeyState, (keyArn: string) => ApiError>>>

const always = Object.fromEntries(PENDING.map((state) => [state, pending])) as Refusals

/** The states in which a use is refused, and how. Source: kms.md 11. */
const REFUSED: Readonly<Record<Use, Refusals>> = {
  cryptography: {
    ...always,
    Disabled: disabled,
    PendingImport: importing,
    Unavailable: invalid('unavailable'),
    Creating: creating,
  },
  alias: always,
  switch: { ...always, PendingImport: importing, Creating: creating, Updating: updating },
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

/** Throws KMS's refusal when a key in this state is not to be used like that. */
export function requireState(key: { readonly arn: string; readonly state: KeyState }, use: Use): void {
  const refusal = REFUSED[use][key.state]
  if (refusal !== undefined) throw refusal(key.arn)
}

import type { KeyState } from '@aws-sdk/client-kms'

/** The columns of the table of key states, in its order. Source: kms.md 11. */
export const STATES = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'PendingImport',
  'Unavailable',
  'Creating',
  'Updating',
] as const satisfies readonly KeyState[]

/** What each refusal of the table is called there; `K` is the key's ARN, `origin` that of the key that is asked about. */
export const codesFor = (origin: 'AWS_KMS' | 'EXTERNAL'): Readonly<Record<string, string>> => ({
  'DisabledException: K is disabled.': 'D',
  'KMSInvalidStateException: K is pending deletion.': 'P',
  'KMSInvalidStateException: K is not pending deletion.': 'NP',
  'KMSInvalidStateException: K is pending import.': 'I',
  'KMSInvalidStateException: K is unavailable.': 'U',
  'KMSInvalidStateException: K is creating.': 'C',
  'KMSInvalidStateException: K is updating.': 'UP',
  [`UnsupportedOperationException: K origin is ${origin} which is not valid for this operation.`]: 'X',
})

import type { Cell } from './identity.ts'
import { alreadyScheduled, managedByService, markedForDeletion, secretNotFound } from './refusals.ts'

/**
 * A secret without its versions. Its account is its own, which need not be the caller's. Times in milliseconds since the
 * epoch. Source: secretsmanager.md 3.
 */
export interface Secret extends Cell {
  /** Ours, never shown: another one for every secret ever made, also under a name used before. */
  readonly id: string
  /** With suffix: `arn:aws:secretsmanager:us-east-1:111122223333:secret:app/db-a1B2c3`. */
  readonly arn: string
  readonly name: string
  readonly type: string | undefined
  readonly description: string | undefined
  /** As it was supplied, verbatim; undefined: the default key. */
  readonly kmsKeyId: string | undefined
  /** The AWS service that keeps this secret, for example `rds`. */
  readonly owningService: string | undefined
  /** In insertion order; undefined if there never were any, empty when the last one was taken off. */
  readonly tags: ReadonlyMap<string, string> | undefined
  readonly createdAt: number
  readonly changedAt: number
  /** Midnight UTC of the last day on which a value was read; 0: never. */
  readonly accessedDay: number
  /** When DeleteSecret was called, while the deletion is pending. */
  readonly deletedAt: number | undefined
  /** When it will be gone. */
  readonly purgeAt: number | undefined
  /** Its name means another secret by now: it is reached by its full ARN alone. */
  readonly nameless?: true
}

/** What a version holds; `empty` until a rotation function puts a value into its placeholder. */
export type Kind = 'string' | 'binary' | 'empty'

/** A version without its content and labels. */
export interface Version {
  /** The ClientRequestToken that made it, verbatim. */
  readonly id: string
  readonly kind: Kind
  readonly createdAt: number
  /** As the secret's. */
  readonly accessedDay: number
  /** Full ARN of the key that its data key is wrapped under; empty for an empty version. */
  readonly keyArn: string
  /** Whether that is the account's aws/secretsmanager. */
  readonly defaultKey: boolean
}

/** A version with its content as it is stored. */
export interface Sealed extends Version {
  readonly sealed: Uint8Array
  /** The data key, wrapped by KMS. */
  readonly dataKey: Uint8Array
}

const DAY_MS = 86_400_000

/** Midnight UTC of the day of `now`: all that LastAccessedDate tells. */
export function dayOf(now: number): number {
  return now - (now % DAY_MS)
}

/** The secret, or AWS's not-found. */
export function existing<S extends Secret>(secret: S | undefined): S {
  if (secret === undefined) throw secretNotFound()
  return secret
}

/** The secret if it exists and is not scheduled for deletion. Source: secretsmanager.md 6. */
export function live<S extends Secret>(secret: S | undefined): S {
  const found = existing(secret)
  if (found.deletedAt !== undefined) throw markedForDeletion()
  return found
}

/** The principal of the service that keeps this secret, and rotates it without a function; undefined: nobody but its owner does. */
export const managerOf = ({ owningService }: Pick<Secret, 'owningService'>): string | undefined =>
  owningService === undefined ? undefined : `${owningService}.amazonaws.com`

/**
 * The secret if its value, labels and existence are the caller's to change. `via`: the service that calls in somebody's name, of
 * the call (never from the wire). Source: secretsmanager.md 13.
 */
export function ownable<S extends Secret>(secret: S, via?: string | undefined): S {
  const manager = managerOf(secret)
  if (secret.owningService !== undefined && via !== manager) throw managedByService(secret.owningService)
  return secret
}

/** The secret if a plain DeleteSecret may schedule it. Source: secretsmanager.md 6. */
export function deletable<S extends Secret>(secret: S | undefined): S {
  const found = existing(secret)
  if (found.deletedAt !== undefined) throw alreadyScheduled()
  return ownable(found)
}

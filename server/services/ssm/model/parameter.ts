/** What a parameter is, as the store keeps it. Source: parameterstore.md 2 to 4. */

import type { Sharing } from './sharing.ts'

/** Where a parameter is. */
export interface Cell {
  readonly account: string
  readonly region: string
}

export type ParameterType = 'String' | 'StringList' | 'SecureString'
export type StoredTier = 'Standard' | 'Advanced'

/** A parameter without what its versions say. */
export interface Parameter extends Cell {
  /** Internal: a name that is given again after a deletion gets another. */
  readonly id: string
  /** The name without its leading slash: `x` and `/x` are one parameter. What the store finds it by. */
  readonly key: string
  /** As it was spelled when the parameter was made. */
  readonly name: string
  readonly arn: string
  /** In the order in which they were given. */
  readonly tags: ReadonlyMap<string, string>
  /** The number of the newest version. */
  readonly latest: number
  /** Of the newest version, for the quotas. */
  readonly tier: StoredTier
  /** Milliseconds; from then on the parameter is not there any more, whether the job that deletes it has run or not. */
  readonly expiresAt: number | undefined
  readonly createdAt: number
  /** Its resource policies, if it has any. */
  readonly sharing?: Sharing | undefined
}

/** One version without its value. */
export interface Version {
  /** From 1; never given twice. */
  readonly number: number
  readonly type: ParameterType
  readonly tier: StoredTier
  readonly dataType: string
  /** Of a SecureString, as it was given; `alias/aws/ssm` when it was not. */
  readonly keyId: string | undefined
  readonly description: string | undefined
  readonly allowedPattern: string | undefined
  /** Each policy as compact JSON, in the order given. */
  readonly policies: readonly string[]
  /** Milliseconds: when the version was made. */
  readonly modifiedAt: number
  /** ARN of who made it. */
  readonly modifiedBy: string
}

/**
 * What a version keeps of its value. String, StringList: the text, encrypted by the vault and bound to the row. SecureString: what
 * KMS made of it (Standard) or a message of the Encryption SDK (Advanced), the bytes whose base64 is answered without decryption.
 */
export interface Content {
  readonly content: Uint8Array
}

/** A version with its value, still encrypted. */
export type Sealed = Version & Content

/** A parameter with its newest version: what most operations find. */
export interface Found {
  readonly parameter: Parameter
  readonly version: Version
}

/** A parameter with one version that was asked for; undefined: there is no such version. */
export interface Reading {
  readonly parameter: Parameter
  readonly version: Sealed | undefined
}

/** Which version a name means: a number, a label, or neither, the newest. */
export type Selector = { readonly number: number } | { readonly label: string } | undefined

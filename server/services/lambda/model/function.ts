import type { Cell } from './names.ts'
import type { Settings } from './configuration.ts'

/** A function: what all of its versions have in common. */
export interface LambdaFunction extends Cell {
  readonly name: string
  /** Of this very function: one that is made later under the same name has another. */
  readonly id: string
  readonly createdAt: number
  /** Executions at once that are kept for it; undefined: it shares what is left. 0: it does not run. */
  readonly reserved: number | undefined
  readonly tags: ReadonlyMap<string, string>
  /** The number that was given last. */
  readonly lastVersion: number
}

/** Code as it is kept. Versions of one function may share it. */
export interface CodeRef {
  readonly id: string
  /** Base64, of the zip. */
  readonly sha256: string
  readonly bytes: number
}

/** Environment variables, sealed. `key`: the data key, wrapped by the vault or, with a `kmsKeyArn`, by KMS. */
export interface SealedEnvironment {
  readonly id: string
  readonly key: Uint8Array
  readonly sealed: Uint8Array
  readonly kmsKeyArn: string | undefined
}

/** One version: `$LATEST`, which changes, or a number, which does not. */
export interface Version {
  readonly version: string
  readonly settings: Settings
  readonly environment: SealedEnvironment | undefined
  readonly code: CodeRef
  readonly revision: string
  readonly modifiedAt: number
}

export interface Alias {
  readonly name: string
  readonly version: string
  /** A second version, and the part of all invocations that it gets. */
  readonly route: { readonly version: string; readonly weight: number } | undefined
  readonly description: string
  readonly revision: string
}

/** The permissions at one qualifier, as a document. */
export interface FunctionPolicy {
  readonly document: string
  /** The unique ids of its principals, as IAM's port answers them. */
  readonly principals: string
  readonly revision: string
}

/** Whether publishing would make nothing new: a description does not count. Source: API_PublishVersion. */
export function sameContent(one: Version, other: Version): boolean {
  const content = ({ settings, environment, code }: Version) =>
    JSON.stringify([{ ...settings, description: '' }, environment?.id, code.sha256])
  return content(one) === content(other)
}

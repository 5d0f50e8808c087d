/** What is wrong with a file of a trail. */
export type Kind =
  /** Its bytes are not those that a digest, or the store, says. */
  | 'log-altered'
  | 'log-missing'
  /** It is encrypted, and no store says what it must be. */
  | 'log-encrypted'
  /** No digest, and nothing that the store knows, names it. */
  | 'log-added'
  | 'digest-altered'
  | 'digest-missing'
  /** It says that it lies elsewhere. */
  | 'digest-moved'
  | 'digest-unreadable'
  | 'signature-missing'
  /** Signed by a key that is not among those that were given. */
  | 'key-unknown'
  /** The newest digests that the store knows are not there. */
  | 'tail-cut'
  /** What the digest says of the one before it is not what that one is. */
  | 'chain-broken'

export interface Problem {
  readonly kind: Kind
  /** The file, from the folder. */
  readonly file: string
  readonly text: string
}

export interface Verdict {
  readonly ok: boolean
  readonly problems: readonly Problem[]
  readonly digests: number
  readonly logs: number
  /** Log files that no digest names yet. */
  readonly unnamed: number
  /** Files that the rule of retention took away, as the store says. */
  readonly gone: number
}

/** Notes a problem. */
export type Tell = (kind: Kind, file: string, text: string) => void

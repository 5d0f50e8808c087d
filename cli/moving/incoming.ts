/** A value on its way into a secret: text or bytes, never both. */
export type Value = { readonly text: string } | { readonly bytes: Uint8Array }

/** One version, as it was where it comes from. */
export interface IncomingVersion {
  /** 32 to 64 characters, kept; undefined: the source has no ids, the value is what the secret is to hold now. */
  readonly id: string | undefined
  /** Milliseconds; undefined: now. */
  readonly createdAt: number | undefined
  readonly value: Value
  readonly labels: readonly string[]
}

/** When a secret is rotated, in AWS's words. */
export interface IncomingRotation {
  readonly enabled: boolean
  readonly functionArn: string | undefined
  readonly rules: IncomingRules | undefined
  /** Milliseconds. */
  readonly lastAt: number | undefined
}

export interface IncomingRules {
  readonly AutomaticallyAfterDays?: number | undefined
  readonly ScheduleExpression?: string | undefined
  readonly Duration?: string | undefined
}

export interface IncomingTag {
  readonly Key: string
  readonly Value: string
}

/** One secret on its way in, from whatever source. */
export interface IncomingSecret {
  readonly name: string
  /** Oldest first. */
  readonly versions: readonly IncomingVersion[]
  readonly description: string | undefined
  /** As it was supplied; undefined: the default key. */
  readonly kmsKeyId: string | undefined
  /** Undefined: never tagged. */
  readonly tags: readonly IncomingTag[] | undefined
  readonly type: string | undefined
  readonly policy: string | undefined
  readonly rotation: IncomingRotation | undefined
  /** This is all there is to say of it: what it does not have is taken away when it overwrites another. */
  readonly whole: boolean
  /** What of it does not come along, in words without values. */
  readonly notes: readonly string[]
}

/** What a source yields: a secret, or one that cannot come along. */
export type Incoming = { readonly secret: IncomingSecret } | { readonly left: LeftBehind }

/** A secret that cannot come along, and why. */
export interface LeftBehind {
  readonly name: string
  readonly why: string
  /** It waits for its deletion: told, but nothing is amiss without it. */
  readonly deleted?: true
}

/** A secret that has nothing but versions. */
export function plainSecret(
  name: string,
  versions: readonly IncomingVersion[],
  more: Partial<IncomingSecret> = {},
): IncomingSecret {
  return {
    name,
    versions,
    description: undefined,
    kmsKeyId: undefined,
    tags: undefined,
    type: undefined,
    policy: undefined,
    rotation: undefined,
    whole: false,
    notes: [],
    ...more,
  }
}

/** The one value of a source that knows no versions. */
export function onlyVersion(value: Value): IncomingVersion[] {
  return [{ id: undefined, createdAt: undefined, value, labels: ['AWSCURRENT'] }]
}

/** Most bytes of a value. Source: secretsmanager.md 5. */
export const MOST_VALUE_BYTES = 65_536

/** Why a value cannot be a secret's; undefined: it can. */
export function problemOf(value: Value): string | undefined {
  if ('text' in value && !value.text.isWellFormed()) return 'its text is no valid Unicode'
  const size = 'text' in value ? Buffer.byteLength(value.text) : value.bytes.length
  if (size === 0) return 'it is empty, and a secret has at least one byte'
  return size > MOST_VALUE_BYTES ? `it has ${size} bytes, more than the ${MOST_VALUE_BYTES} of a secret` : undefined
}

/** Why a name cannot be a secret's; undefined: it can. Source: secretsmanager.md 2. */
export function problemOfName(name: string): string | undefined {
  if (name.length === 0 || name.length > 512) return 'a name has 1 to 512 characters'
  return /^[A-Za-z0-9/_+=.@!-]+$/.test(name) ? undefined : 'a name has letters, digits and /_+=.@!- only'
}

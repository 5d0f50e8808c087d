/**
 * A secret as the specification describes it (secretsmanager.md 1.8, 3 to 6, 8), small enough to be read in one go. It shares no
 * code with the server. States are plain values that are never changed; what can't be known yet is a range, or `ANY`.
 */

/** The earliest and the latest moment at which something can have happened, in milliseconds. */
export type Moment = readonly [number, number]

/** Content that is not known: a rotation function has made it up. */
export const ANY = 'any'
/** Content of a version that a rotation has only registered. */
export const NOTHING = 'nothing'

export interface Version {
  /** `string …`, `binary …` in base64, ANY or NOTHING. */
  readonly content: string
  readonly createdAt: Moment
  /** As ListSecretVersionIds shows it. */
  readonly key: string
  /** When it came: an id that was pruned and put again is another version, whatever its date says. */
  readonly born: Moment
  /** Of one that RollBackSecret made: what was asked for, and the version whose content it has. */
  readonly rolled?: { readonly to: string; readonly from: string }
}

export interface Rotation {
  readonly enabled: boolean
  readonly functionArn?: string
  readonly days?: number
  /** When one has ended well; undefined: not since it was turned on. */
  readonly lastAt?: Moment
}

export interface Secret {
  readonly name: string
  /** Empty: not known, since whoever made it got no answer. */
  readonly arn: string
  readonly createdAt: Moment
  readonly changedAt: Moment
  readonly description?: string
  /** As it was supplied. */
  readonly kmsKeyId?: string
  readonly policy?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, Version>>
  /** Versions that were pruned, whose values the history keeps; of those of one id the last. */
  readonly past: Readonly<Record<string, Version>>
  /** Ids of versions that have gone. */
  readonly had: readonly string[]
  /** Label → version: so a label is on one version at the most. */
  readonly stages: Readonly<Record<string, string>>
  readonly deletedAt?: Moment
  readonly purgeAt?: Moment
  readonly rotation?: Rotation
  /** The rotation that is under way. */
  readonly run?: { readonly token: string; readonly test: boolean }
  /** Tokens of rotations that were ended while a function of theirs may still have been at work. */
  readonly left: readonly string[]
  /** There are more versions than there should be: some are about to go. */
  readonly surplus: boolean
}

/** Undefined: there is none. */
export type State = Secret | undefined

export const CURRENT = 'AWSCURRENT'
export const PREVIOUS = 'AWSPREVIOUS'
export const PENDING = 'AWSPENDING'
export const MOST_LABELS = 20
export const DAY = 86_400_000
/** Versions that are younger are never taken away. Source: 4.4. */
const KEPT = DAY

export const omit = <T extends object, K extends keyof T>(from: T, ...keys: K[]): Omit<T, K> => {
  const rest = { ...from }
  for (const key of keys) delete rest[key]
  return rest
}

/** The same without these members; typed as the whole, of which they are optional. */
export const without = (
  secret: Secret,
  ...keys: ('deletedAt' | 'purgeAt' | 'run' | 'policy' | 'description' | 'kmsKeyId' | 'tags')[]
): Secret => omit(secret, ...keys) as Secret

/** A label on another version, or on none. */
export function labelled(stages: Secret['stages'], label: string, version: string | undefined): Secret['stages'] {
  const rest = omit(stages, label)
  return version === undefined ? rest : { ...rest, [label]: version }
}

/** AWSCURRENT on `version`: who had it is AWSPREVIOUS, and nobody else. Source: 4.2, 4.3. */
export function promoted(stages: Secret['stages'], version: string): Secret['stages'] {
  const before = stages[CURRENT]
  const next = labelled(stages, CURRENT, version)
  return before === undefined || before === version ? next : labelled(next, PREVIOUS, before)
}

/** Ids of versions that may be taken away, oldest first. Source: 4.4. */
export function removable({ versions, stages }: Secret, now: Moment): string[] {
  const held = new Set(Object.values(stages))
  return Object.entries(versions)
    .filter(([id, { createdAt }]) => !held.has(id) && createdAt[1] < now[0] - KEPT)
    .sort(([a, one], [b, other]) => one.createdAt[0] - other.createdAt[0] || (a < b ? -1 : 1))
    .map(([id]) => id)
}

/** Whether one more version fits; undefined when it does not. Source: 4.4. */
export function withRoom(secret: Secret, most: number, now: Moment): Secret | undefined {
  const total = Object.keys(secret.versions).length
  if (total < most) return secret
  const left = total - removable(secret, now).length
  return left < most ? { ...secret, surplus: true } : undefined
}

/** The versions that carry these labels are under the key of the secret. Source: 8.21. */
export function underKey(secret: Secret): Secret {
  const versions = { ...secret.versions }
  for (const label of [CURRENT, PENDING, PREVIOUS]) {
    const id = secret.stages[label]
    const version = id === undefined ? undefined : versions[id]
    if (id !== undefined && version !== undefined && version.content !== NOTHING)
      versions[id] = { ...version, key: keyOf(secret) }
  }
  return { ...secret, versions }
}

/** An old version makes room: its value stays in the history. */
function pruned(secret: Secret, id: string): Secret {
  const version = secret.versions[id]
  return version === undefined ? secret : { ...dropped(secret, id), past: { ...secret.past, [id]: version } }
}

/** Rotation is off: what was under way ends, the function and the rules stay. Source: 8.2, 6. */
export function turnedOff(secret: Secret): Secret {
  const { lastAt: _, ...rotation } = secret.rotation ?? { enabled: false }
  return { ...ended(secret, true), rotation: { ...rotation, enabled: false } }
}

export const isTooMany = (before: Secret['stages'], now: Secret['stages']): boolean =>
  Object.keys(now).length > MOST_LABELS && Object.keys(now).length > Object.keys(before).length

/** A version is gone, with its labels. */
function dropped(secret: Secret, version: string): Secret {
  const stages = Object.fromEntries(Object.entries(secret.stages).filter(([, holder]) => holder !== version))
  return { ...secret, versions: omit(secret.versions, version), had: [...secret.had, version], stages }
}

/** The rotation has ended: of a test nothing stays, unless it is current. */
export function ended(secret: Secret, functionMayWork: boolean): Secret {
  const { run } = secret
  if (run === undefined) return secret
  const rest = without(secret, 'run')
  const next = functionMayWork ? { ...rest, left: [...rest.left, run.token] } : rest
  return run.test && next.stages[CURRENT] !== run.token ? dropped(next, run.token) : next
}

/** What can happen to a secret by itself at `now`: purging, pruning, and the steps of a rotation. */
export function* stirs(secret: Secret, most: number, now: Moment): Generator<State> {
  if (secret.purgeAt !== undefined && secret.purgeAt[0] <= now[1]) yield undefined
  // Also of one that waits to be deleted.
  if (secret.surplus) {
    const [oldest] = removable(secret, now)
    if (oldest === undefined || Object.keys(secret.versions).length <= most) yield { ...secret, surplus: false }
    else yield pruned(secret, oldest)
  }
  if (secret.deletedAt !== undefined) return
  const { run, stages } = secret
  const tokens = run === undefined || run.test ? secret.left : [...secret.left, run.token]
  for (const token of tokens) {
    const version = secret.versions[token]
    const current = secret.versions[stages[CURRENT] ?? '']
    // createSecret puts a value of its own making, in the name of AWSPENDING.
    if (version?.content === NOTHING && current !== undefined && current.content !== NOTHING) {
      const versions = { ...secret.versions, [token]: { ...version, content: ANY, key: keyOf(secret) } }
      yield { ...secret, versions, stages: labelled(stages, PENDING, token), changedAt: now }
    }
    // finishSecret
    if (version !== undefined && version.content !== NOTHING && stages[CURRENT] !== token)
      yield { ...secret, stages: promoted(stages, token), changedAt: now }
  }
  if (run === undefined) return
  if (run.test) yield ended(secret, false)
  else if (stages[CURRENT] === run.token && secret.rotation !== undefined)
    yield { ...ended(secret, false), rotation: { ...secret.rotation, lastAt: now } }
  // Somebody has taken its label away.
  if (stages[PENDING] !== run.token && stages[CURRENT] !== run.token) yield ended(secret, false)
}

/** Whether everything has happened that must have by `now`, when nothing is left to do. */
export const isSettled = ({ purgeAt, surplus }: Secret, now: Moment): boolean =>
  !surplus && (purgeAt === undefined || purgeAt[1] > now[1])

/** ARNs of the KMS keys that sequences use, by the names that they are given by. */
export const KEYS = new Map<string, string>()

/** What ListSecretVersionIds shows of the key of a version that is written now. Source: 5. */
export function keyOf({ kmsKeyId }: Pick<Secret, 'kmsKeyId'>): string {
  if (kmsKeyId === undefined) return 'DefaultEncryptionKey'
  return KEYS.get(kmsKeyId) ?? kmsKeyId
}

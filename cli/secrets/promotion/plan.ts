import type { Pair, Seen } from './seen.ts'

/** What of a secret may be brought along. */
export const PARTS = ['value', 'description', 'tags', 'labels', 'policy'] as const
export type Part = (typeof PARTS)[number]

/** What is to be done with one secret, and how. */
export interface Wish {
  readonly parts: ReadonlySet<Part>
  /** What is there already may be changed; else it is in the way when it differs. */
  readonly overwrites: boolean
  /** Also into secrets that rotate, whose values are their own. */
  readonly intoRotating: boolean
  /** Compares values; without, whoever may write but not read over there puts a version in any case. */
  readonly compares: boolean
  /** The label of the version that is brought along. */
  readonly stage: string
  /** The label that it gets. */
  readonly as: string
}

export const CURRENT = 'AWSCURRENT'

/** A value as GetSecretValue answers it. */
export interface Value {
  readonly VersionId: string
  readonly SecretString?: string
  /** Base64. */
  readonly SecretBinary?: string
}

/** What must be read to know what a step would change; each is asked for only when it counts. */
export interface Sources {
  value(end: 'source' | 'target'): Promise<Value | undefined>
  /** The resource policy as JSON; undefined: there is none. */
  policy(end: 'source' | 'target'): Promise<string | undefined>
}

/** What is planned for one secret. */
export interface Step {
  readonly action: 'create' | 'change' | 'same' | 'blocked'
  readonly source: string
  readonly target: string
  readonly changes: readonly Change[]
  /** Why nothing can be done. */
  readonly reason?: string
  /** What should be known, although it stops nothing. */
  readonly note?: string
  /** The version that is brought along, and that which had the label over there when it was planned. */
  readonly version?: string
  readonly over?: string | undefined
}

export type Change =
  /** `keys`: of JSON objects, which differ; never what they hold. */
  | { readonly part: 'value'; readonly compared: boolean; readonly keys?: readonly string[] }
  | { readonly part: 'description' }
  | { readonly part: 'tags'; readonly tags: readonly (readonly [string, string])[] }
  | { readonly part: 'labels'; readonly labels: readonly string[] }
  | { readonly part: 'policy' }

/** What is to be done with one secret. Values are compared here and forgotten: a step knows versions, not values. */
export async function planned({ source, name, target }: Pair, wish: Wish, sources: Sources): Promise<Step> {
  const base = { source: source.name, target: name, changes: [] }
  const blocked = (reason: string): Step => ({ ...base, action: 'blocked', reason })
  const version = source.labels.get(wish.stage)
  if (version === undefined) return blocked(wish.stage === CURRENT ? 'has no value' : `has no version ${wish.stage}`)
  if (target?.deleted) return blocked('waits for its deletion: restore it, or delete it for good')
  if (target?.owner !== undefined) return blocked(`is kept by ${target.owner}`)
  const note = source.rotates ? { note: 'its rotation is not brought along' } : {}
  if (target === undefined && !wish.parts.has('value')) return blocked('is not there, and is made only with its value')
  if (target === undefined)
    return { ...base, ...note, action: 'create', changes: await forNew(source, wish, version, sources), version }
  const over = target.labels.get(wish.as)
  const changes = await differing(source, target, wish, sources)
  const value = changes.some(({ part }) => part === 'value')
  if (changes.length === 0) return { ...base, action: 'same' }
  if (!wish.overwrites) return { ...blocked('is there already and differs'), changes }
  if (value && target.rotates && !wish.intoRotating) return { ...blocked('rotates: its value is its own'), changes }
  return { ...base, ...note, action: 'change', changes, version, over }
}

async function forNew(source: Seen, { parts, as }: Wish, version: string, sources: Sources): Promise<Change[]> {
  // A secret is made with whatever it holds, so that is read when it is made.
  const changes: Change[] = parts.has('value') ? [{ part: 'value', compared: true }] : []
  if (parts.has('description') && source.description !== '') changes.push({ part: 'description' })
  if (parts.has('tags') && source.tags.size > 0) changes.push({ part: 'tags', tags: [...source.tags] })
  const labels = parts.has('labels') ? ownLabels(source, version, as) : []
  if (labels.length > 0) changes.push({ part: 'labels', labels })
  if (parts.has('policy') && (await sources.policy('source')) !== undefined) changes.push({ part: 'policy' })
  return changes
}

async function differing(source: Seen, target: Seen, wish: Wish, sources: Sources): Promise<Change[]> {
  const { parts, compares, stage, as } = wish
  const changes: Change[] = []
  if (parts.has('value')) {
    if (!compares) changes.push({ part: 'value', compared: false })
    else {
      const [mine, theirs] = await Promise.all([
        sources.value('source'),
        target.labels.has(as) ? sources.value('target') : undefined,
      ])
      if (mine !== undefined && !equal(mine, theirs)) {
        const keys = theirs && keysThatDiffer(mine, theirs)
        changes.push({ part: 'value', compared: true, ...(keys && { keys }) })
      }
    }
  }
  if (parts.has('description') && source.description !== '' && source.description !== target.description)
    changes.push({ part: 'description' })
  if (parts.has('tags')) {
    const tags = [...source.tags].filter(([key, value]) => target.tags.get(key) !== value)
    if (tags.length > 0) changes.push({ part: 'tags', tags })
  }
  if (parts.has('labels')) {
    const version = source.labels.get(stage) as string
    const there = target.labels.get(as)
    const labels = ownLabels(source, version, as).filter(
      (label) => changes.some(({ part }) => part === 'value') || target.labels.get(label) !== there,
    )
    if (labels.length > 0) changes.push({ part: 'labels', labels })
  }
  if (parts.has('policy')) {
    const [mine, theirs] = await Promise.all([sources.policy('source'), sources.policy('target')])
    // A policy that is there is never taken away by one that is not.
    if (mine !== undefined && !samePolicy(mine, theirs)) changes.push({ part: 'policy' })
  }
  return changes
}

/** The labels that people have put on a version; AWS's own move by themselves. */
const ownLabels = ({ labels }: Seen, version: string, as: string): string[] =>
  [...labels].flatMap(([label, on]) => (on === version && !label.startsWith('AWS') && label !== as ? [label] : []))

/** Same kind, same bytes. */
const equal = (a: Value, b: Value | undefined) =>
  a.SecretString === b?.SecretString && a.SecretBinary === b?.SecretBinary

/** Policies are the same when they say the same, however they are laid out. */
function samePolicy(a: string, b: string | undefined): boolean {
  if (a === b || b === undefined) return a === b
  try {
    return canonical(JSON.parse(a)) === canonical(JSON.parse(b))
  } catch {
    return false
  }
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

/** The names of the keys, at the top, that differ between two JSON objects; undefined where one of both is none. */
function keysThatDiffer(a: Value, b: Value): string[] | undefined {
  try {
    const [mine, theirs] = [objectIn(a), objectIn(b)]
    if (mine === undefined || theirs === undefined) return undefined
    const keys = [...new Set([...mine.keys(), ...theirs.keys()])]
    return keys.filter((key) => canonical(mine.get(key)) !== canonical(theirs.get(key)))
  } catch {
    // no JSON, or deeper than anybody reads: the value differs, and that is all there is to say
    return undefined
  }
}

function objectIn({ SecretString }: Value): ReadonlyMap<string, unknown> | undefined {
  const parsed: unknown = JSON.parse(SecretString ?? '')
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? new Map(Object.entries(parsed))
    : undefined
}

import {
  currentCannotBeRemoved,
  noVersionToMove,
  removeFromIsNotHolder,
  removeFromMissing,
  tooManyLabels,
} from './refusals.ts'

/**
 * The staging labels of one secret and the version that carries each. A label is on at most one version: the map can't
 * say otherwise, nor can the table's primary key. Order: when they were attached.
 */
export type Stages = ReadonlyMap<string, string>

export const CURRENT = 'AWSCURRENT'
export const PREVIOUS = 'AWSPREVIOUS'
export const PENDING = 'AWSPENDING'

/** Labels attached across all versions of one secret. Source: secretsmanager.md 4.5. */
const MOST_LABELS = 20

/** Labels on `version`, as they are shown: in the order of the alphabet. Source: rotation.md 3.3. */
export function labelsOf(stages: Stages, version: string): string[] {
  const labels: string[] = []
  for (const [stage, holder] of stages) if (holder === version) labels.push(stage)
  return labels.sort()
}

/** The labels by version, as DescribeSecret shows them, each version's as `labelsOf`; undefined when there are none. */
export function byVersion(stages: Stages): Record<string, string[]> | undefined {
  if (stages.size === 0) return undefined
  const versions: Record<string, string[]> = {}
  for (const [stage, version] of stages) {
    versions[version] ??= []
    versions[version].push(stage)
  }
  for (const labels of Object.values(versions)) labels.sort()
  return versions
}

function attach(stages: Map<string, string>, stage: string, version: string): void {
  if (stages.get(stage) === version) return
  stages.delete(stage)
  stages.set(stage, version)
}

/** What a write asks of the labels. */
export interface Placing {
  readonly version: string
  /** Labels asked for; default AWSCURRENT. */
  readonly wanted?: readonly string[] | undefined
  /** The secret has no version yet: AWSCURRENT comes on top of what was asked for. */
  readonly first?: boolean
  /** The version was there with this very content: labels are added to it, none of its own is taken. */
  readonly again?: boolean
}

/**
 * The labels after a value was written. Assumed: AWSPENDING goes also from a version that is not the old current one. Source:
 * secretsmanager.md 4.3, steps 1 to 5, 19.
 */
export function afterPut(stages: Stages, { version, wanted, first, again }: Placing): Stages {
  const labels = new Set(wanted ?? [CURRENT])
  if (first) labels.add(CURRENT)
  const next = new Map(stages)
  for (const label of labels) attach(next, label, version)
  if (!labels.has(CURRENT)) return next
  const before = stages.get(CURRENT)
  if (before !== undefined && before !== version) attach(next, PREVIOUS, before)
  if (!labels.has(PENDING) && !(again && next.get(PENDING) === version)) next.delete(PENDING)
  return next
}

/** What UpdateSecretVersionStage asks. */
export interface Move {
  readonly stage: string
  readonly to?: string | undefined
  readonly from?: string | undefined
}

/** The rule that needs no secret: one of the two versions must be named. Source: secretsmanager.md 8.22. */
export function checkMove({ to, from }: Move): void {
  if (to === undefined && from === undefined) throw noVersionToMove()
}

/**
 * The labels after UpdateSecretVersionStage; the versions it names are known to exist. AWSPREVIOUS follows AWSCURRENT and
 * nothing else; AWSPENDING stays on its version (recorded). Source: secretsmanager.md 8.22.
 */
export function afterMove(stages: Stages, { stage, to, from }: Move): Stages {
  if (stage === CURRENT && to === undefined) throw currentCannotBeRemoved()
  const holder = stages.get(stage)
  if (from !== undefined && from !== holder) throw removeFromIsNotHolder(stage)
  if (from === undefined && holder !== undefined && holder !== to) throw removeFromMissing(stage, holder)
  const next = new Map(stages)
  if (to === undefined) {
    next.delete(stage)
    return next
  }
  attach(next, stage, to)
  if (stage === CURRENT && holder !== undefined && holder !== to) attach(next, PREVIOUS, holder)
  return next
}

/** Refuses the 21st label, unless the write added none. Source: secretsmanager.md 4.5. */
export function checkLabels(before: Stages, after: Stages): void {
  if (after.size > MOST_LABELS && after.size > before.size) throw tooManyLabels()
}

/** Whether every label is where it was. */
export function sameStages(a: Stages, b: Stages): boolean {
  return a.size === b.size && [...a].every(([stage, version]) => b.get(stage) === version)
}

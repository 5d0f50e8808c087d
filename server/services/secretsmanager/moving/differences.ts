import type { Tags } from '#kernel/values/tags'
import { isReservedTagKey } from '#kernel/values/tags'
import { shownDocument } from '../model/policy.ts'
import type { Rotation } from '../model/rotation.ts'
import type { Secret } from '../model/secret.ts'
import { afterPut, CURRENT, PREVIOUS, sameStages, type Stages } from '../model/stages.ts'
import { withTags } from '../model/tags.ts'
import type { Wanted, WantedRotation } from './asked.ts'

/** The parts of a secret that an import can change, as its answer names them. */
export type Part = 'Versions' | 'Labels' | 'Description' | 'KmsKeyId' | 'Type' | 'Tags' | 'ResourcePolicy' | 'Rotation'

/** A version that is wanted, with the id that it has or gets. */
export interface PlacedVersion {
  readonly id: string
  readonly labels: readonly string[]
}

/**
 * The labels after an import of `versions`, oldest first. With `whole` these and no others, but AWSCURRENT, which never goes; else AWSCURRENT moves as by
 * PutSecretValue, and labels that are not spoken of stay. Imported once more it changes nothing.
 */
export function labelsAfter(before: Stages, versions: readonly PlacedVersion[], whole: boolean): Stages {
  const said = new Map(versions.flatMap(({ id, labels }) => labels.map((label) => [label, id] as const)))
  const [current, former] = [said.get(CURRENT), before.get(CURRENT)]
  if (whole) return reordered(before, current === undefined && former !== undefined ? said.set(CURRENT, former) : said)
  const moved = current === undefined || current === former ? before : afterPut(before, { version: current })
  // A version that is put is not the current one and the former one at once.
  const kept = [...moved].filter(([label, id]) => label !== PREVIOUS || id !== current)
  return new Map([...kept, ...said])
}

/** The labels wanted; those that stay keep their place. */
function reordered(before: Stages, after: Stages): Stages {
  const kept = [...before].filter(([label, id]) => after.get(label) === id)
  return new Map([...kept, ...after])
}

/** The tags after an import. AWS's own stay: nobody sets or takes them. */
export function tagsAfter(before: Tags | undefined, { tags, whole }: Pick<Wanted, 'tags' | 'whole'>): Tags | undefined {
  if (!whole) return tags === undefined ? before : withTags(before, tags)
  const reserved = [...(before ?? [])].filter(([key]) => isReservedTagKey(key))
  if (reserved.length === 0) return tags
  return new Map([...reserved, ...(tags ?? [])])
}

function sameTags(a: Tags | undefined, b: Tags | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}

/** The text members after an import: description, key and type. An empty text is none. */
export function textsAfter(
  secret: Pick<Secret, 'description' | 'kmsKeyId' | 'type'>,
  { description, kmsKeyId, type, whole }: Wanted,
): Pick<Secret, 'description' | 'kmsKeyId' | 'type'> {
  const after = (before: string | undefined, wanted: string | undefined) =>
    wanted === undefined && !whole ? before : wanted || undefined
  return {
    description: after(secret.description, description),
    kmsKeyId: after(secret.kmsKeyId, kmsKeyId),
    type: after(secret.type, type),
  }
}

/** Whether a rotation already is as it is wanted. What a rotation that is off last did is nobody's concern. */
export function sameRotation(before: Rotation | undefined, wanted: WantedRotation | undefined): boolean {
  if (wanted === undefined) return before?.enabled !== true
  if (before === undefined) return false
  const { rules } = before
  return (
    before.enabled === wanted.enabled &&
    before.functionArn === wanted.functionArn &&
    rules.automaticallyAfterDays === wanted.rules.automaticallyAfterDays &&
    rules.scheduleExpression === wanted.rules.scheduleExpression &&
    rules.duration === wanted.rules.duration
  )
}

/** A secret as it is and as it is to be. */
export interface Comparison {
  readonly secret: Secret
  readonly wanted: Wanted
  /** Whether versions are missing. */
  readonly versionsMissing: boolean
  readonly stages: { readonly before: Stages; readonly after: Stages }
  readonly policy: { readonly before: string | undefined; readonly boundOtherwise: boolean }
  readonly rotation: Rotation | undefined
}

/** Which parts differ; none: nothing is to be done. */
export function differences({ secret, wanted, ...found }: Comparison): Part[] {
  const { whole } = wanted
  const texts = textsAfter(secret, wanted)
  const parts: [Part, boolean][] = [
    ['Versions', found.versionsMissing],
    ['Labels', !sameStages(found.stages.before, found.stages.after)],
    ['Description', texts.description !== secret.description],
    ['KmsKeyId', texts.kmsKeyId !== secret.kmsKeyId],
    ['Type', texts.type !== secret.type],
    ['Tags', !sameTags(secret.tags, tagsAfter(secret.tags, wanted))],
    ['ResourcePolicy', policyDiffers(wanted, found.policy)],
    ['Rotation', (whole || wanted.rotation !== undefined) && !sameRotation(found.rotation, wanted.rotation)],
  ]
  return parts.flatMap(([part, differs]) => (differs ? [part] : []))
}

function policyDiffers({ policy, whole }: Wanted, { before, boundOtherwise }: Comparison['policy']): boolean {
  if (policy === undefined) return whole && before !== undefined
  // AWS answers a policy otherwise than it was sent: white space does not count.
  return before === undefined || boundOtherwise || shownDocument(before) !== shownDocument(policy)
}

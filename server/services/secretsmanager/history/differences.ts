import { type State, stagesIn } from '../model/as-of.ts'
import { type RestorePlan, readTags } from '../model/restore-plan.ts'

/** A member that becomes another one; without a value it was, or will be, not there. */
export interface Shown {
  readonly Member: string
  readonly From?: string
  readonly To?: string
}

const shown = (Member: string, From: string | undefined, To: string | undefined): Shown => ({
  Member,
  ...(From !== undefined && { From }),
  ...(To !== undefined && { To }),
})

/**
 * What a plan changes of a secret, member by member, tag by tag and label by label, as a person reads it. A policy says only that it
 * changes to who may not read it. Values of the secret are not in it: a label says which version it means.
 */
export function changesOf(now: State, plan: RestorePlan, seesPolicy: boolean): readonly Shown[] {
  const changes: Shown[] = []
  const { description, kmsKeyId, type, tags, policy, stages, purgeAt, undelete } = plan
  if (undelete) changes.push(shown('DeletedDate', momentOf(now.get('DeletedAt')), undefined))
  if (stages !== undefined) {
    const before = stagesIn(now)
    for (const stage of new Set([...before.keys(), ...stages.keys()])) {
      if (before.get(stage) !== stages.get(stage))
        changes.push(shown(`VersionStages/${stage}`, before.get(stage), stages.get(stage)))
    }
  }
  if (description) changes.push(shown('Description', now.get('Description'), description.to))
  if (kmsKeyId) changes.push(shown('KmsKeyId', now.get('KmsKeyId'), kmsKeyId.to))
  if (type) changes.push(shown('Type', now.get('Type'), type.to))
  if (tags !== undefined) {
    const [here, there] = [readTags(now), tags.to]
    for (const key of new Set([...(here?.keys() ?? []), ...(there?.keys() ?? [])])) {
      if (here?.get(key) !== there?.get(key)) changes.push(shown(`Tags/${key}`, here?.get(key), there?.get(key)))
    }
  }
  if (policy !== undefined) {
    changes.push(
      seesPolicy
        ? shown('ResourcePolicy', now.get('ResourcePolicy'), policy.to?.document)
        : { Member: 'ResourcePolicy' },
    )
  }
  if (purgeAt !== undefined) changes.push(shown('DeletionDate', undefined, new Date(purgeAt).toISOString()))
  return changes
}

const momentOf = (text: string | undefined) => text && new Date(Number(text)).toISOString()

import type { Call } from '#kernel/call'
import { checkName } from '../model/identity.ts'
import { tagsIn } from '../model/tags.ts'
import type { Env } from '../operation.ts'
import { type Said, type SecretTarget, targetOf } from '../target.ts'
import type { AskedImport } from './asked.ts'
import { tagsAfter } from './differences.ts'

const UNTAGS = 'secretsmanager:UntagResource'
const MOVES = 'secretsmanager:UpdateSecretVersionStage'

/**
 * What an import needs permission for: its own action, and those of AWS by which the same could be brought about. Which these are
 * follows from the request alone, so that a refusal does not tell whether there is such a secret. Tags that would take the caller's
 * own access away are refused as those of TagResource are. Throws the ValidationException for a wrong name.
 */
export async function importTargets(
  { secrets, cipher, random, limits }: Env,
  call: Call,
  asked: AskedImport,
): Promise<readonly SecretTarget[]> {
  checkName(asked.Name)
  const { KmsKeyId, OnConflict, Whole: whole = false } = asked
  const named = await secrets.findByName(asked.Name)
  // What waits for its deletion and gives its name up says nothing about the new one.
  const found = named?.deletedAt !== undefined && limits.nameReuse ? undefined : named
  const tags = tagsIn(asked.Tags)
  const overwrites = OnConflict === 'Overwrite'
  const said: Said = {
    foreign: true,
    context: {
      'secretsmanager:Name': asked.Name,
      'secretsmanager:Description': asked.Description,
      'secretsmanager:KmsKeyId': KmsKeyId,
      'secretsmanager:KmsKeyArn': KmsKeyId ? await cipher.resolve(KmsKeyId, call.account) : undefined,
      'secretsmanager:Type': asked.Type,
      'secretsmanager:RotationLambdaARN': asked.RotationLambdaARN || undefined,
      'secretsmanager:ModifyRotationRules': asked.RotationRules === undefined ? undefined : 'true',
    },
  }
  const targetFor = (more: Said) => targetOf(asked.Name, found, call, random, { ...said, ...more })
  const target = targetFor({ ...(tags && { requestTags: tags, newTags: tags }) })
  const after = tagsAfter(found?.tags, { tags, whole })
  // Which tags go and which labels move are conditions of AWS's operations; of what is there nothing is told to who may not even make it.
  const gone = [...(found?.tags?.keys() ?? [])].filter((key) => !after?.has(key))
  const labels = new Set<string | undefined>((asked.Versions ?? []).flatMap(({ VersionStages }) => VersionStages ?? []))
  if (whole && found !== undefined) for (const label of (await secrets.stages(found)).keys()) labels.add(label)
  const stages = labels.size === 0 ? [undefined] : [...labels]
  const rotates = asked.RotationRules !== undefined || Boolean(asked.RotationLambdaARN) || asked.RotationEnabled
  const needed: [string, boolean | undefined][] = [
    ['CreateSecret', true],
    ['TagResource', tags !== undefined && tags.size > 0],
    ['PutResourcePolicy', asked.ResourcePolicy !== undefined],
    ['RotateSecret', rotates],
    ['PutSecretValue', overwrites && (asked.Versions ?? []).length > 0],
    ['UpdateSecret', overwrites],
    ['DeleteResourcePolicy', overwrites && whole && asked.ResourcePolicy === undefined],
    ['CancelRotateSecret', overwrites && asked.RotationEnabled !== true && (whole || asked.RotationEnabled === false)],
  ]
  const targets = needed.flatMap(([action, isNeeded]) => (isNeeded ? [target.needing(`secretsmanager:${action}`)] : []))
  if (overwrites)
    for (const stage of stages)
      targets.push(targetFor({ action: MOVES, context: { ...said.context, 'secretsmanager:VersionStage': stage } }))
  if (overwrites && whole) targets.push(targetFor({ action: UNTAGS, tagKeys: gone }))
  const guards =
    overwrites && found !== undefined && (tags !== undefined || whole)
      ? [target.needing('secretsmanager:TagResource').after({ tags: after })]
      : []
  return [target, ...targets, ...guards]
}

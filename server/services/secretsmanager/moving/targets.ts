import type { Call } from '#kernel/call'
import { checkName } from '../model/identity.ts'
import { tagsIn } from '../model/tags.ts'
import type { Env } from '../operation.ts'
import { type SecretTarget, targetOf } from '../target.ts'
import type { AskedImport } from './asked.ts'
import { tagsAfter } from './differences.ts'

/**
 * What an import needs permission for: its own action, and those of AWS by which the same could be brought about. Which these are
 * follows from the request alone, so that a refusal does not tell whether there is such a secret. Tags that would take the caller's
 * own access away are refused as those of TagResource are. Throws the ValidationException for a wrong name.
 */
export async function importTargets(
  { secrets, cipher, random }: Env,
  call: Call,
  asked: AskedImport,
): Promise<readonly SecretTarget[]> {
  checkName(asked.Name)
  const { KmsKeyId, OnConflict, Whole: whole = false } = asked
  const found = await secrets.findByName(asked.Name)
  const tags = tagsIn(asked.Tags)
  const overwrites = OnConflict === 'Overwrite'
  const target = targetOf(asked.Name, found, call, random, {
    foreign: true,
    ...(tags && { requestTags: tags }),
    context: {
      'secretsmanager:Name': asked.Name,
      'secretsmanager:Description': asked.Description,
      'secretsmanager:KmsKeyId': KmsKeyId,
      'secretsmanager:KmsKeyArn': KmsKeyId ? await cipher.resolve(KmsKeyId, call.account) : undefined,
      'secretsmanager:Type': asked.Type,
      'secretsmanager:RotationLambdaARN': asked.RotationLambdaARN || undefined,
      'secretsmanager:ModifyRotationRules': asked.RotationRules === undefined ? undefined : 'true',
    },
  })
  const rotates = asked.RotationRules !== undefined || Boolean(asked.RotationLambdaARN) || asked.RotationEnabled
  const needed: [string, boolean | undefined][] = [
    ['CreateSecret', true],
    ['TagResource', tags !== undefined && tags.size > 0],
    ['PutResourcePolicy', asked.ResourcePolicy !== undefined],
    ['RotateSecret', rotates],
    ['PutSecretValue', overwrites && (asked.Versions ?? []).length > 0],
    ['UpdateSecret', overwrites],
    ['UpdateSecretVersionStage', overwrites],
    ['UntagResource', overwrites && whole],
    ['DeleteResourcePolicy', overwrites && whole && asked.ResourcePolicy === undefined],
    ['CancelRotateSecret', overwrites && asked.RotationEnabled !== true && (whole || asked.RotationEnabled === false)],
  ]
  const targets = needed.flatMap(([action, isNeeded]) => (isNeeded ? [target.needing(`secretsmanager:${action}`)] : []))
  const guards =
    overwrites && found !== undefined && (tags !== undefined || whole)
      ? [target.needing('secretsmanager:TagResource').after({ tags: tagsAfter(found.tags, { tags, whole }) })]
      : []
  return [target, ...targets, ...guards]
}

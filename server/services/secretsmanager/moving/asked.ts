import { ApiError } from '#kernel/error'
import type { Tag, Tags } from '#kernel/values/tags'
import { checkDocument } from '../model/policy.ts'
import type { RotationRules } from '../model/rotation.ts'
import { checkRules } from '../model/schedule.ts'
import { checkedTags, checkTagCount } from '../model/tags.ts'
import { checkType } from '../model/types.ts'
import { type Payload, payloadOf } from '../model/value.ts'

/** What becomes of a secret that is there already and is another one. */
export type OnConflict = 'Fail' | 'Skip' | 'Overwrite'

/** A version as ImportSecret has it. */
export interface AskedVersion {
  readonly VersionId?: string | undefined
  readonly CreatedDate?: Date | undefined
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
  readonly VersionStages?: readonly (string | undefined)[] | undefined
}

interface AskedRules {
  readonly AutomaticallyAfterDays?: number | undefined
  readonly Duration?: string | undefined
  readonly ScheduleExpression?: string | undefined
}

/** A whole secret, as ImportSecret has it. */
export interface AskedImport {
  readonly Name: string
  readonly Versions?: readonly AskedVersion[] | undefined
  readonly Description?: string | undefined
  readonly KmsKeyId?: string | undefined
  readonly Tags?: readonly Tag[] | undefined
  readonly Type?: string | undefined
  readonly ResourcePolicy?: string | undefined
  readonly RotationEnabled?: boolean | undefined
  readonly RotationLambdaARN?: string | undefined
  readonly RotationRules?: AskedRules | undefined
  readonly LastRotatedDate?: Date | undefined
  readonly OnConflict?: string | undefined
  readonly Whole?: boolean | undefined
  readonly DryRun?: boolean | undefined
}

/** A version on its way in. */
export interface WantedVersion {
  /** Undefined: whatever version holds this value under these labels. */
  readonly id: string | undefined
  readonly createdAt: number
  /** Of a text a copy, which is wiped. */
  readonly payload: Payload
  readonly labels: readonly string[]
}

/** What is asked of the rotation: as it was configured. */
export interface WantedRotation {
  readonly enabled: boolean
  readonly functionArn: string | undefined
  readonly rules: RotationRules
  readonly lastAt: number | undefined
}

/** What ImportSecret is to bring about; an undefined member is left as it is, or with `whole` taken away. */
export interface Wanted {
  readonly name: string
  readonly versions: readonly WantedVersion[]
  readonly description: string | undefined
  readonly kmsKeyId: string | undefined
  readonly type: string | undefined
  readonly tags: Tags | undefined
  readonly policy: string | undefined
  readonly rotation: WantedRotation | undefined
  readonly onConflict: OnConflict
  readonly whole: boolean
  readonly dryRun: boolean
}

/** The request, checked by the rules that look at it alone. Whoever calls wipes the texts. Texts of refusals are ours. */
export function wantedOf(asked: AskedImport, now: number): Wanted {
  checkType(asked.Type)
  const tags = asked.Tags && checkedTags(asked.Tags)
  if (tags) checkTagCount(tags, 'LimitExceededException')
  if (asked.ResourcePolicy !== undefined) checkDocument(asked.ResourcePolicy)
  checkVersions(asked.Versions ?? [], now)
  return {
    name: asked.Name,
    versions: (asked.Versions ?? []).map((version) => versionOf(version, now)),
    description: asked.Description,
    kmsKeyId: asked.KmsKeyId,
    type: asked.Type,
    tags,
    policy: asked.ResourcePolicy,
    rotation: rotationOf(asked, now),
    onConflict: (asked.OnConflict ?? 'Fail') as OnConflict,
    whole: asked.Whole === true,
    dryRun: asked.DryRun === true,
  }
}

const invalid = (text: string) => new ApiError('InvalidParameterException', text)

const CURRENT_ONLY: readonly string[] = ['AWSCURRENT']

function checkVersions(versions: readonly AskedVersion[], now: number): void {
  const ids = new Set<string>()
  const labels = new Set<string>()
  for (const version of versions) {
    const { VersionId: id, SecretString, SecretBinary, CreatedDate } = version
    if (id === undefined && versions.length > 1)
      throw invalid('Each version must have a VersionId when there are several.')
    if (id !== undefined && ids.has(id)) throw invalid('The same VersionId was given more than once.')
    if (id !== undefined) ids.add(id)
    if (SecretString === undefined && SecretBinary === undefined)
      throw invalid('Each version must have a SecretString or a SecretBinary.')
    if (CreatedDate !== undefined && !(CreatedDate.getTime() >= 0 && CreatedDate.getTime() <= now))
      throw invalid('The CreatedDate of a version must not be in the future.')
    for (const label of labelsIn(version)) {
      if (labels.has(label)) throw invalid('The same staging label was given to more than one version.')
      labels.add(label)
    }
  }
}

/** A version without an id is what the secret is to hold: current, unless it is said otherwise. */
function labelsIn({ VersionId, VersionStages }: AskedVersion): readonly string[] {
  if (VersionStages === undefined) return VersionId === undefined ? CURRENT_ONLY : []
  const labels = VersionStages.filter((label) => label !== undefined)
  return labels.length === 0 && VersionId === undefined ? CURRENT_ONLY : [...new Set(labels)]
}

function versionOf(version: AskedVersion, now: number): WantedVersion {
  const payload = payloadOf(version)
  if (payload === undefined) throw new Error('a version without a value passed the check')
  const { VersionId: id, CreatedDate } = version
  return { id, createdAt: CreatedDate?.getTime() ?? now, payload, labels: labelsIn(version) }
}

function rotationOf(asked: AskedImport, now: number): WantedRotation | undefined {
  const { RotationEnabled, RotationLambdaARN, RotationRules, LastRotatedDate } = asked
  if (RotationEnabled === undefined && !RotationLambdaARN && RotationRules === undefined) return undefined
  const rules = {
    automaticallyAfterDays: RotationRules?.AutomaticallyAfterDays,
    scheduleExpression: RotationRules?.ScheduleExpression,
    duration: RotationRules?.Duration,
  }
  if (RotationRules !== undefined) checkRules(rules)
  const lastAt = LastRotatedDate?.getTime()
  if (lastAt !== undefined && !(lastAt >= 0 && lastAt <= now))
    throw invalid('The LastRotatedDate must not be in the future.')
  const enabled = RotationEnabled ?? true
  if (enabled && !RotationLambdaARN) throw invalid('Rotation can not be enabled without a RotationLambdaARN.')
  return { enabled, functionArn: RotationLambdaARN || undefined, rules, lastAt: enabled ? lastAt : undefined }
}

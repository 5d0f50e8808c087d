import { decide } from '#kernel/authorization/authorize'
import type { Decision } from '#kernel/authorization/evaluate'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { type Compared, compare } from '../model/difference.ts'
import { live, type Sealed, type Secret } from '../model/secret.ts'
import { present } from '../model/shown.ts'
import { CURRENT, labelsOf, PREVIOUS, type Stages } from '../model/stages.ts'
import type { Env } from '../operation.ts'
import { type SecretTarget, targetOf } from '../target.ts'
import { keptVersion, meantBy } from './meant.ts'
import { noteRead } from './reading.ts'
import type { AskedComparison, ToldComparison, ToldDifference, ToldVersion } from './told.ts'

const READS = 'secretsmanager:GetSecretValue'
const REVEALS = 'strongroom:RevealSecretDifferences'

/**
 * The permission of its own; who is to be shown values needs the one for that, and GetSecretValue for both versions. Without values a
 * comparison still says which keys there are, and, to who puts a guess beside a value, whether it is right: who is denied GetSecretValue
 * in so many words gets none. What has no such versions is asked for all the same: only who may see them learns that they are not there.
 */
export async function comparisonTargets(
  env: Env,
  call: Call,
  { SecretId, From = PREVIOUS, To = CURRENT, Reveal }: AskedComparison,
): Promise<readonly SecretTarget[]> {
  const { secrets, random } = env
  const secret = await secrets.find(SecretId)
  const target = targetOf(SecretId, secret, call, random, { foreign: true })
  const reading = await Promise.all(
    [From, To].map(async (text) => {
      const id = secret && (await idOf(env, call, secret, text))
      const stage = secret && (await secrets.stages(secret)).has(text) ? text : undefined
      return targetOf(SecretId, secret, call, random, {
        foreign: true,
        action: READS,
        context: { 'secretsmanager:VersionId': id, 'secretsmanager:VersionStage': stage },
      })
    }),
  )
  if (Reveal === true) return [target, target.needing(REVEALS), ...reading]
  return [target, ...reading.filter((one) => isDenied(decide(call, 'secretsmanager', READS, one)))]
}

const isDenied = (decision: Decision) => !decision.allowed && decision.explicit

/** The id of the version that a text names; undefined when it names none. */
async function idOf({ secrets }: Env, call: Call, secret: Secret, text: string): Promise<string | undefined> {
  try {
    return (await meantBy(secrets, secret, text, call.now)).id
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

/** What differs between two versions; values are opened in the caller's name, whose rights on their keys count, and told on demand only. */
export async function compareVersions(env: Env, call: Call, asked: AskedComparison): Promise<ToldComparison> {
  const { secrets, cipher } = env
  const { SecretId, From = PREVIOUS, To = CURRENT, Reveal = false } = asked
  const secret = live(await secrets.find(SecretId))
  const versions: Sealed[] = []
  for (const text of [From, To])
    versions.push(await keptVersion(secrets, secret, await meantBy(secrets, secret, text, call.now)))
  const [from, to] = versions as [Sealed, Sealed]
  const before = await cipher.open(secret, from)
  try {
    const after = await cipher.open(secret, to)
    try {
      const identical = from.kind === to.kind && before.equals(after)
      const stages = await secrets.stages(secret)
      if (Reveal) for (const { id } of versions) noteRead(env, call, secret, id)
      return {
        ARN: secret.arn,
        Name: secret.name,
        From: shownVersion(from, stages),
        To: shownVersion(to, stages),
        Identical: identical,
        ...comparison({ kind: from.kind, bytes: before }, { kind: to.kind, bytes: after }, identical, Reveal),
      }
    } finally {
      after.fill(0)
    }
  } finally {
    before.fill(0)
  }
}

interface Value {
  readonly kind: Sealed['kind']
  readonly bytes: Buffer
}

type Told = Pick<ToldComparison, 'Format' | 'Differences' | 'Truncated'>

function comparison(from: Value, to: Value, identical: boolean, reveal: boolean): Told {
  if (from.kind === 'string' && to.kind === 'string') {
    const { format, differences, truncated }: Compared = compare(from.bytes.toString('utf8'), to.bytes.toString('utf8'))
    const Differences = differences.map(({ path: Path, change: Change, from: From, to: To }) =>
      reveal ? present({ Path, Change, From, To }) : { Path, Change },
    )
    return { Format: format, Differences, ...(truncated && { Truncated: true }) }
  }
  if (identical) return { Format: 'Binary', Differences: [] }
  const whole: ToldDifference = { Path: '', Change: 'Changed', ...(reveal && { From: shown(from), To: shown(to) }) }
  return { Format: 'Binary', Differences: [whole] }
}

/** Binary values in base64, as on the wire. */
const shown = ({ kind, bytes }: Value) => bytes.toString(kind === 'binary' ? 'base64' : 'utf8')

function shownVersion({ id, createdAt }: Sealed, stages: Stages): ToldVersion {
  const labels = labelsOf(stages, id)
  return { VersionId: id, CreatedDate: new Date(createdAt), ...(labels.length > 0 && { VersionStages: labels }) }
}

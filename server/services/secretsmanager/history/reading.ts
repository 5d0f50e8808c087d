import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { versionOrTime } from '../model/history-refusals.ts'
import { dayOf, live, type Secret } from '../model/secret.ts'
import { CURRENT } from '../model/stages.ts'
import type { Env } from '../operation.ts'
import type { AskedPast, SecretValue } from '../port.ts'
import { openReading, selectionOf } from '../reading.ts'
import { type SecretTarget, targetOf } from '../target.ts'
import { currentAt, keptVersion, wasThere } from './meant.ts'

/** The permission of its own and GetSecretValue, for the version that is meant. */
export async function pastValueTargets(env: Env, call: Call, asked: AskedPast): Promise<readonly SecretTarget[]> {
  const { SecretId, VersionId, AsOf } = asked
  const { secrets, random } = env
  const secret = await secrets.find(SecretId)
  let id = VersionId
  if (AsOf !== undefined && secret !== undefined) {
    try {
      id ??= await currentAt(secrets, secret, AsOf.getTime(), call.now)
    } catch (error) {
      // Only who may read it learns that there is none.
      if (!(error instanceof ApiError)) throw error
    }
  }
  const context = { 'secretsmanager:VersionId': id }
  return [
    targetOf(SecretId, secret, call, random, { foreign: true }),
    targetOf(SecretId, secret, call, random, { foreign: true, action: 'secretsmanager:GetSecretValue', context }),
  ]
}

/** Notes that a value was read, as GetSecretValue does. */
export function noteRead({ accessed, readers }: Env, call: Call, secret: Secret, version: string): void {
  accessed.note(secret.account, secret.region, secret.id, version, dayOf(call.now))
  readers.note(secret, version, call.caller.principalArn, call.now, false)
}

/** The value of a version, of the secret or of its history; refuses what GetSecretValue refuses. */
export async function readPast(env: Env, call: Call, asked: AskedPast): Promise<SecretValue> {
  const { SecretId, VersionId, AsOf } = asked
  if (VersionId !== undefined && AsOf !== undefined) throw versionOrTime()
  const { secrets, cipher } = env
  const secret = live(await secrets.find(SecretId))
  const at = AsOf?.getTime()
  const id =
    at === undefined
      ? (VersionId ?? (await secrets.stages(secret)).get(CURRENT))
      : await currentAt(secrets, secret, at, call.now)
  const here = id === undefined ? undefined : await secrets.version(secret, id)
  if (id === undefined || (here !== undefined && wasThere(here, at))) {
    const wanted = { SecretId, ...(id !== undefined && { VersionId: id }) }
    return openReading(await secrets.read(selectionOf(wanted)), wanted, env, call)
  }
  const version = await keptVersion(secrets, secret, { id, ...(at !== undefined && { at }) })
  const value = await cipher.open(secret, version)
  try {
    noteRead(env, call, secret, id)
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: id,
      ...(version.kind === 'string'
        ? { SecretString: value.toString('utf8') }
        : { SecretBinary: Uint8Array.from(value) }),
      CreatedDate: new Date(version.createdAt),
    }
  } finally {
    value.fill(0)
  }
}

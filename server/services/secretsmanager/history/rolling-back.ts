import type { Call } from '#kernel/call'
import { tokenMissing, versionNotFound } from '../model/refusals.ts'
import { alreadyCurrent } from '../model/restore-refusals.ts'
import { live, ownable } from '../model/secret.ts'
import { CURRENT, labelsOf } from '../model/stages.ts'
import type { Env } from '../operation.ts'
import { checkRotationToken } from '../rotation-token.ts'
import { write } from '../writing.ts'
import type { AskedRollBack, RolledBack } from './asked.ts'
import { versionNamed } from './state-at.ts'

/**
 * Puts the content of an old version into a secret once more: what PutSecretValue would do with the value that GetSecretValue answered,
 * in one unit, and with the value in nobody's hands. A call that comes again with its token answers as the first one did, though labels
 * mean other versions by then: they are looked up as they were before that first one.
 */
export async function rollBack(
  env: Env,
  call: Call,
  { SecretId, To, ClientRequestToken: token }: AskedRollBack,
): Promise<RolledBack> {
  const { secrets, cipher, rotating } = env
  if (token === undefined) throw tokenMissing()
  const secret = ownable(live(await secrets.find(SecretId)), call.via)
  await checkRotationToken(env, call, secret, token, undefined)
  const made = await secrets.version(secret, token)
  const at = made === undefined ? undefined : made.createdAt - 1
  const { version } = await versionNamed(secrets, secret, To, { now: call.now, at })
  if (version.kind === 'empty') throw versionNotFound(version.id)
  if (made === undefined && (await secrets.stages(secret)).get(CURRENT) === version.id) throw alreadyCurrent(version.id)
  const bytes = await cipher.open(secret, version)
  try {
    const payload = { kind: version.kind, bytes }
    const { repeated, stages } = await write(env, call, secret, { token, payload, fills: false })
    if (!repeated) {
      await secrets.changed(secret, call.now)
      await rotating.written(secret, secret.rotation, token, call.now)
    }
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: token,
      VersionStages: labelsOf(stages, token),
      FromVersionId: version.id,
    }
  } finally {
    bytes.fill(0)
  }
}

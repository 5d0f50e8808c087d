import type { Call } from '#kernel/call'
import { before, type State, stagesIn, stateOf } from '../model/as-of.ts'
import { tokenMissing } from '../model/refusals.ts'
import { alreadyCurrent } from '../model/restore-refusals.ts'
import { live, ownable, type Version } from '../model/secret.ts'
import { CURRENT, labelsOf, type Stages } from '../model/stages.ts'
import type { Env } from '../operation.ts'
import { checkRotationToken } from '../rotation-token.ts'
import type { Found } from '../rows.ts'
import type { Secrets } from '../store.ts'
import { write } from '../writing.ts'
import type { AskedRollBack, RolledBack } from './asked.ts'
import { keptVersion, meantBy } from './meant.ts'

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
  const stages = made && (await stagesBefore(secrets, secret, token))
  const labelled = stages?.get(To)
  const meant = labelled === undefined ? await meantBy(secrets, secret, To, call.now) : { id: labelled }
  const version = await keptVersion(secrets, secret, meant)
  if (made === undefined && (await isCurrent(secrets, secret, version))) throw alreadyCurrent(version.id)
  if (version.kind === 'empty') throw new Error(`version ${version.id} was chosen without a value`)
  const bytes = await cipher.open(secret, version)
  try {
    const payload = { kind: version.kind, bytes }
    const written = await write(env, call, secret, { token, payload, fills: false })
    if (!written.repeated) {
      await secrets.changed(secret, call.now)
      await rotating.written(secret, secret.rotation, token, call.now)
    }
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: token,
      VersionStages: labelsOf(written.stages, token),
      FromVersionId: version.id,
    }
  } finally {
    bytes.fill(0)
  }
}

/** The current version can have the id of one that was pruned, and be another. */
async function isCurrent(secrets: Secrets, secret: Found, { id, createdAt }: Version): Promise<boolean> {
  const current = (await secrets.stages(secret)).get(CURRENT)
  return current === id && (await secrets.version(secret, id))?.createdAt === createdAt
}

/** The labels as they were before the change by which a version came; undefined when that is not known any more. */
async function stagesBefore(secrets: Secrets, secret: Found, version: string): Promise<Stages | undefined> {
  const maker = await secrets.history.maker(secret, version)
  if (maker === undefined) return undefined
  let state: State | undefined = stateOf(secret, secret.policy, await secrets.stages(secret))
  let found: Stages | undefined
  await secrets.history.walk(secret, maker.at - 1, undefined, ({ number, changes }) => {
    state = state && before(state, changes)
    if (number === maker.number) found = state && stagesIn(state)
    return state !== undefined && number !== maker.number
  })
  return found
}

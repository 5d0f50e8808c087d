import type { Call } from '#kernel/call'
import { roomForOneMore, KEPT_MS } from './model/history.ts'
import { tokenInUse, tooManyVersions } from './model/refusals.ts'
import type { Secret } from './model/secret.ts'
import { afterPut, checkLabels, CURRENT, type Stages } from './model/stages.ts'
import type { Payload } from './model/value.ts'
import type { Env } from './operation.ts'

/** A value on its way into a secret. */
export interface Write {
  readonly token: string
  readonly payload: Payload
  /** Labels asked for; default AWSCURRENT. */
  readonly wanted?: readonly string[] | undefined
  /** A version of that id without a value (a rotation's placeholder) is filled: PutSecretValue only. */
  readonly fills: boolean
}

/** What became of it. `repeated`: the version was there with this very value. */
export interface Written {
  readonly repeated: boolean
  /** The labels of the secret now. */
  readonly stages: Stages
}

/**
 * Puts a value into a secret as version `token`: a new version, one filled, or (the token known with the same content)
 * no change but labels that are asked for by name. Moves labels, checks quotas, has old versions pruned; the time of the
 * change is the caller's to set. Throws ResourceExistsException for a token known with other content.
 * Source: secretsmanager.md 1.8, 4.3, 4.4.
 */
export async function write(env: Env, call: Call, secret: Secret, request: Write): Promise<Written> {
  const { secrets, cipher } = env
  const { token, payload, wanted, fills } = request
  const version = await secrets.version(secret, token)
  const before = await secrets.stages(secret)
  if (version !== undefined && !(version.kind === 'empty' && fills)) {
    if (version.kind === 'empty' || !(await cipher.holds(secret, version, payload))) {
      throw tokenInUse(token, secret.arn)
    }
    if (wanted === undefined) return { repeated: true, stages: before }
    const stages = afterPut(before, { version: token, wanted, again: true })
    checkLabels(before, stages)
    await secrets.saveStages(secret, before, stages, call.now)
    return { repeated: true, stages }
  }
  const content = await cipher.seal(secret, token, secret.kmsKeyId, payload)
  let first = false
  if (version !== undefined) {
    await secrets.fill(secret, { ...version, ...content }, call.now)
  } else {
    const total = await secrets.countVersions(secret)
    first = total === 0
    await makeRoom(env, call, secret, total)
    await secrets.insertVersion(secret, { id: token, createdAt: call.now, accessedDay: 0, ...content })
  }
  const stages = afterPut(before, { version: token, wanted, first })
  checkLabels(before, stages)
  await secrets.saveStages(secret, before, stages, call.now)
  return { repeated: false, stages }
}

/**
 * Makes version `token` a copy of the current value, for a function to test: opened and sealed anew in the name of the
 * caller, since a value is bound to its version. False when there is no value to copy. Source: rotation.md 5.
 */
export async function copyForTest(env: Env, call: Call, secret: Secret, token: string): Promise<boolean> {
  const { secrets, cipher } = env
  const current = (await secrets.stages(secret)).get(CURRENT)
  const version = current === undefined ? undefined : await secrets.version(secret, current)
  if (version === undefined || version.kind === 'empty') return false
  const bytes = await cipher.open(secret, version)
  try {
    const content = await cipher.seal(secret, token, secret.kmsKeyId, { kind: version.kind, bytes })
    await makeRoom(env, call, secret, await secrets.countVersions(secret))
    await secrets.insertVersion(secret, { id: token, createdAt: call.now, accessedDay: 0, ...content })
    return true
  } finally {
    bytes.fill(0)
  }
}

/** Sees to it that one more version than `total` fits. Source: secretsmanager.md 4.4. */
export async function makeRoom(
  { secrets, later, limits }: Env,
  call: Call,
  secret: Secret,
  total: number,
): Promise<void> {
  if (total < limits.versions) return
  const removable = await secrets.deprecated(secret, call.now - KEPT_MS, total)
  const { room, prune } = roomForOneMore(total, removable.length, limits.versions)
  if (!room) throw tooManyVersions()
  if (prune) await later.prune(secret, call.now)
}

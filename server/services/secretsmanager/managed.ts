import { wipe, payloadOf } from './model/value.ts'
import type { Call } from '#kernel/call'
import type { Secret as Value } from '#kernel/values/bytes'
import { text } from '#kernel/random'
import { principalOf } from './model/configured.ts'
import { secretArn } from './model/identity.ts'
import { nameTaken, previousRotation } from './model/refusals.ts'
import { pendingVersion, PROMPT_MS } from './model/rotation-run.ts'
import { existing, live, type Secret } from './model/secret.ts'
import { CURRENT } from './model/stages.ts'
import type { Env } from './operation.ts'
import type { ManagedSecrets, ManagedState, NewManagedSecret } from './port.ts'
import { write } from './writing.ts'

/** How long a secret that was given up can be restored. */
const RECOVERY_MS = 30 * 86_400_000
/** Runs that fail until the password counts as impaired. Source: rotation.md 11. */
const IMPAIRED_AFTER = 3

/** See `ManagedSecrets`. */
export class Managed implements ManagedSecrets {
  readonly #env: Env
  readonly #call: Call

  constructor(env: Env, call: Call) {
    this.#env = env
    this.#call = call
  }

  async create(wanted: NewManagedSecret): Promise<string> {
    const { secrets, quota, random, rotating } = this.#env
    const { account, region, now, caller } = this.#call
    if ((await secrets.findByName(wanted.name)) !== undefined) throw nameTaken(wanted.name)
    await quota.check(this.#call, () => secrets.lists.count())
    const secret: Secret = {
      account,
      region,
      id: random.uuid(),
      arn: secretArn(region, account, wanted.name, text(random, 6)),
      name: wanted.name,
      type: undefined,
      description: wanted.description,
      kmsKeyId: wanted.kmsKeyId,
      owningService: wanted.owner,
      tags: wanted.tags,
      createdAt: now,
      changedAt: now,
      accessedDay: 0,
      deletedAt: undefined,
      purgeAt: undefined,
    }
    if (!(await secrets.insert(secret))) throw nameTaken(wanted.name)
    const payload = payloadOf({ SecretString: wanted.value.reveal() })
    if (payload === undefined) throw new Error('a managed secret needs a value')
    try {
      await write(this.#env, this.#call, secret, { token: random.uuid(), payload, fills: false })
    } finally {
      wipe(payload)
    }
    if (wanted.days === undefined) return secret.arn
    const rotation = {
      enabled: true,
      functionArn: undefined,
      rules: { automaticallyAfterDays: wanted.days },
      lastAt: undefined,
      basedAt: now,
      planned: undefined,
      configuredBy: principalOf(caller),
    }
    await rotating.schedule(secret, rotation, now, now + PROMPT_MS)
    await rotating.begin(secret, random.uuid(), now)
    return secret.arn
  }

  async put(arn: string, value: Value): Promise<void> {
    const { secrets, random } = this.#env
    const { now } = this.#call
    const secret = live(await secrets.find(arn))
    const payload = payloadOf({ SecretString: value.reveal() })
    if (payload === undefined) throw new Error('a managed secret needs a value')
    try {
      await write(this.#env, this.#call, secret, { token: random.uuid(), payload, fills: false })
    } finally {
      wipe(payload)
    }
    await secrets.changed(secret, now)
  }

  async state(arn: string): Promise<ManagedState | undefined> {
    const { secrets } = this.#env
    const secret = await secrets.find(arn)
    if (secret === undefined) return undefined
    const run = await secrets.rotations.run(secret)
    const rotated = secret.rotation?.lastAt !== undefined
    const status =
      run === undefined
        ? rotated
          ? 'active'
          : 'creating'
        : run.attempt > IMPAIRED_AFTER
          ? 'impaired'
          : rotated
            ? 'rotating'
            : 'creating'
    const current = (await secrets.stages(secret)).get(CURRENT)
    const version = current === undefined ? undefined : await secrets.version(secret, current)
    return { status, keyArn: version?.keyArn, failure: run?.failure }
  }

  async rotate(arn: string): Promise<void> {
    const { secrets, rotating, random } = this.#env
    const { now } = this.#call
    const secret = existing(await secrets.find(arn))
    const run = await secrets.rotations.run(secret)
    if (run !== undefined) return rotating.retry(secret, run, now)
    if (pendingVersion(await secrets.stages(secret)) !== undefined) throw previousRotation()
    if (secret.rotation !== undefined) await rotating.schedule(secret, { ...secret.rotation, basedAt: now }, now)
    await rotating.begin(secret, random.uuid(), now)
  }

  async remove(arn: string): Promise<void> {
    const { secrets, later } = this.#env
    const secret = await secrets.find(arn)
    if (secret === undefined) return
    await secrets.remove(secret, this.#call.now)
    await later.keep(secret)
    await later.unplan(secret)
    await later.unstep(secret)
    await later.unwatch(secret)
  }

  async release(arn: string): Promise<void> {
    const { secrets, later, rotating } = this.#env
    const { now } = this.#call
    const secret = await secrets.find(arn)
    if (secret === undefined) return
    await rotating.turnOff(secret, secret.rotation, now)
    const purgeAt = now + RECOVERY_MS
    const tags = secret.tags && new Map([...secret.tags].filter(([key]) => !/^aws:/i.test(key)))
    await secrets.save({ ...secret, owningService: undefined, tags, deletedAt: now, purgeAt, changedAt: now })
    await later.purge(secret, purgeAt)
  }
}

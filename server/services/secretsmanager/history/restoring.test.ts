import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, test } from 'node:test'
import { allow, documentOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { clientsOf } from '../../../test/conformance/session.ts'
import { type Postgres, postgresMissing, startPostgres } from '../../../test/postgres.ts'
import { type Started, type StartOptions, start } from '../../../test/start.ts'
import { type Own, ownOf } from '../../strongroom/test/own.ts'

/* Restoring on both engines: whatever was done to secrets, each moment of it can be had back. */

type Clients = ReturnType<typeof clientsOf>

const NAMES = ['p/a', 'p/b', 'p/c', 'p/d']
/** Few, since each asks for all that there is; `STEPS=400 SEED=1` for a longer journey. */
const STEPS = Number(process.env.STEPS ?? 20)
const EVERY = 5

/** Chance that is the same for a seed: mulberry32. */
function chanceOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** All that can be brought back of the secrets, by name; those that are not there are not in it. */
async function snapshot({ secrets }: Clients): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {}
  const { SecretList = [] } = await secrets.listSecrets({ IncludePlannedDeletion: true })
  for (const { Name = '' } of SecretList) {
    const described = await secrets.describeSecret({ SecretId: Name })
    const { Description, KmsKeyId, Tags = [], VersionIdsToStages = {}, DeletedDate } = described
    const deleted = DeletedDate !== undefined
    const read = async () => {
      const { SecretString } = await secrets.getSecretValue({ SecretId: Name })
      return [SecretString, (await secrets.getResourcePolicy({ SecretId: Name })).ResourcePolicy]
    }
    const tags = Tags.map(({ Key, Value }) => `${Key}=${Value}`).sort()
    const labels = Object.entries(VersionIdsToStages).map(([id, stages]) => `${id} ${stages.toSorted()}`)
    all[Name] = { Description, KmsKeyId, tags, labels: labels.sort(), deleted, read: deleted ? [] : await read() }
  }
  return all
}

type Change = (SecretId: string, chance: (below: number) => number) => Promise<unknown>

function changesOf({ secrets }: Clients, keys: readonly string[]): readonly Change[] {
  const tag = (chance: (below: number) => number) => ({ Key: `k${chance(3)}`, Value: `v${chance(3)}` })
  return [
    (SecretId, chance) => secrets.putSecretValue({ SecretId, SecretString: `value ${chance(1000)}` }),
    (SecretId, chance) => secrets.putSecretValue({ SecretId, SecretString: `value ${chance(1000)}` }),
    (SecretId, chance) =>
      secrets.putSecretValue({ SecretId, SecretString: `mine ${chance(1000)}`, VersionStages: [`MINE${chance(2)}`] }),
    (SecretId, chance) => secrets.updateSecret({ SecretId, Description: `text ${chance(3)}` }),
    (SecretId, chance) => secrets.updateSecret({ SecretId, KmsKeyId: keys[chance(keys.length)] ?? '' }),
    (SecretId, chance) => secrets.tagResource({ SecretId, Tags: [tag(chance)] }),
    (SecretId, chance) => secrets.untagResource({ SecretId, TagKeys: [tag(chance).Key] }),
    (SecretId, chance) => {
      const root = { Principal: { AWS: '111122223333' } }
      const ResourcePolicy = documentOf(allow(`secretsmanager:${['Get', 'Put'][chance(2)]}SecretValue`, '*', root))
      return secrets.putResourcePolicy({ SecretId, ResourcePolicy })
    },
    (SecretId) => secrets.deleteResourcePolicy({ SecretId }),
    async (SecretId) => {
      const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId })
      const holder = (stage: string) =>
        Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(stage))?.[0]
      const [MoveToVersionId, RemoveFromVersionId] = [holder('AWSPREVIOUS'), holder('AWSCURRENT')]
      const VersionStage = 'AWSCURRENT'
      await secrets.updateSecretVersionStage({ SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId })
    },
    (SecretId) => secrets.deleteSecret({ SecretId }),
    (SecretId) => secrets.restoreSecret({ SecretId }),
    (SecretId) => secrets.restoreSecret({ SecretId }),
  ]
}

/** Does anything to secrets, and goes back to any moment of it, again and again: what is seen then is what was seen. */
async function journey(server: Started, clients: Clients, own: Own, seed: number): Promise<void> {
  const chance = chanceOf(seed)
  const keys = [await clients.kms.createKey({}), await clients.kms.createKey({})]
  const changes = changesOf(clients, ['', ...keys.map(({ KeyMetadata }) => KeyMetadata?.KeyId ?? '')])
  const moments: { readonly at: number; readonly all: Record<string, unknown> }[] = []
  const noted = async () => {
    moments.push({ at: server.clock.now() / 1000, all: await snapshot(clients) })
    await server.clock.advance({ seconds: 1 })
  }
  for (const Name of NAMES) {
    await clients.secrets.createSecret({ Name, SecretString: 'first' })
    await noted()
  }
  for (let step = 0; step < STEPS; step++) {
    const change = changes[chance(changes.length)] as Change
    const name = NAMES[chance(NAMES.length)] as string
    await change(name, chance).catch((error: Error) => {
      assert.match(
        error.name,
        /^(InvalidRequest|InvalidParameter|ResourceNotFound)Exception$/,
        `seed ${seed}: ${error}`,
      )
    })
    await noted()
    if (step % EVERY !== EVERY - 1) continue
    const { at, all } = moments[chance(moments.length)] as (typeof moments)[number]
    for (let NextToken: string | undefined, first = true; first || NextToken !== undefined; first = false) {
      const input = { Prefix: 'p/', AsOf: at, DryRun: false, MaxResults: 3, ...(NextToken && { NextToken }) }
      const page = await own('RestoreSecrets', input)
      for (const one of page.Secrets)
        assert.match(one.Status, /^(Restored|CreatedSince)$/, `seed ${seed}: ${JSON.stringify(one)}`)
      NextToken = page.NextToken
    }
    const now = await snapshot(clients)
    for (const [Name, was] of Object.entries(all))
      assert.deepEqual(now[Name], was, `seed ${seed}, step ${step}, ${Name}`)
    await noted()
  }
}

/** Two who go back at once while others write: everything is answered, and nothing is half done. */
async function crowd(server: Started, clients: Clients, own: Own): Promise<void> {
  const names = Array.from({ length: 6 }, (_, at) => `crowd/${at}`)
  for (const Name of names) await clients.secrets.createSecret({ Name, SecretString: 'first', Description: 'first' })
  const AsOf = server.clock.now() / 1000
  await server.clock.advance({ seconds: 1 })
  for (const SecretId of names) await clients.secrets.updateSecret({ SecretId, SecretString: 'x', Description: 'x' })
  await server.clock.advance({ seconds: 1 })
  const back = () => own('RestoreSecrets', { Prefix: 'crowd/', AsOf, DryRun: false })
  const write = (SecretId: string) => clients.secrets.updateSecret({ SecretId, SecretString: 'y', Description: 'y' })
  await Promise.all([back(), ...names.toReversed().map(write), back()])
  for (const SecretId of names) {
    const { Description } = await clients.secrets.describeSecret({ SecretId })
    const { SecretString } = await clients.secrets.getSecretValue({ SecretId })
    assert.equal(SecretString, Description)
  }
}

async function on(options: StartOptions): Promise<void> {
  const seed = Number(process.env.SEED ?? randomInt(1_000_000_000))
  await using server = await start({ standing: true, ...options })
  const clients = clientsOf(server, server.credentials)
  try {
    const own = ownOf(server)
    await journey(server, clients, own, seed)
    await crowd(server, clients, own)
  } finally {
    clients.destroy()
  }
}

let cluster: Postgres | undefined
after(() => cluster?.[Symbol.asyncDispose]())

test('SQLite: each moment of any changes can be had back, also while others write', () => on({ engine: 'file' }))

test('PostgreSQL: the same', { skip: postgresMissing() ?? false }, async () => {
  cluster = await startPostgres()
  await on({ engine: { postgres: await cluster.database() } })
})

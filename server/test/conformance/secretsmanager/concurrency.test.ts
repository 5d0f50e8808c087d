import assert from 'node:assert/strict'
import { randomInt, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { postgresMissing, startPostgres } from '../../postgres.ts'
import { type Started, type StartOptions, start } from '../../start.ts'
import { region } from '../session.ts'

const WRITERS = 64
const ROUNDS = 4
const ROUND_MS = 700
const SecretId = 'app/contended'
const LABELS = ['RED', 'GREEN', 'BLUE']

/** What may be refused when many write at once: a label that another one has moved, or that the day's versions are used up. */
const REFUSALS = ['InvalidParameterException', 'LimitExceededException']

/** A client without retries, whose time is the server's. */
function clientOf({ url, credentials, clock }: Started): SecretsManager {
  const systemClockOffset = clock.now() - Date.now()
  return new SecretsManager({ endpoint: url, region, credentials, maxAttempts: 1, systemClockOffset })
}

interface Seen {
  /** Versions whose write was acknowledged in this round. */
  readonly acknowledged: Set<string>
  moves: number
}

async function writeFor(client: SecretsManager, ms: number, seen: Seen): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) {
    const token = randomUUID()
    const value = { SecretId, ClientRequestToken: token, SecretString: token }
    try {
      switch (randomInt(5)) {
        case 0:
          await client.putSecretValue(value)
          seen.acknowledged.add(token)
          break
        case 1:
          await client.updateSecret({ ...value, Description: token })
          seen.acknowledged.add(token)
          break
        case 2:
          await client.putSecretValue({ ...value, VersionStages: LABELS.slice(randomInt(LABELS.length)) })
          seen.acknowledged.add(token)
          break
        default: {
          const current = await client.getSecretValue({ SecretId })
          // A read is never torn: value, id and labels belong to one version at one time.
          assert.equal(current.SecretString, current.VersionId)
          assert.ok(current.VersionStages?.includes('AWSCURRENT'))
          const [target] = [...seen.acknowledged].slice(randomInt(seen.acknowledged.size + 1))
          if (target === undefined) break
          await client.updateSecretVersionStage({
            SecretId,
            VersionStage: 'AWSCURRENT',
            RemoveFromVersionId: current.VersionId,
            MoveToVersionId: target,
          })
          seen.moves++
        }
      }
    } catch (error) {
      assert.ok(REFUSALS.includes((error as Error).name), String(error))
    }
  }
}

/** All versions with their labels, and that no label is on two of them. */
async function versionsOf(client: SecretsManager): Promise<Map<string, readonly string[]>> {
  const versions = new Map<string, readonly string[]>()
  let NextToken: string | undefined
  do {
    const page = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true, NextToken })
    for (const { VersionId = '', VersionStages = [] } of page.Versions ?? []) versions.set(VersionId, VersionStages)
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  const labels = [...versions.values()].flat()
  assert.equal(new Set(labels).size, labels.length, `a label is on one version: ${labels}`)
  assert.ok(labels.includes('AWSCURRENT'), 'there is a current version')
  return versions
}

async function contend(options: StartOptions): Promise<{ versions: number; moves: number }> {
  await using server = await start({ ...options, standing: true })
  const first = randomUUID()
  const made = { Name: SecretId, ClientRequestToken: first, SecretString: first }
  await clientOf(server).createSecret(made)
  let versions = 0
  let moves = 0
  for (let round = 0; round < ROUNDS; round++) {
    const clients = Array.from({ length: WRITERS }, () => clientOf(server))
    const seen: Seen = { acknowledged: new Set(), moves: 0 }
    await Promise.all(clients.map((client) => writeFor(client, ROUND_MS, seen)))
    const client = clients[0] as SecretsManager
    const listed = await versionsOf(client)
    for (const id of seen.acknowledged) assert.ok(listed.has(id), `acknowledged and gone: ${id}`)
    for (const id of listed.keys())
      assert.equal((await client.getSecretValue({ SecretId, VersionId: id })).SecretString, id)
    assert.deepEqual(
      (await client.describeSecret({ SecretId })).VersionIdsToStages,
      Object.fromEntries([...listed].filter(([, labels]) => labels.length > 0)),
    )
    for (const each of clients) each.destroy()
    versions += seen.acknowledged.size
    moves += seen.moves
    // The versions of this round are old enough to go when the next one needs room.
    await server.clock.advance({ hours: 25 })
  }
  assert.ok(versions > WRITERS, `${versions} versions, ${moves} moves`)
  return { versions, moves }
}

const title = `${WRITERS} writers on one secret leave one AWSCURRENT, at most one AWSPREVIOUS, and every acknowledged version`

for (const engine of ['memory', 'file'] as const) {
  test(`${title}: SQLite, ${engine}`, async (t) => {
    t.diagnostic(JSON.stringify(await contend({ engine })))
  })
}

test(`${title}: PostgreSQL`, { skip: postgresMissing() ?? false }, async (t) => {
  await using postgres = await startPostgres()
  t.diagnostic(JSON.stringify(await contend({ engine: { postgres: await postgres.database() } })))
})

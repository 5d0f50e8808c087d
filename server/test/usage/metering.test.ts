import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { metered } from '#kernel/metering/census'
import { HOUR_MS, resourceCounts } from '#kernel/metering/ledger'
import { meterSources } from '../../assembly/metering.ts'
import { type Bill, billOf, type BillQuery } from '../../beside/cost/bill.ts'
import { LIST_PRICES } from '../../beside/cost/prices.ts'
import { idleSecrets } from '../../services/secretsmanager/oversight.ts'
import { postgresMissing, startPostgres } from '../postgres.ts'
import { type Started, start } from '../start.ts'

/* What is there by the hour, by a clock that a test moves. */

async function bill(server: Started, query: Partial<BillQuery> = {}): Promise<Bill> {
  const { storage, reading } = server.inside
  const now = server.clock.now()
  const asked: BillQuery = { month: now, now, by: { kind: 'secret' }, prices: LIST_PRICES, ...query }
  return billOf(asked, {
    intervals: (from, to) => metered((work) => storage.unit('read', work), meterSources, { from, to, now }),
    usage: reading.usage,
    faster: new Set(),
  })
}

/** Hours by name of what was there in this and the last month: a test may run at the turn of it. */
async function hours(server: Started): Promise<Record<string, number>> {
  const now = server.clock.now()
  const found: Record<string, number> = {}
  for (const month of new Set([now, now - 9 * HOUR_MS].map((time) => new Date(time).toISOString().slice(0, 7)))) {
    const { from, to, lines } = await bill(server, { month: Date.parse(`${month}-01`) })
    for (const { unit, name, usageType, quantity } of lines) {
      const key = `${name.replace(/^[0-9a-f-]{36}$/, 'key')} ${usageType}`
      if (unit === 'month') found[key] = (found[key] ?? 0) + Math.round((quantity * (to - from)) / HOUR_MS)
    }
  }
  return found
}

async function lives(engine: 'memory' | { readonly postgres: string }): Promise<void> {
  await using server = await start({ engine, hoursAgo: 12 })
  const options = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: server.credentials,
    systemClockOffset: -12 * HOUR_MS,
  }
  /** Time passes as it does; a journey over many hours has one census, at its end. */
  const pass = async (minutes: number) => {
    for (let left = minutes; left > 0; left -= 10) await server.clock.advance({ minutes: 10 })
  }
  const secrets = new SecretsManager(options)
  const parameters = new SSM(options)
  const keys = new KMS(options)
  try {
    await secrets.createSecret({ Name: 'long', SecretString: 'x', Tags: [{ Key: 'team', Value: 'red' }] })
    await secrets.createSecret({ Name: 'three', SecretString: 'x' })
    await secrets.createSecret({ Name: 'moments', SecretString: 'x' })
    await secrets.deleteSecret({ SecretId: 'moments', ForceDeleteWithoutRecovery: true })
    await parameters.putParameter({ Name: 'adv', Value: 'v', Type: 'String', Tier: 'Advanced' })
    await parameters.putParameter({ Name: 'std', Value: 'v', Type: 'String' })
    const { KeyMetadata } = await keys.createKey({})
    await pass(170)
    await secrets.deleteSecret({ SecretId: 'three', ForceDeleteWithoutRecovery: true })
    await parameters.deleteParameter({ Name: 'adv' })
    await secrets.createSecret({ Name: 'marked', SecretString: 'x' })
    await pass(90)
    await secrets.deleteSecret({ SecretId: 'marked' })
    await keys.rotateKeyOnDemand({ KeyId: KeyMetadata?.KeyId })
    await pass(90)
    const expected = {
      'long AWSSecretsManager-Secrets': 6,
      'three AWSSecretsManager-Secrets': 3,
      'moments AWSSecretsManager-Secrets': 1,
      'marked AWSSecretsManager-Secrets': 2,
      'adv PS-Advanced-Param-Tier1': 3,
      // itself, and its first rotation
      'key KMS-Keys': 6 + 2,
    }
    assert.deepEqual(await hours(server), expected)
    await secrets.restoreSecret({ SecretId: 'marked' })
    await pass(50)
    assert.equal((await hours(server))['marked AWSSecretsManager-Secrets'], 3)
    const { account } = server
    const counts = await server.inside.storage.unit('read', (unit) =>
      resourceCounts(unit, { account, region: 'us-east-1', from: 0, to: server.clock.now() + 1 }),
    )
    assert.ok(counts.length >= 5, 'one each hour')
    assert.equal(counts[0]?.count, 2, 'long and three')
    assert.equal(counts.at(-1)?.count, 2, 'long and marked, which is counted while it is to be deleted too')
  } finally {
    for (const client of [secrets, parameters, keys]) client.destroy()
  }
}

test('secrets, parameters and keys are billed by the hours that they were there', () => lives('memory'))

test('the same on PostgreSQL', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  await lives({ postgres: await postgres.database() })
})

test('idle: secrets that nobody read since a day, those that never were first; not the young, not those that are to be deleted', async () => {
  await using server = await start({ hoursAgo: 24 * 20 })
  const options = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials }
  const secrets = new SecretsManager({ ...options, systemClockOffset: -24 * 20 * HOUR_MS })
  try {
    for (const Name of ['never', 'early', 'late', 'gone']) await secrets.createSecret({ Name, SecretString: 'x' })
    await secrets.getSecretValue({ SecretId: 'early' })
    await secrets.deleteSecret({ SecretId: 'gone' })
    await server.clock.advance({ days: 15 })
    await secrets.getSecretValue({ SecretId: 'late' })
    await secrets.createSecret({ Name: 'young', SecretString: 'x' })
    await server.inside.flush()
    const { storage } = server.inside
    const found: string[] = []
    const before = server.clock.now() - 10 * 24 * HOUR_MS
    for await (const page of idleSecrets((work) => storage.unit('read', work), before, {}))
      for (const { name, lastDay } of page) found.push(`${name} ${lastDay === undefined ? 'never' : 'once'}`)
    assert.deepEqual(found, ['never never', 'early once'])
  } finally {
    secrets.destroy()
  }
})

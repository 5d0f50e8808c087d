import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { SettableClock, systemClock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { addSeal, type Change, rekey, removeSeal, USABLE_MS } from '#kernel/sealing/change'
import { openRoot } from '#kernel/sealing/open'
import { fileSeal, memorySeal, type Seal } from '#kernel/sealing/seal'
import { Secret } from '#kernel/values/bytes'
import { assemble, type Assembled } from '../../server.ts'
import { bootstrap } from '../../services/iam/accounts.ts'
import { drill, initSeal, listSeals } from '../../beside/seals.ts'
import { postgresMissing, startPostgres } from '../postgres.ts'

/** Several nodes over one PostgreSQL: each follows what is done to the keys. */

const skip = postgresMissing() ?? false

async function node(
  url: string,
  seal: Seal,
  clock = new SettableClock(systemClock.now(), true),
): Promise<Assembled & { clock: SettableClock }> {
  const log = openLog({ level: 'silent', form: 'json', clock, to: { write: () => undefined } })
  const inside = await assemble({
    kept: { kind: 'postgres', url: new Secret(url) },
    seal,
    regions: ['us-east-1'],
    shared: true,
    runsJobs: false,
    clock,
    random: systemRandom,
    log,
    metrics: openMetrics('test'),
    drillMs: 90 * 86_400_000,
  })
  return { ...inside, clock }
}

test('two nodes over one PostgreSQL follow a new root key, and read what the other wrote under the new term', {
  skip,
}, async () => {
  await using postgres = await startPostgres()
  const url = await postgres.database()
  const [first, second] = [memorySeal(), { ...memorySeal(), kind: 'second' }]
  const one = await node(url, first)
  const two = await node(url, first)
  try {
    const change = async (by: Seal): Promise<Change> => ({
      storage: one.storage,
      opened: await openRoot({ storage: one.storage, seal: by, random: systemRandom }),
      random: systemRandom,
    })
    const { id } = await addSeal(await change(first), second)
    const old = two.vault.wrap('x', Buffer.from('old'), ['id'])
    assert.deepEqual(await rekey(await change(second)), {
      root: 2,
      term: 2,
      seals: ['memory', id],
      followed: true,
    })
    // by themselves: nobody tells them
    while (one.held.root().number !== 2 || two.held.root().number !== 2)
      await new Promise((resolve) => setTimeout(resolve, 50))
    one.clock.set(systemClock.now() + USABLE_MS)
    await one.held.follow()
    const fresh = one.vault.wrap('x', Buffer.from('new'), ['id'])
    assert.equal(fresh.readUInt32BE(1), 2)
    assert.equal(two.vault.unwrap('x', fresh, ['id']).toString(), 'new')
    assert.equal(one.vault.unwrap('x', old, ['id']).toString(), 'old')
    assert.deepEqual(await two.health(), { ready: true, reasons: [] })
    // two removals at once, each of the other's seal: one seal is left
    const [mine, theirs] = [await change(first), await change(second)]
    const results = await Promise.allSettled([removeSeal(mine, id), removeSeal(theirs, 'memory')])
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    // two new root keys at once: one of them
    const left = results[0].status === 'fulfilled' ? first : second
    const both = await Promise.allSettled([rekey(await change(left)), rekey(await change(left))])
    const stored = await one.storage.unit(
      'read',
      async () => (await openRoot({ storage: one.storage, seal: left, random: systemRandom })).root.number,
    )
    assert.equal(stored, 2 + both.filter(({ status }) => status === 'fulfilled').length)
    const later = await node(url, left)
    assert.equal(later.vault.unwrap('x', fresh, ['id']).toString(), 'new')
    await later.close()
  } finally {
    await one.close()
    await two.close()
  }
})

test('a store in PostgreSQL is sealed before its first start, and drilled from a database that a backup was restored to', {
  skip,
}, async () => {
  await using postgres = await startPostgres()
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-pg-seal-'))
  try {
    const live = await postgres.database()
    const seal = { kind: 'file', path: join(directory, 'seal.key') } as const
    const place = { directory, database: new Secret(live), seal }
    assert.equal((await initSeal(place)).id, 'file')
    await assert.rejects(initSeal(place), { message: 'the store has its keys already' })
    assert.deepEqual(
      (await listSeals(place)).map(({ kind }) => kind),
      ['file'],
    )
    const server = await node(live, fileSeal(seal.path))
    await bootstrap({ storage: server.storage, vault: server.vault, random: systemRandom, now: systemClock.now() })
    await server.close()
    // under whatever address
    for (const url of [live, live.replace('@localhost', '@127.0.0.1')])
      await assert.rejects(drill(place, { database: new Secret(url) }), {
        message: 'this database is the store itself',
      })
    // as a restore would make it: the same rows in another database
    const client = new pg.Client(await postgres.database())
    await client.connect()
    await client.query(`create database copied template ${new URL(live).pathname.slice(1)}`)
    await client.end()
    const copied = new URL(live)
    copied.pathname = '/copied'
    const proven = await drill(place, { database: new Secret(copied.href) })
    assert.deepEqual(proven.values, { opened: 0, all: 0 })
    assert.equal(proven.terms, 1)
    const again = await node(live, fileSeal(seal.path))
    const { lastDrill } = await again.health()
    assert.equal(lastDrill, new Date(proven.provenAt).toISOString())
    await again.close()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

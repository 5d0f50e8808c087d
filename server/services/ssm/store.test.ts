import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { systemRandom } from '#kernel/random'
import { StorageError } from '#kernel/storage/error'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import type { Unit } from '#kernel/storage/storage'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import { Parameters } from './store.ts'
import { ACCOUNT, REGION, START, trial } from './test/trial.ts'

const HERE = { account: ACCOUNT, region: REGION, now: START }

test('who waits too long for other writers of a parameter is told TooManyUpdates; other failures stay what they are (7.1)', async () => {
  await using one = await trial()
  const failing = (code: string): Unit => ({
    effect: 'write',
    get: () => Promise.reject(new StorageError('statement parameter/lock', { code })),
    all: () => Promise.resolve([]),
    run: () => Promise.resolve(0),
    touch: () => undefined,
    generation: () => 1,
    beforeCommit: () => undefined,
    afterCommit: () => undefined,
  })
  const { rows } = one.service.env(failing('x'), one.request()).parameters
  // lock_not_available and query_canceled. Source: PostgreSQL appendix A.
  for (const code of ['55P03', '57014']) {
    await assert.rejects(async () => new Parameters(failing(code), HERE, rows).find('x'), { code: 'TooManyUpdates' })
  }
  await assert.rejects(async () => new Parameters(failing('08006'), HERE, rows).find('x'), StorageError)
})

test('PostgreSQL: a parameter that others make and delete all the time leaves TooManyUpdates, no fault of ours', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using server = await startPostgres()
  const url = await server.database()
  await using one = await trial({}, (opening) => openPostgres({ url, random: systemRandom, ...opening }))
  const make = { Name: 'x', Value: 'v', Type: 'String' }
  const client = new pg.Client(url)
  await client.connect()
  try {
    // As if another one were there whenever it is made, and gone whenever it is looked for.
    await client.query(`create function taken() returns trigger language plpgsql as
      $$ begin raise exception 'taken' using errcode = '23505'; end $$;
      create trigger taken before insert on parameter for each row execute function taken()`)
    await one.refused('PutParameter', make, 'TooManyUpdates')
    await client.query('drop trigger taken on parameter')
  } finally {
    await client.end()
  }
  assert.equal((await one.call('PutParameter', make)).Version, 1)
})

test('PostgreSQL: who comes while another writes the parameter waits a little, then is told TooManyUpdates; others are not held up', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using server = await startPostgres()
  const url = await server.database()
  await using one = await trial({ limits: { waitMs: 200 } }, (opening) =>
    openPostgres({ url, random: systemRandom, ...opening }),
  )
  await one.put('x')
  await one.put('y')
  const put = { Name: 'x', Value: 'v', Overwrite: true }
  const make = { Name: 'new', Value: 'v', Type: 'String' }
  await one.storage.unit('write', async (unit) => {
    const call = one.request()
    const env = one.service.env(unit, call)
    await one.operation('PutParameter').run(put, env, call)
    await one.operation('PutParameter').run(make, env, call)
    await one.refused('PutParameter', put, 'TooManyUpdates')
    await one.refused('DeleteParameter', { Name: 'x' }, 'TooManyUpdates')
    await one.refused('PutParameter', make, 'TooManyUpdates')
    assert.equal(await one.put('y', 'w', { Overwrite: true }), 2)
    // Reads see what was before, at once.
    assert.equal((await one.call('GetParameter', { Name: 'x' })).Parameter.Version, 1)
  })
  assert.equal((await one.call('PutParameter', put)).Version, 3)
})

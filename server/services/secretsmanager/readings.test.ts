import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { jobs } from '#kernel/jobs/store'
import { faulty } from '#kernel/storage/faulty'
import { Overflow } from '#kernel/storage/overflow'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Unit } from '#kernel/storage/storage'
import { Readings } from './readings.ts'
import type { Reading } from './rows.ts'
import { secretsManager } from './service.ts'
import { countingRandom, DAY, KEYS, MARKED, MIGRATIONS, Trial, token, trial } from './test/trial.ts'

/** Statements that one GetSecretValue asks the store; also asserts what it answers. */
async function statementsOf(t: Trial, SecretId: string, value: string): Promise<number> {
  const before = t.storage.steps
  assert.equal((await t.call('GetSecretValue', { SecretId })).SecretString, value)
  return t.storage.steps - before
}

/** A second process on the same store: what it keeps in memory is its own. */
function beside(t: Trial): Trial {
  const { storage, keys, people, clock } = t
  const parts = {
    keysFor: keys.keysFor,
    identities: people.identities,
    random: countingRandom(),
    jobs,
    storage,
    ...KEYS,
  }
  return new Trial(storage, secretsManager(parts), keys, people, clock)
}

test('a current value is read from the store once; KMS is asked every time', async () => {
  await using t = await trial()
  const arn = await t.made()
  assert.equal(await statementsOf(t, 'app/db', 'one'), 1)
  t.keys.asked.length = 0
  for (const id of ['app/db', arn, arn.slice(0, -7)]) assert.equal(await statementsOf(t, id, 'one'), 0)
  assert.equal(t.keys.asked.length, 3)
  t.keys.denied.add(`Decrypt ${t.keys.arnOf(undefined)}`)
  await t.refused('GetSecretValue', { SecretId: 'app/db' }, 'AccessDeniedException')
  await t.refused('GetSecretValue', { SecretId: `${arn.slice(0, -6)}zzzzzz` }, 'ResourceNotFoundException')
})

test('a change of one secret makes it be read again, and no other', async () => {
  await using t = await trial()
  await t.made('a')
  await t.made('b')
  for (const id of ['a', 'b']) await statementsOf(t, id, 'one')
  await t.put('v2', {}, 'a')
  assert.equal(await statementsOf(t, 'b', 'one'), 0)
  assert.equal(await statementsOf(t, 'a', 'value of v2'), 1)
})

test('every kind of change is seen by the next read', async () => {
  await using t = await trial()
  await t.made()
  const current = async () => (await t.call('GetSecretValue', { SecretId: 'app/db' })).SecretString
  assert.equal(await current(), 'one')
  await t.put('v2')
  assert.equal(await current(), 'value of v2')
  await t.call('UpdateSecret', { SecretId: 'app/db', SecretString: 'three', ClientRequestToken: token('v3') })
  assert.equal(await current(), 'three')
  const move = { VersionStage: 'AWSCURRENT', RemoveFromVersionId: token('v3'), MoveToVersionId: token('v2') }
  await t.call('UpdateSecretVersionStage', { SecretId: 'app/db', ...move })
  assert.equal(await current(), 'value of v2')
  await t.call('TagResource', { SecretId: 'app/db', Tags: [{ Key: 'team', Value: 'red' }] })
  assert.equal((await t.targets('GetSecretValue', { SecretId: 'app/db' }))[0]?.tags?.get('team'), 'red')
  await current()
  await t.call('UntagResource', { SecretId: 'app/db', TagKeys: ['team'] })
  assert.equal((await t.targets('GetSecretValue', { SecretId: 'app/db' }))[0]?.tags?.size, 0)
  await t.call('UpdateSecret', { SecretId: 'app/db', KmsKeyId: 'alias/mine' })
  t.keys.states.set(t.keys.arnOf(undefined), 'disabled')
  assert.equal(await current(), 'value of v2')
  await t.call('DeleteSecret', { SecretId: 'app/db' })
  await t.refused('GetSecretValue', { SecretId: 'app/db' }, 'InvalidRequestException', MARKED)
  await t.call('RestoreSecret', { SecretId: 'app/db' })
  assert.equal(await current(), 'value of v2')
  await t.call('DeleteSecret', { SecretId: 'app/db', RecoveryWindowInDays: 7 })
  await t.refused('GetSecretValue', { SecretId: 'app/db' }, 'InvalidRequestException', MARKED)
  await t.advance(7 * DAY)
  await t.refused('GetSecretValue', { SecretId: 'app/db' }, 'ResourceNotFoundException')
  t.keys.states.clear()
  await t.made('app/db', { SecretString: 'again' })
  assert.equal(await current(), 'again')
})

test('a change by another process is seen, also between changes of one’s own', async () => {
  await using t = await trial()
  const other = beside(t)
  await t.made('a')
  await t.made('b')
  for (const id of ['a', 'b']) await statementsOf(t, id, 'one')
  await other.put('v2', {}, 'a')
  await t.put('v2', {}, 'b')
  assert.equal(await statementsOf(t, 'a', 'value of v2'), 1)
  assert.equal(await statementsOf(t, 'b', 'value of v2'), 1)
  await other.put('v3', {}, 'a')
  assert.equal(await statementsOf(t, 'a', 'value of v3'), 1)
})

test('a write that fails changes nothing that is kept, and later changes are still seen', async () => {
  await using t = await trial()
  await t.made()
  await statementsOf(t, 'app/db', 'one')
  t.storage.failAt(4)
  await assert.rejects(t.put('v2'), { name: 'Fault' })
  assert.equal(await statementsOf(t, 'app/db', 'one'), 0)
  await t.put('v2')
  assert.equal(await statementsOf(t, 'app/db', 'value of v2'), 1)
})

/** Two processes on one file: each has a connection of its own, and keeps readings of its own. */
async function processes(): Promise<AsyncDisposable & { readonly here: Trial; readonly there: Trial }> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-readings-'))
  const file = join(directory, 'store.db')
  const here = await trial(undefined, (opening) => openSqlite({ file, shared: true, ...opening }))
  const shared = { file, shared: true, migrations: MIGRATIONS, clock: here.clock }
  const storage = faulty(await openSqlite(shared))
  const parts = {
    keysFor: here.keys.keysFor,
    identities: here.people.identities,
    random: countingRandom(),
    jobs,
    storage,
  }
  const service = secretsManager({ ...parts, ...KEYS })
  const there = new Trial(storage, service, here.keys, here.people, here.clock)
  return {
    here,
    there,
    async [Symbol.asyncDispose]() {
      await here.storage.close()
      await there.storage.close()
      rmSync(directory, { recursive: true })
    },
  }
}

test('whatever two processes change and read in turn, none ever reads what was before', async () => {
  const step = fc.record({
    who: fc.constantFrom('here', 'there'),
    what: fc.constantFrom('read', 'put', 'fail'),
    secret: fc.constantFrom('a', 'b'),
  })
  await using two = await processes()
  const values: Record<string, string> = { a: 'one', b: 'one' }
  for (const name of ['a', 'b']) await two.here.made(name)
  let count = 1
  const read = async (who: Trial, secret: string) =>
    assert.equal((await who.call('GetSecretValue', { SecretId: secret })).SecretString, values[secret])
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      // A secret takes 100 versions a day.
      await two.here.travel(DAY)
      for (const { who, what, secret } of steps) {
        const process = two[who as 'here' | 'there']
        if (what === 'read') await read(process, secret)
        else {
          const version = `v${++count}`
          if (what === 'fail') process.storage.failAt(4)
          const done = process.put(version, {}, secret)
          if (what === 'fail') await assert.rejects(done, { name: 'Fault' })
          else {
            await done
            values[secret] = `value of ${version}`
          }
        }
      }
      for (const process of [two.here, two.there]) for (const secret of ['a', 'b']) await read(process, secret)
    }),
    { numRuns: 40 },
  )
})

test('a unit that changes two secrets does not hide another process’s change', async () => {
  await using two = await processes()
  const { here, there } = two
  for (const name of ['a', 'b', 'c']) await here.made(name)
  for (const name of ['a', 'b', 'c']) await statementsOf(here, name, 'one')
  await there.put('v2', {}, 'c')
  await here.storage.unit('write', async (unit) => {
    const call = here.request()
    for (const SecretId of ['a', 'b']) {
      const env = here.service.env(unit, call)
      const input = { SecretId, Description: 'changed' }
      await here.service.operations.UpdateSecret?.target(input, env, call)
      await here.service.operations.UpdateSecret?.run(input, env, call)
    }
  })
  assert.equal(await statementsOf(here, 'c', 'value of v2'), 1)
})

test('what is kept stays within its bytes', () => {
  const readings = new Readings(undefined, 10_000)
  const unit = { effect: 'read', generation: () => 1 } as unknown as Unit
  const cell = { account: '1', region: 'r' }
  const version = { sealed: new Uint8Array(1000), dataKey: new Uint8Array(300), labels: [] }
  const reading = { secret: {}, version } as unknown as Reading
  for (let n = 0; n < 100; n++) readings.keep(unit, cell, `n${n}`, reading)
  const kept = Array.from({ length: 100 }, (_, n) => readings.find(unit, cell, `n${n}`)).filter(Boolean)
  assert.ok(kept.length > 0 && kept.length <= 3, `${kept.length} of 2,600 bytes each in 10,000`)
  assert.equal(readings.find(unit, { account: '2', region: 'r' }, 'n99'), undefined)
  assert.equal(readings.find(unit, { account: '1', region: 's' }, 'n99'), undefined)
})

test('what finds no room in memory is found in a file, all of it; what a policy or a rotation is about is not put there', () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-readings-'))
  const overflow = new Overflow(directory, 1024 * 1024, 1)
  rmSync(directory, { recursive: true })
  const readings = new Readings(() => overflow, 1000)
  const unit = { effect: 'read', generation: () => 1 } as unknown as Unit
  const cell = { account: '111122223333', region: 'us-east-1' }
  const reading = (name: string, more: object = {}): Reading => ({
    secret: {
      ...cell,
      id: `id of ${name}`,
      arn: `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}-a1B2c3`,
      name,
      type: undefined,
      owningService: name === 'b' ? 'rds' : undefined,
      tags: name === 'c' ? undefined : new Map([['ké', '"quoted"\n']]),
      policy: undefined,
      rotation: undefined,
      accessedDay: 0,
      deletedAt: name === 'b' ? 17 : undefined,
      nameless: false,
      ...more,
    },
    version: {
      id: token(name),
      kind: name === 'c' ? 'binary' : 'string',
      createdAt: 1_700_000_000_123,
      accessedDay: 86_400_000,
      keyArn: 'arn:aws:kms:us-east-1:111122223333:key/k',
      defaultKey: name !== 'b',
      sealed: Buffer.from(`sealed ${name}`),
      dataKey: Buffer.from([0, 1, 255]),
      labels: ['AWSCURRENT', 'é'],
    },
  })
  for (const name of ['a', 'b', 'c']) assert.equal(readings.find(unit, cell, name), undefined)
  for (const name of ['a', 'b', 'c']) readings.keep(unit, cell, name, reading(name))
  for (const name of ['a', 'b', 'c']) assert.deepEqual(readings.find(unit, cell, name), reading(name))
  // more of what secrets have alike than is known by a number, and more than such a text may have
  const others = Array.from({ length: 1100 }, (_, n) => reading(`n${n}`, { tags: new Map([['n', `${n}`]]) }))
  others.push(reading('long', { tags: new Map(Array.from({ length: 50 }, (_, n) => [`k${n}`, 'ä'.repeat(100)])) }))
  others.push(reading('plain', { tags: undefined }))
  for (const other of others) readings.keep(unit, cell, other.secret.name, other)
  for (const other of others) assert.deepEqual(readings.find(unit, cell, other.secret.name), other)
  const rotated = reading('r', { rotation: { functionArn: 'arn' } })
  readings.keep(unit, cell, 'r', rotated)
  assert.equal(readings.find(unit, cell, 'r'), undefined)
  overflow.close()
})

test('the same answers from the file as from the store, until the secret changes', async () => {
  await using t = await trial()
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-readings-'))
  const overflow = () => new Overflow(directory, 1024 * 1024, 1)
  const { storage, keys, people, clock } = t
  const parts = {
    keysFor: keys.keysFor,
    identities: people.identities,
    random: countingRandom(),
    jobs,
    storage,
    ...KEYS,
  }
  const narrow = new Trial(storage, secretsManager({ ...parts, overflow, readingsBytes: 1 }), keys, people, clock)
  await t.made('a')
  await t.made('b')
  await statementsOf(narrow, 'a', 'one')
  assert.equal(await statementsOf(narrow, 'a', 'one'), 0)
  await narrow.call('TagResource', { SecretId: 'a', Tags: [{ Key: 'k', Value: 'v' }] })
  await statementsOf(narrow, 'a', 'one')
  await narrow.put('v2', {}, 'a')
  assert.equal(await statementsOf(narrow, 'a', 'value of v2'), 1)
  assert.equal(await statementsOf(narrow, 'a', 'value of v2'), 0)
  await narrow.call('DeleteSecret', { SecretId: 'a' })
  await narrow.refused('GetSecretValue', { SecretId: 'a' }, 'InvalidRequestException', MARKED)
  rmSync(directory, { recursive: true })
})

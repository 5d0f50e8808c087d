import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { faulty } from '#kernel/storage/faulty'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Unit } from '#kernel/storage/storage'
import type { Reading } from './model/parameter.ts'
import { Readings } from './readings.ts'
import { beside, MIGRATIONS, START, type Trial, trial } from './test/trial.ts'
import { parameter } from './test/parameters.ts'

/** Statements that one GetParameter asks the store; also asserts what it answers. */
async function statementsOf(one: Trial, Name: string, value: string): Promise<number> {
  const before = one.storage.steps
  const { Parameter } = await one.call('GetParameter', { Name, WithDecryption: true })
  assert.equal(Parameter.Value, value)
  return one.storage.steps - before
}

/** All that lies at the root, in a page. */
async function listed(one: Trial): Promise<Record<string, string>> {
  const { Parameters } = await one.call('GetParametersByPath', { Path: '/', WithDecryption: true })
  return Object.fromEntries(Parameters.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]))
}

test('a newest version is read from the store once; KMS is asked every time', async () => {
  await using one = await trial()
  await one.put('x', 'v', { Type: 'SecureString' })
  assert.equal(await statementsOf(one, 'x', 'v'), 1)
  one.keys.asked.length = 0
  for (const name of ['x', '/x', 'arn:aws:ssm:us-east-1:111122223333:parameter/x']) {
    assert.equal(await statementsOf(one, name, 'v'), 0)
  }
  assert.equal(one.keys.asked.length, 3)
  one.keys.denied.add(`Decrypt ${one.keys.arnOf()}`)
  await one.refused('GetParameter', { Name: 'x', WithDecryption: true }, 'AccessDeniedException')
  // Which version a number or a label means is asked of the store.
  assert.equal((await one.call('GetParameter', { Name: 'x:1' })).Parameter.Selector, ':1')
})

test('a change of one parameter makes it be read again, and no other', async () => {
  await using one = await trial()
  for (const name of ['a', 'b']) await one.put(name, 'one')
  for (const name of ['a', 'b']) await statementsOf(one, name, 'one')
  await one.put('a', 'two', { Overwrite: true })
  assert.equal(await statementsOf(one, 'b', 'one'), 0)
  assert.equal(await statementsOf(one, 'a', 'two'), 1)
})

test('every kind of change is seen by the next read', async () => {
  await using one = await trial()
  const tags = async () => (await one.targets('GetParameter', { Name: 'x' }))[0]?.tags
  await one.put('x', 'one', { Type: 'SecureString' })
  assert.equal(await statementsOf(one, 'x', 'one'), 1)
  await one.put('x', 'two', { Overwrite: true, Type: 'String' })
  assert.equal(await statementsOf(one, 'x', 'two'), 1)
  const tagged = { ResourceType: 'Parameter', ResourceId: 'x' }
  await one.call('AddTagsToResource', { ...tagged, Tags: [{ Key: 'team', Value: 'red' }] })
  assert.equal((await tags())?.get('team'), 'red')
  await one.call('RemoveTagsFromResource', { ...tagged, TagKeys: ['team'] })
  assert.equal((await tags())?.size, 0)
  await one.put('x', 'three', { Overwrite: true, Tier: 'Advanced', Policies: expiring(START + 1000) })
  await statementsOf(one, 'x', 'three')
  await one.pass(1000)
  await one.refused('GetParameter', { Name: 'x' }, 'ParameterNotFound')
  await one.put('x', 'again')
  await statementsOf(one, 'x', 'again')
  await one.call('DeleteParameters', { Names: ['x'] })
  await one.refused('GetParameter', { Name: 'x' }, 'ParameterNotFound')
})

const expiring = (at: number) =>
  JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: new Date(at).toISOString() } }])

test('a write that fails changes nothing that is kept, and later changes are still seen', async () => {
  await using one = await trial()
  await one.put('x', 'one')
  await statementsOf(one, 'x', 'one')
  one.storage.failAt(3)
  await assert.rejects(one.put('x', 'two', { Overwrite: true }), { name: 'Fault' })
  assert.equal(await statementsOf(one, 'x', 'one'), 0)
  await one.put('x', 'three', { Overwrite: true })
  assert.equal(await statementsOf(one, 'x', 'three'), 1)
})

/** Two processes on one file: each has a connection of its own, and keeps readings of its own. */
async function processes(): Promise<AsyncDisposable & { readonly here: Trial; readonly there: Trial }> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-readings-'))
  const file = join(directory, 'store.db')
  const here = await trial({}, (opening) => openSqlite({ file, shared: true, ...opening }))
  const storage = faulty(await openSqlite({ file, shared: true, migrations: MIGRATIONS, clock: here.clock }))
  return {
    here,
    there: beside(here, storage),
    async [Symbol.asyncDispose]() {
      await here.storage.close()
      await storage.close()
      rmSync(directory, { recursive: true })
    },
  }
}

test('whatever two processes change and read in turn, none ever reads what was before, alone or in a page', async () => {
  const step = fc.record({
    who: fc.constantFrom('here', 'there'),
    what: fc.constantFrom('read', 'list', 'put', 'fail', 'delete'),
    name: fc.constantFrom('a', 'b'),
  })
  await using two = await processes()
  const values: Record<string, string> = {}
  let count = 0
  const read = async (process: Trial, name: string) => {
    const value = values[name]
    if (value === undefined) await process.refused('GetParameter', { Name: name }, 'ParameterNotFound')
    else await statementsOf(process, name, value)
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      for (const { who, what, name } of steps) {
        const process = two[who as 'here' | 'there']
        if (what === 'read') await read(process, name)
        else if (what === 'list') assert.deepEqual(await listed(process), values)
        else if (what === 'delete') {
          await process.call('DeleteParameters', { Names: [name] })
          delete values[name]
        } else {
          const value = `value ${++count}`
          if (what === 'fail') process.storage.failAt(4)
          const done = process.put(name, value, { Overwrite: true, Type: count % 2 === 0 ? 'String' : 'SecureString' })
          if (what === 'fail') await assert.rejects(done, { name: 'Fault' })
          else {
            await done
            values[name] = value
          }
        }
      }
      for (const process of [two.here, two.there]) {
        for (const name of ['a', 'b']) await read(process, name)
        assert.deepEqual(await listed(process), values)
      }
    }),
    { numRuns: 40 },
  )
})

test('what is kept stays within its bytes', () => {
  const readings = new Readings(10_000)
  const unit = { effect: 'read', generation: () => 1 } as unknown as Unit
  const keep = (name: string, content: Uint8Array) => {
    const found = parameter(name, { version: { type: 'SecureString' } })
    readings.keep(unit, { ...found, version: { ...found.version, content } } as Reading)
  }
  for (let n = 0; n < 100; n++) keep(`n${n}`, new Uint8Array(1500))
  const cell = { account: '111122223333', region: 'us-east-1' }
  const kept = Array.from({ length: 100 }, (_, n) => readings.find(unit, cell, `n${n}`)).filter(Boolean)
  assert.ok(kept.length > 0 && kept.length <= 3, `${kept.length} of 2,600 bytes each in 10,000`)
  assert.equal(readings.find(unit, { ...cell, account: '2' }, 'n99'), undefined)
  assert.equal(readings.find(unit, { ...cell, region: 's' }, 'n99'), undefined)
})

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isOurFailure, offered } from './faults.ts'
import { inputFor, type Names, prepare } from './inputs.ts'
import { breakWrites, keptIn } from './state.ts'
import { checkRecords, isGood, makerOf, open } from './world.ts'

/** Where the trail or the store fails, a call fails: nothing is revealed, nothing is half done. Source: design.md §4. */

test('when the audit journal cannot be written every call fails, reveals nothing and changes nothing', async () => {
  await using world = await open()
  const { directory = '', inside, url } = world.server
  const names = new Map<string, Names>()
  for (const [index, entry] of offered(world).entries()) {
    names.set(entry.action, await prepare(world, entry, `c${String(index).padStart(4, '0')}`))
  }
  await world.records()
  const mend = await breakWrites(join(directory, 'audit.db'))
  // The first read finds out; what was there before is what must be there after.
  using kept = keptIn(directory)
  const before = kept.now()
  isOurFailure(await world.call(world.entry('sts:GetCallerIdentity'), {}), 'the call that finds out')
  const health = await fetch(`${url}/_strongroom/health`)
  assert.equal(health.status, 503)
  assert.match(await health.text(), /the audit trail cannot be written/)
  for (const title of ['maker', 'nobody'] as const) {
    for (const entry of offered(world)) {
      const who = title === 'maker' ? makerOf(entry, world) : world.nobody
      const answer = await world.call(entry, inputFor(entry, names.get(entry.action) as Names), who)
      isOurFailure(answer, entry.action)
    }
  }
  // Who is not who they say hears so: nobody is known to have called, so there is nothing to record.
  const stranger = { ...world.root, credentials: { accessKeyId: 'AKIASTRANGERSTRANGER', secretAccessKey: 'x' } }
  assert.equal((await world.call(world.entry('kms:ListKeys'), {}, stranger)).status, 400)
  assert.deepEqual(kept.now(), before)

  await mend()
  await inside.trail.tidy()
  assert.equal((await fetch(`${url}/_strongroom/health`)).status, 200)
  assert.equal(
    (await world.records()).filter(({ errorCode }) => errorCode === undefined).length,
    0,
    'no record says that one of these calls went well',
  )
  for (const entry of offered(world)) {
    const who = makerOf(entry, world)
    const answer = await world.call(entry, inputFor(entry, names.get(entry.action) as Names), who)
    assert.ok(isGood(entry, answer), `${entry.action}: ${answer.text}`)
    checkRecords(await world.records(), entry, answer, who)
  }
})

test('a change whose record the journal does not take any more has its record in the store, and it is not lost', async () => {
  await using world = await open()
  const { directory = '', inside } = world.server
  await world.records()
  const mend = await breakWrites(join(directory, 'audit.db'))
  const entry = world.entry('secretsmanager:CreateSecret')
  const input = { Name: 'last', ClientRequestToken: 'version-0000-0000-0000-000000000001', SecretString: 'value' }
  const answer = await world.call(entry, input)
  assert.equal(answer.status, 200, answer.text)
  await inside.trail.settled()
  assert.equal(inside.trail.healthy(), false)
  assert.deepEqual(await world.records(), [])
  await mend()
  await inside.trail.tidy()
  assert.equal(inside.trail.healthy(), true)
  checkRecords(await world.records(), entry, answer, world.root)
})

test('a store that cannot be written fails every change and leaves no record that says otherwise', async () => {
  await using world = await open()
  const { directory = '' } = world.server
  const names = new Map<string, Names>()
  const writes = offered(world).filter(({ operation }) => operation?.effect === 'write')
  for (const [index, entry] of writes.entries()) {
    names.set(entry.action, await prepare(world, entry, `d${String(index).padStart(4, '0')}`))
  }
  using kept = keptIn(directory)
  const before = kept.now()
  await world.records()
  const mend = await breakWrites(join(directory, 'strongroom.db'))
  for (const entry of writes) {
    const who = makerOf(entry, world)
    const answer = await world.call(entry, inputFor(entry, names.get(entry.action) as Names), who)
    isOurFailure(answer, entry.action)
    checkRecords(await world.records(), entry, answer, who)
  }
  await mend()
  assert.deepEqual(kept.now(), before)
})

test('the statements of every service fail one by one, in files of their own', async () => {
  await using world = await open()
  const files = readdirSync(import.meta.dirname).filter((name) => /^faults-.*\.test\.ts$/.test(name))
  const texts = files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('')
  const spoilt = [...texts.matchAll(/^faultsOf\('([\w-]+)'(?:, \[(\d), (\d)\])?\)$/gm)].flatMap(
    ([, service = '', part = '1', of = '1']) => Array(of === part ? Number(of) : 0).fill(service),
  )
  assert.equal(spoilt.length, texts.match(/^faultsOf/gm)?.length)
  assert.deepEqual([...new Set(spoilt)].sort(), [...new Set(offered(world).map(({ service }) => service.name))].sort())
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, trial } from './test/trial.ts'
import { Accessed } from './accessed.ts'

const TODAY = 20_000 * DAY

test('the later of the stored and the noted day counts, for the secret and for each version', () => {
  const accessed = new Accessed()
  assert.equal(accessed.ofSecret('s', 5), 5)
  accessed.note('1', 'r', 's', 'v1', TODAY)
  accessed.note('1', 'r', 's', 'v1', TODAY - DAY)
  accessed.note('1', 'r', 's', 'v2', TODAY - DAY)
  assert.equal(accessed.ofSecret('s', 0), TODAY)
  assert.equal(accessed.ofSecret('s', TODAY + DAY), TODAY + DAY)
  assert.equal(accessed.ofVersion('s', 'v2', 0), TODAY - DAY)
  assert.equal(accessed.ofVersion('s', 'v3', 0), 0)
  assert.equal(accessed.ofSecret('t', 0), 0)
  accessed.clear()
  assert.equal(accessed.ofSecret('s', 0), 0)
})

test('what a failed flush held stays noted, and the next flush writes it', async () => {
  await using t = await trial()
  await t.made('a')
  await t.made('b')
  for (const SecretId of ['a', 'b']) await t.call('GetSecretValue', { SecretId })
  t.storage.failAt(1)
  await assert.rejects(t.service.flush(t.storage), { name: 'Fault' })
  const day = async (SecretId: string) => (await t.call('DescribeSecret', { SecretId })).LastAccessedDate?.getTime()
  assert.deepEqual([await day('a'), await day('b')], [Date.UTC(2026, 2, 15), Date.UTC(2026, 2, 15)])
  await t.service.flush(t.storage)
  t.service.reset()
  assert.deepEqual([await day('a'), await day('b')], [Date.UTC(2026, 2, 15), Date.UTC(2026, 2, 15)])
})

test('reads of one day are written once', async () => {
  await using t = await trial()
  await t.made()
  await t.call('GetSecretValue', { SecretId: 'app/db' })
  await t.service.flush(t.storage)
  await t.call('GetSecretValue', { SecretId: 'app/db' })
  const { steps } = t.storage
  await t.service.flush(t.storage)
  assert.equal(t.storage.steps, steps)
})

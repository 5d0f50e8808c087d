import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'
import { Restoring } from './restoring.ts'

test('a secret that went for good after it was listed is told as gone, not as one that may not be seen', async () => {
  await using t = await trial()
  const ARN = await t.made('p/a')
  await t.made('p/b')
  const before = t.request()
  const find = (unit: Parameters<typeof t.service.env>[0]) => t.service.env(unit, before).secrets.find('p/a')
  const listed = await t.storage.unit('read', find)
  assert.ok(listed)
  const AsOf = new Date(before.now)
  await t.advance(1000)
  await t.call('DeleteSecret', { SecretId: 'p/a', ForceDeleteWithoutRecovery: true })
  const call = t.request()
  const told = await t.storage.unit('read', async (unit) => {
    const env = t.service.env(unit, call)
    // The list of before the deletion, as on PostgreSQL, where others commit between two statements.
    const { lists } = env.secrets
    const page: typeof lists.page = async (query) => [{ secret: listed, at: [0, 'p/a'] }, ...(await lists.page(query))]
    Object.defineProperty(env.secrets, 'lists', { value: { page } })
    return new Restoring(env, call, { Prefix: 'p/', AsOf, DryRun: true }).restore()
  })
  assert.deepEqual(
    told.Secrets.map((item) => [item.ARN, item.Status]),
    [[ARN, 'Gone']],
  )
  assert.deepEqual([told.Unchanged, told.NotPermitted], [1, 0])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../../rds/test/trial.ts'
import { ListWorkgroups } from './ListWorkgroups.ts'

test('ListWorkgroups goes through all of them page by page', async () => {
  await using t = await trial()
  for (const id of ['a', 'b', 'c']) await t.register('serverless', id, { engine: 'redshift' })
  const call = t.request()
  await t.storage.unit('read', async (unit) => {
    const env = { databases: t.rds.databases(unit) }
    const first = await ListWorkgroups.run({ maxResults: 2 }, env, call)
    const second = await ListWorkgroups.run({ maxResults: 2, nextToken: first.nextToken }, env, call)
    const names = [first, second].map(({ workgroups = [] }) => workgroups.map(({ namespaceName }) => namespaceName))
    assert.deepEqual([names, second.nextToken], [[['a', 'b'], ['c']], undefined])
    await assert.rejects(async () => ListWorkgroups.run({ nextToken: 'bm9uc2Vuc2U' }, env, call), {
      code: 'ValidationException',
    })
  })
})

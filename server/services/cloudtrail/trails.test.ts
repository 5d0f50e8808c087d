import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statement } from '#kernel/storage/storage'
import { trial } from './test/trial.ts'

test('a trail whose row somebody has changed or added is refused: it says where records go', async () => {
  await using t = await trial()
  await t.make('main')
  for (const change of ["bucket = 'theirs'", 'multi_region = 1', "selection = '{}'", 'logging = 1', 'mac = null']) {
    const forge = statement('test/forge', `update trail set ${change}`)
    await assert.rejects(
      t.storage.unit('write', async (unit) => {
        await unit.run(forge, {}).catch(() => {
          throw new Error('not as this server wrote it')
        })
        await t.service.trails(unit).of('111122223333')
      }),
      /not as this server wrote it/,
    )
  }
  assert.equal((await t.call('GetTrail', { Name: 'main' })).Trail.S3BucketName, 'the-bucket')
})

test('a change of trails is a new generation of theirs', async () => {
  await using t = await trial()
  const before = t.storage.generation('trails')
  await t.make('main')
  assert.ok(t.storage.generation('trails') > before)
})

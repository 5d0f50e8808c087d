import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { createSecretKey } from 'node:crypto'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'
import { BuiltInFunctions } from './built-in.ts'
import { migrations } from './schema.ts'

const key = createSecretKey(Buffer.alloc(32, 1))
const here = { account: '111122223333', region: 'us-east-1' }
const set = { variables: { PASSWORD_LENGTH: '40' }, revision: 'r', modifiedAt: 7 }

test('what is set is found where it was set; a row that somebody else wrote counts for nothing', async () => {
  const onProblem = (error: unknown) => assert.fail(String(error))
  const storage = await openSqlite({ file: ':memory:', migrations, clock: new SettableClock(0, false), onProblem })
  const edit = (sql: string) => storage.unit('write', (unit) => unit.run(statement(`test/${sql.length}`, sql), {}))
  try {
    await storage.unit('write', (unit) => new BuiltInFunctions(unit, key).save(here, 'one', set))
    await storage.unit('write', (unit) => new BuiltInFunctions(unit, key).save(here, 'one', { ...set, modifiedAt: 8 }))
    const find = (name: string, cell = here, by = key) =>
      storage.unit('read', (unit) => new BuiltInFunctions(unit, by).find(cell, name))
    assert.deepEqual(await find('one'), { ...set, modifiedAt: 8 })
    assert.equal(await find('other'), undefined)
    assert.equal(await find('one', { ...here, region: 'eu-west-1' }), undefined)
    assert.equal(await find('one', { ...here, account: '444455556666' }), undefined)
    await assert.rejects(find('one', here, createSecretKey(Buffer.alloc(32, 2))), /not as this server wrote it/)
    await edit("update lambda_built_in set name = 'other'")
    await assert.rejects(find('other'), /not as this server wrote it/)
    await edit(`update lambda_built_in set name = 'one', variables = '{"PASSWORD_LENGTH":"1"}'`)
    await assert.rejects(find('one'), /not as this server wrote it/)
  } finally {
    await storage.close()
  }
})

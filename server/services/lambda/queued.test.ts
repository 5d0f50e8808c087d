import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { jobs } from '#kernel/jobs/store'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { memorySeal } from '#kernel/sealing/seal'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { migrations } from '../../assembly/schema.ts'
import type { LambdaFunction } from './model/function.ts'
import { Queue } from './queue.ts'

const START = Date.UTC(2026, 0, 2)

test('no more than so many events of an account wait for its functions; another account has its own', async () => {
  await using storage = {
    ...(await openSqlite({ file: ':memory:', migrations, clock: new SettableClock(START) }).then((inner) => ({
      inner,
    }))),
    [Symbol.asyncDispose]() {
      return this.inner.close()
    },
  }
  const vault = await openVault({ storage: storage.inner, seal: memorySeal(), random: systemRandom })
  const put = (account: string, name = 'f') =>
    storage.inner.unit('write', (unit) => {
      const of = { account, region: 'us-east-1', name, id: name } as unknown as LambdaFunction
      const event = { payload: Buffer.from('{}'), clientContext: undefined }
      return new Queue(unit, { jobs, vault, random: systemRandom, most: 2 }).put(
        of,
        undefined,
        systemRandom.uuid(),
        event,
        START,
      )
    })
  assert.deepEqual(
    [await put('111122223333'), await put('111122223333', 'g'), await put('111122223333'), await put('444455556666')],
    [true, true, false, true],
  )
})

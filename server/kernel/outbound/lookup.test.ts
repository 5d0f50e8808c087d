import assert from 'node:assert/strict'
import type { LookupOptions } from 'node:dns'
import { test } from 'node:test'
import { isLinkLocal } from './addresses.ts'
import { lookupWithout } from './lookup.ts'

test('a name whose address is refused is not found, in both forms of the answer', async () => {
  const find = (host: string, options: LookupOptions) =>
    new Promise((resolve, reject) => {
      lookupWithout(isLinkLocal, () => new Error('not there'))(host, options, (error, found) =>
        error === null ? resolve(found) : reject(error),
      )
    })
  // forms of addresses that the system's resolver reads
  assert.equal(await find('127.1', { family: 4 }), '127.0.0.1')
  assert.deepEqual(await find('127.1', { all: true }), [{ address: '127.0.0.1', family: 4 }])
  for (const options of [{ family: 4 }, { all: true }])
    for (const host of ['0xa9fea9fe', '2852039166', '169.254.169.254'])
      await assert.rejects(find(host, options), { message: 'not there' })
  await assert.rejects(find('no.such.host.invalid', { all: true }), { code: /ENOTFOUND|EAI_AGAIN/ })
})

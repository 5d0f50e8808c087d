import assert from 'node:assert/strict'
import { scryptSync } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { ApiError } from '#kernel/error'
import { systemRandom } from '#kernel/random'
import { Secret } from '#kernel/values/bytes'
import { hashPassword, isPassword, NOBODYS } from './passwords.ts'

const password = new Secret('Correct horse 1 ü')

test('a password is kept as scrypt with its own salt and its cost, and printed by accident as nothing', async () => {
  const [one, two] = await Promise.all([hashPassword(password, systemRandom), hashPassword(password, systemRandom)])
  assert.notEqual(one.reveal(), two.reveal())
  const [kind, log2N, r, p, salt = '', hash] = one.reveal().split(':')
  assert.deepEqual([kind, log2N, r, p], ['scrypt', '15', '8', '1'])
  const cost = { N: 32_768, r: 8, p: 1, maxmem: 2 ** 26 }
  const right = scryptSync('Correct horse 1 ü', Buffer.from(salt, 'base64'), 32, cost)
  assert.equal(hash, right.toString('base64'))
  assert.equal(inspect(one), '[secret]')
})

test('only the password is the password', async () => {
  const kept = await hashPassword(password, systemRandom)
  assert.equal(await isPassword(password, kept), true)
  assert.equal(await isPassword(new Secret('Correct horse 1 u'), kept), false)
  assert.equal(await isPassword(new Secret(''), kept), false)
  assert.equal(await isPassword(password, NOBODYS), false)
})

test('a hash of another cost is compared by that cost', async () => {
  const salt = Buffer.from('0123456789abcdef')
  const hash = scryptSync('pw', salt, 32, { N: 1024, r: 4, p: 2 })
  const kept = new Secret(`scrypt:10:4:2:${salt.toString('base64')}:${hash.toString('base64')}`)
  assert.equal(await isPassword(new Secret('pw'), kept), true)
  await assert.rejects(isPassword(new Secret('pw'), new Secret('md5:1:2')), /unknown form/)
})

test('too many at once are sent away', async () => {
  const cheap = `scrypt:10:1:1:${'A'.repeat(22)}==:${Buffer.alloc(32).toString('base64')}`
  const asked = Array.from({ length: 100 }, () => isPassword(password, new Secret(cheap)))
  const answers = await Promise.allSettled(asked)
  const refused = answers.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
  assert.equal(refused.length, 34)
  for (const { reason } of refused) assert.equal((reason as ApiError).code, 'Throttling')
  assert.equal(await isPassword(password, new Secret(cheap)), false)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '#kernel/call'
import { systemRandom } from '#kernel/random'
import type { Env } from '../operation.ts'
import { GetRandomPassword } from './GetRandomPassword.ts'

const env = { random: systemRandom } as Env
const call = {} as Call

test('GetRandomPassword has no resource: it must be allowed on * (source: secretsmanager.md 7.1)', async () => {
  assert.deepEqual(await GetRandomPassword.target({}, env, call), { resource: '*' })
})

test('GetRandomPassword answers another password each time, drawn by the rules', async () => {
  const first = await GetRandomPassword.run({ PasswordLength: 20, ExcludePunctuation: true }, env, call)
  const second = await GetRandomPassword.run({ PasswordLength: 20, ExcludePunctuation: true }, env, call)
  assert.match(first.RandomPassword, /^[A-Za-z0-9]{20}$/)
  assert.notEqual(first.RandomPassword, second.RandomPassword)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statement } from '#kernel/storage/storage'
import type { AssumableRole } from '../iam/port.ts'
import { ACCOUNT, OTHER, ROLE, root, START, type Trial, trial } from './test/trial.ts'

const fun = { FunctionName: 'fun' }
const MINUTE = 60_000

const events = (t: Trial) =>
  t.storage.unit('read', (unit) =>
    unit.all<{ attempts: number }>(statement('test/events', 'select attempts from lambda_event'), {}),
  )
const due = async (t: Trial) => {
  const jobs = statement('test/due', `select due_at from job where kind = 'lambda/event'`)
  return (await t.storage.unit('read', (unit) => unit.all<{ due_at: number }>(jobs, {}))).map(({ due_at }) =>
    Number(due_at),
  )
}

test('what is being run stays claimed for as long as its function may run; who dies with it has used a try', async () => {
  await using t = await trial()
  await t.made({ Timeout: 60 })
  const gate = Promise.withResolvers<void>()
  t.sandboxes.answer = async () => {
    await gate.promise
    return {}
  }
  await t.call('Invoke', { ...fun, InvocationType: 'Event' })
  await t.runner.runDue(START)
  assert.deepEqual(await due(t), [START + 3 * MINUTE])
  assert.deepEqual(await events(t), [{ attempts: 1 }])
  // Nobody takes it up meanwhile.
  await t.runner.runDue(START + 3 * MINUTE - 1)
  assert.equal(t.sandboxes.runs.length, 1)
  gate.resolve()
  await t.service.idle()
  assert.deepEqual([await events(t), await due(t)], [[], []])
})

test('a server that stops puts what it did not end down for the next start, without a try used', async () => {
  await using t = await trial()
  await t.made()
  t.sandboxes.answer = async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return { functionError: 'Unhandled' }
  }
  await t.call('Invoke', { ...fun, InvocationType: 'Event' })
  await t.runner.runDue(START)
  await t.service.drain()
  assert.deepEqual(await events(t), [{ attempts: 0 }])
  assert.deepEqual(await due(t), [START + 1000])
})

test('no more than twelve of an account run at once, whatever waits; another account finds four', async () => {
  await using t = await trial()
  await t.made()
  const others = { caller: root(OTHER) }
  const Role = ROLE.replace(ACCOUNT, OTHER)
  t.roles.set(Role, { ...(t.roles.get(ROLE) as AssumableRole), account: OTHER, arn: Role })
  await t.made({ Role }, others)
  const gate = Promise.withResolvers<void>()
  t.sandboxes.answer = async () => {
    await gate.promise
    return {}
  }
  for (let i = 0; i < 15; i++) await t.call('Invoke', { ...fun, InvocationType: 'Event' })
  for (let i = 0; i < 5; i++) await t.call('Invoke', { ...fun, InvocationType: 'Event' }, others)
  await t.runner.runDue(START)
  while (t.sandboxes.runs.length < 16) await new Promise(setImmediate)
  assert.equal((await due(t)).filter((at) => at === START + 1000).length, 4)
  assert.equal(t.sandboxes.runs.filter(({ runnable }) => runnable.account === ACCOUNT).length, 12)
  gate.resolve()
  await t.service.idle()
  await t.advance(2000)
  assert.equal(t.sandboxes.runs.length, 20)
  assert.deepEqual(await events(t), [])
})

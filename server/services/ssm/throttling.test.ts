import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { HIGH_THROUGHPUT } from './model/settings.ts'
import { OTHER, root, type Trial, trial } from './test/trial.ts'
import { Throttle } from './throttling.ts'

/** A throttle over the store of a trial, and how many of `calls` calls it lets through. */
async function throttled(perSecond: number) {
  const one = await trial()
  const throttle = new Throttle(perSecond, one.storage)
  const through = async (operation: string, calls: number, more = {}) => {
    let count = 0
    for (let n = 0; n < calls; n++) {
      const refusal = await throttle.refusal(one.request(more), operation)
      if (refusal === undefined) count++
      else
        assert.deepEqual([refusal.code, refusal.message, refusal.status], ['ThrottlingException', 'Rate exceeded', 400])
    }
    return count
  }
  return { one, throttle, through, [Symbol.asyncDispose]: () => one[Symbol.asyncDispose]() }
}

const pass = (one: Trial, ms: number) => one.clock.set(one.clock.now() + ms)
const setHigh = (one: Trial, SettingValue: string) =>
  one.call('UpdateServiceSetting', { SettingId: HIGH_THROUGHPUT, SettingValue })

test('GetParameter, GetParameters and PutParameter share one rate; tokens come back with time (parameterstore.md 15)', async () => {
  await using it = await throttled(40)
  assert.equal(await it.through('GetParameter', 30), 30)
  assert.equal(await it.through('GetParameters', 20), 10)
  assert.equal(await it.through('PutParameter', 5), 0)
  pass(it.one, 500)
  assert.equal(await it.through('PutParameter', 30), 20)
  // No more than a second's worth is saved up.
  pass(it.one, 3_600_000)
  assert.equal(await it.through('GetParameter', 100), 40)
})

test('GetParametersByPath has a rate of its own, and other operations none', async () => {
  await using it = await throttled(2)
  assert.equal(await it.through('GetParameter', 5), 2)
  assert.equal(await it.through('GetParametersByPath', 5), 2)
  assert.equal(await it.through('DescribeParameters', 100), 100)
})

test('each account and each region has its own; who reads what another one shares pays (parameterstore.md 15)', async () => {
  await using it = await throttled(2)
  assert.equal(await it.through('GetParameter', 5), 2)
  assert.equal(await it.through('GetParameter', 5, { region: 'eu-west-1' }), 2)
  assert.equal(await it.through('GetParameter', 5, { caller: root(OTHER) }), 2)
})

test('high-throughput-enabled raises it at once, for each operation by itself, and takes it back', async () => {
  await using it = await throttled(2)
  assert.equal(await it.through('GetParameter', 3), 2)
  await setHigh(it.one, 'true')
  assert.equal(await it.through('GetParameter', 600), 500)
  assert.equal(await it.through('GetParameters', 60), 50)
  assert.equal(await it.through('GetParametersByPath', 60), 5)
  assert.equal(await it.through('PutParameter', 3), 0)
  assert.equal(await it.through('GetParameter', 3, { caller: root(OTHER) }), 2)
  await it.one.call('ResetServiceSetting', { SettingId: HIGH_THROUGHPUT })
  assert.equal(await it.through('GetParameter', 3), 0)
})

test('a clock that is set back gives nothing and takes nothing', async () => {
  await using it = await throttled(2)
  assert.equal(await it.through('GetParameter', 2), 2)
  pass(it.one, -10_000)
  assert.equal(await it.through('GetParameter', 1), 0)
  pass(it.one, 500)
  assert.equal(await it.through('GetParameter', 2), 1)
})

test('only the first call after a change asks the store; many accounts take no more memory than few', async () => {
  await using it = await throttled(2)
  const before = it.one.storage.steps
  await it.through('GetParameter', 100)
  assert.equal(it.one.storage.steps - before, 1)
  assert.equal(it.throttle.refusal(it.one.request(), 'GetParameter') instanceof ApiError, true)
  for (let n = 0; n < 10_001; n++) it.throttle.refusal(it.one.request({ account: String(n) }), 'PutParameter')
})

test('without the flag nobody is throttled', async () => {
  await using one = await trial()
  assert.equal(one.service.throttled, undefined)
})

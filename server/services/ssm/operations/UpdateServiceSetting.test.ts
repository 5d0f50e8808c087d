import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_TIER, HIGH_THROUGHPUT } from '../model/settings.ts'
import { ACCOUNT, DAY, REGION, START, trial } from '../test/trial.ts'

test('says who has set it and when; setting it again moves the date (parameterstore.md 14)', async () => {
  await using one = await trial()
  const get = async () => (await one.call('GetServiceSetting', { SettingId: HIGH_THROUGHPUT })).ServiceSetting
  assert.deepEqual(await one.call('UpdateServiceSetting', { SettingId: HIGH_THROUGHPUT, SettingValue: 'true' }), {})
  assert.deepEqual(await get(), {
    SettingId: HIGH_THROUGHPUT,
    SettingValue: 'true',
    LastModifiedDate: new Date(START),
    LastModifiedUser: `arn:aws:iam::${ACCOUNT}:root`,
    ARN: `arn:aws:ssm:${REGION}:${ACCOUNT}:servicesetting${HIGH_THROUGHPUT}`,
    Status: 'Customized',
  })
  one.clock.set(START + DAY)
  await one.call('UpdateServiceSetting', { SettingId: HIGH_THROUGHPUT, SettingValue: 'false' })
  const { LastModifiedDate, Status } = await get()
  assert.deepEqual([LastModifiedDate, Status], [new Date(START + DAY), 'Customized'])
})

test('what the setting can’t be is a ValidationException, an unknown setting is not found', async () => {
  await using one = await trial()
  const input = { SettingId: DEFAULT_TIER, SettingValue: 'standard' }
  await one.refused('UpdateServiceSetting', input, 'ValidationException')
  await one.refused('UpdateServiceSetting', { ...input, SettingId: '/x' }, 'ServiceSettingNotFound')
})

test('a parameter without a tier gets the default one; one with a tier, and an advanced one, does not (3.4)', async () => {
  await using one = await trial()
  const set = (SettingValue: string) => one.call('UpdateServiceSetting', { SettingId: DEFAULT_TIER, SettingValue })
  const tier = async (Name: string, more: object = {}) =>
    (await one.call('PutParameter', { Name, Value: 'v', Type: 'String', ...more })).Tier
  assert.equal(await tier('/first'), 'Standard')
  await set('Advanced')
  assert.equal(await tier('/a'), 'Advanced')
  assert.equal(await tier('/b', { Tier: 'Standard' }), 'Standard')
  await set('Standard')
  // Never back, and never refused for a tier that nobody named.
  assert.equal(await tier('/a', { Overwrite: true }), 'Advanced')
  assert.equal(await tier('/c'), 'Standard')
})

test('Intelligent-Tiering by default is never stored (trap 18)', async () => {
  await using one = await trial()
  await one.call('UpdateServiceSetting', { SettingId: DEFAULT_TIER, SettingValue: 'Intelligent-Tiering' })
  const put = (Name: string, Value: string) => one.call('PutParameter', { Name, Value, Type: 'String' })
  assert.equal((await put('/small', 'v')).Tier, 'Standard')
  assert.equal((await put('/big', 'v'.repeat(4097))).Tier, 'Advanced')
  const { Parameters } = await one.call('DescribeParameters', {})
  assert.deepEqual(
    Parameters.map(({ Tier }: { Tier: string }) => Tier),
    ['Advanced', 'Standard'],
  )
})

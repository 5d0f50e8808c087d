import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_TIER } from '../model/settings.ts'
import { trial } from '../test/trial.ts'

test('goes back to the default, and says so; a second time too (parameterstore.md 14)', async () => {
  await using one = await trial()
  await one.call('UpdateServiceSetting', { SettingId: DEFAULT_TIER, SettingValue: 'Advanced' })
  for (let time = 0; time < 2; time++) {
    const { ServiceSetting } = await one.call('ResetServiceSetting', { SettingId: DEFAULT_TIER })
    const { SettingValue, LastModifiedUser, Status } = ServiceSetting
    assert.deepEqual([SettingValue, LastModifiedUser, Status], ['Standard', 'System', 'Default'])
  }
  const { ServiceSetting } = await one.call('GetServiceSetting', { SettingId: DEFAULT_TIER })
  assert.equal(ServiceSetting.Status, 'Default')
  assert.equal((await one.call('PutParameter', { Name: '/a', Value: 'v', Type: 'String' })).Tier, 'Standard')
})

test('an unknown setting is not found', async () => {
  await using one = await trial()
  await one.refused('ResetServiceSetting', { SettingId: '/x' }, 'ServiceSettingNotFound')
})

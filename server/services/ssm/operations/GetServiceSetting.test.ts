import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_TIER } from '../model/settings.ts'
import { ACCOUNT, allow, OTHER, REGION, root, trial, user } from '../test/trial.ts'

const ARN = `arn:aws:ssm:${REGION}:${ACCOUNT}:servicesetting${DEFAULT_TIER}`

test('at its default it is System’s; by path and by ARN it is the same (parameterstore.md 14)', async () => {
  await using one = await trial()
  for (const SettingId of [DEFAULT_TIER, ARN]) {
    const { ServiceSetting } = await one.call('GetServiceSetting', { SettingId })
    assert.deepEqual(
      { ...ServiceSetting, LastModifiedDate: undefined },
      {
        SettingId: DEFAULT_TIER,
        SettingValue: 'Standard',
        LastModifiedDate: undefined,
        LastModifiedUser: 'System',
        ARN,
        Status: 'Default',
      },
    )
  }
})

test('settings are of one account and one region', async () => {
  await using one = await trial()
  await one.call('UpdateServiceSetting', { SettingId: DEFAULT_TIER, SettingValue: 'Advanced' })
  const value = async (more: object) =>
    (await one.call('GetServiceSetting', { SettingId: DEFAULT_TIER }, more)).ServiceSetting.SettingValue
  assert.equal(await value({}), 'Advanced')
  assert.equal(await value({ region: 'eu-west-1' }), 'Standard')
  assert.equal(await value({ caller: root(OTHER) }), 'Standard')
})

test('what is no setting is ServiceSettingNotFound, for those who may ask only', async () => {
  await using one = await trial()
  for (const SettingId of ['/ssm/managed-instance/activation-tier', 'x', ARN.replace(REGION, 'eu-west-1')]) {
    await one.refused('GetServiceSetting', { SettingId }, 'ServiceSettingNotFound')
  }
  const mayOne = user('alice', [allow('GetServiceSetting', ARN)])
  await one.ask('GetServiceSetting', { SettingId: DEFAULT_TIER }, mayOne)
  const denied = { code: 'AccessDeniedException' }
  await assert.rejects(one.ask('GetServiceSetting', { SettingId: '/ssm/else' }, mayOne), denied)
  // Another account's settings are nobody's but its own, root or not.
  await assert.rejects(one.ask('GetServiceSetting', { SettingId: ARN }, root(OTHER)), denied)
})

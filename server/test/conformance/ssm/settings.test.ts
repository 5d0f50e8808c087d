import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SSM } from '@aws-sdk/client-ssm'
import { start } from '../../start.ts'
import { clientsOf, refused, region, session } from '../session.ts'

// Service settings and throughput, through the SDK. Source: parameterstore.md 14, 15.

const { ssm, server } = await session()
const SettingId = '/ssm/parameter-store/default-parameter-tier'
const HIGH = '/ssm/parameter-store/high-throughput-enabled'
const arn = (id: string) => `arn:aws:ssm:${region}:${server.account}:servicesetting${id}`

test('a setting is read, changed and reset, by its path or its ARN; the path is shown', async () => {
  const { ServiceSetting: before } = await ssm.getServiceSetting({ SettingId: arn(SettingId) })
  assert.ok(before?.LastModifiedDate instanceof Date)
  assert.deepEqual(
    { ...before, LastModifiedDate: undefined },
    {
      SettingId,
      SettingValue: 'Standard',
      LastModifiedDate: undefined,
      LastModifiedUser: 'System',
      ARN: arn(SettingId),
      Status: 'Default',
    },
  )
  await ssm.updateServiceSetting({ SettingId: arn(SettingId), SettingValue: 'Advanced' })
  const { ServiceSetting: set } = await ssm.getServiceSetting({ SettingId })
  assert.deepEqual(
    [set?.SettingId, set?.SettingValue, set?.Status, set?.LastModifiedUser],
    [SettingId, 'Advanced', 'Customized', `arn:aws:iam::${server.account}:root`],
  )
  assert.equal((await ssm.putParameter({ Name: '/s/a', Value: 'v', Type: 'String' })).Tier, 'Advanced')
  const { ServiceSetting: reset } = await ssm.resetServiceSetting({ SettingId })
  assert.deepEqual([reset?.SettingValue, reset?.Status], ['Standard', 'Default'])
})

test('a default of Intelligent-Tiering is decided anew for each parameter (trap 18)', async () => {
  await ssm.updateServiceSetting({ SettingId, SettingValue: 'Intelligent-Tiering' })
  const tier = async (Name: string, Value: string) => (await ssm.putParameter({ Name, Value, Type: 'String' })).Tier
  assert.equal(await tier('/s/small', 'v'), 'Standard')
  assert.equal(await tier('/s/big', 'v'.repeat(4097)), 'Advanced')
  await ssm.resetServiceSetting({ SettingId })
})

test('an unknown setting is ServiceSettingNotFound, another value a ValidationException', async () => {
  for (const id of ['/ssm/automation/enable-adaptive-concurrency', arn(SettingId).replace(region, 'eu-west-1')]) {
    await refused(ssm.getServiceSetting({ SettingId: id }), 'ServiceSettingNotFound')
  }
  await refused(ssm.updateServiceSetting({ SettingId: HIGH, SettingValue: 'yes' }), 'ValidationException')
})

test('without a limit nobody is throttled; with one the SDK sees ThrottlingException, and waits and tries again', async () => {
  for (let n = 0; n < 60; n++) await ssm.getServiceSetting({ SettingId })
  const limited = await start({ standing: true, parameters: { throughput: 3, strictPaths: false } })
  const config = { endpoint: limited.url, region, credentials: limited.credentials }
  const once = new SSM({ ...config, maxAttempts: 1 })
  const clients = clientsOf(limited)
  after(async () => {
    once.destroy()
    clients.destroy()
    await limited[Symbol.asyncDispose]()
  })
  await once.putParameter({ Name: '/t', Value: 'v', Type: 'String' })
  const read = () => once.getParameter({ Name: '/t' })
  await read()
  await once.getParameters({ Names: ['/t'] })
  await refused(read(), 'ThrottlingException', 'Rate exceeded')
  // Others are not counted.
  await once.describeParameters({})
  await limited.clock.advance({ seconds: 1 })
  for (let n = 0; n < 3; n++) await read()
  await refused(read(), 'ThrottlingException', 'Rate exceeded')
  await once.updateServiceSetting({ SettingId: HIGH, SettingValue: 'true' })
  for (let n = 0; n < 40; n++) await read()
  // Tries again until time has passed.
  await once.resetServiceSetting({ SettingId: HIGH })
  const patient = clients.ssm.getParameter({ Name: '/t' })
  await limited.clock.advance({ seconds: 1 })
  assert.equal((await patient).Parameter?.Value, 'v')
})

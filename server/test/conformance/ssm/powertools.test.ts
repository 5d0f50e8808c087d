import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { region, session } from '../session.ts'

// Powertools for AWS Lambda, unmodified: nothing but the endpoint is ours. Source: parameterstore.md 16.2.

const { ssm, secrets, server } = await session()
const config = { endpoint: server.url, region, credentials: server.credentials }
const clients = [new SSMClient(config), new SecretsManagerClient(config)] as const
after(() => {
  for (const client of clients) client.destroy()
})
const parameters = new SSMProvider({ awsSdkV3Client: clients[0] })
const fresh = { forceFetch: true }

await ssm.putParameter({ Name: '/tools/json', Value: '{"a":[1,2]}', Type: 'SecureString' })
await ssm.putParameter({ Name: '/tools/list', Value: 'a,b', Type: 'StringList' })
await ssm.putParameter({ Name: '/tools/deep/text', Value: 'plain', Type: 'String' })
for (let n = 0; n < 12; n++) await ssm.putParameter({ Name: `/tools/many/${n}`, Value: `v${n}`, Type: 'String' })

test('one parameter, decrypted and transformed', async () => {
  assert.deepEqual(await parameters.get('/tools/json', { decrypt: true, transform: 'json' }), { a: [1, 2] })
  assert.match(String(await parameters.get('/tools/json', fresh)), /^AQICA/)
  assert.equal(await parameters.get('/tools/list', fresh), 'a,b')
  await assert.rejects(parameters.get('/tools/none', fresh))
})

test('everything below a path, over its pages, named relative to it', async () => {
  const all = await parameters.getMultiple('/tools', { decrypt: true, recursive: true })
  assert.equal(Object.keys(all ?? {}).length, 15)
  assert.equal(all?.['deep/text'], 'plain')
  assert.equal(all?.['many/11'], 'v11')
  assert.equal(all?.json, '{"a":[1,2]}')
  assert.deepEqual(await parameters.getMultiple('/tools/deep'), { text: 'plain' })
  assert.deepEqual(await parameters.getMultiple('/tools/nothing', fresh), {})
})

test('parameters by name in tens; what is not there is told or fails', async () => {
  const names = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`/tools/many/${n}`, {}]))
  const found = await parameters.getParametersByName<string>(names, { maxAge: 0 })
  assert.deepEqual(Object.keys(found).length, 12)
  assert.equal(found['/tools/many/7'], 'v7')
  const some = { '/tools/list': {}, '/tools/none': {} }
  const graceful = await parameters.getParametersByName<string>(some, { throwOnError: false, maxAge: 0 })
  assert.deepEqual(graceful, { '/tools/list': 'a,b', _errors: ['/tools/none'] })
  await assert.rejects(parameters.getParametersByName(some, { maxAge: 0 }), /tools\/none/)
})

test('a parameter is set, and again with overwrite', async () => {
  assert.equal(await parameters.set('/tools/set', { value: 'one' }), 1)
  await assert.rejects(parameters.set('/tools/set', { value: 'two' }))
  assert.equal(await parameters.set('/tools/set', { value: 'two', overwrite: true, parameterType: 'SecureString' }), 2)
  assert.equal(await parameters.get('/tools/set', { ...fresh, decrypt: true }), 'two')
})

test('secrets beside them', async () => {
  await secrets.createSecret({ Name: 'tools/db', SecretString: '{"password":"hunter2"}' })
  const provider = new SecretsProvider({ awsSdkV3Client: clients[1] })
  assert.deepEqual(await provider.get('tools/db', { transform: 'json' }), { password: 'hunter2' })
  await assert.rejects(provider.get('tools/none', fresh))
})

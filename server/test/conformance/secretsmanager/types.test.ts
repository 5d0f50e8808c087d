import assert from 'node:assert/strict'
import { test } from 'node:test'
import { session } from '../session.ts'
import { refusedOnWire, wireOf } from './rig.ts'

/** Managed external secrets: `Type`. Source: secretsmanager.md 13; User Guide, Managed external secrets Partners. */

const { server, secrets } = await session()
const wire = wireOf(server)

test('Type is one of the known partners’, shown by DescribeSecret and ListSecrets, and none by default', async () => {
  const types = [
    ...[
      'BigIDClientSecret',
      'CiscoSecurityPlatformApiKey',
      'ConfluentCloudApiKey',
      'DatabricksPAT',
      'DatabricksSPSecret',
    ],
    ...['DatadogAdminKey', 'DatadogApiKey', 'DatadogApplicationKey', 'GitLabAccessToken', 'JenkinsApiToken'],
    ...['MongoDBAtlasDatabaseUser', 'MongoDBAtlasServiceAccount', 'NetskopeApiToken', 'PaddleApiKey'],
    ...['SalesforceClientSecret', 'SnowflakeKeyPairAuthentication', 'SnowflakePat'],
  ]
  for (const Type of types) {
    await secrets.createSecret({ Name: `types/${Type}`, SecretString: '{}', Type })
    assert.equal((await secrets.describeSecret({ SecretId: `types/${Type}` })).Type, Type)
  }
  const { SecretList = [] } = await secrets.listSecrets({ Filters: [{ Key: 'name', Values: ['types/'] }] })
  assert.deepEqual(
    SecretList.map(({ Type = '' }) => Type),
    types,
  )
  for (const Type of [undefined, '']) {
    await secrets.createSecret({ Name: `plain/${Type}`, SecretString: 'x', ...(Type === undefined ? {} : { Type }) })
    assert.equal('Type' in (await wire('DescribeSecret', { SecretId: `plain/${Type}` })).json, false)
  }
  for (const Type of ['Unheard', 'datadogapikey', 'DatadogApiKey ']) {
    const answer = await wire('CreateSecret', { Name: 'types/none', Type })
    refusedOnWire(answer, 'InvalidParameterException', /Type/)
  }
})

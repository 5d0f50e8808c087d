import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ParameterMetadata } from '@aws-sdk/client-ssm'
import { refused, session } from '../session.ts'

/**
 * What chamber does, call by call: services are paths, values are SecureStrings under a key of one's own, its own version number is
 * the description, and it looks at LastModifiedUser without asking whether it is there. Source: parameterstore.md 16.2.
 */

const { ssm, kms } = await session()
const KeyId = 'alias/parameter_store_key'

async function write(service: string, key: string, Value: string): Promise<void> {
  const Name = `/${service}/${key}`
  const [there] = await describe([{ Key: 'Name', Option: 'Equals', Values: [Name] }])
  const Description = String(Number(there?.Description ?? 0) + 1)
  await ssm.putParameter({ Name, Value, Type: 'SecureString', KeyId, Description, Overwrite: true })
}

async function describe(
  ParameterFilters: { Key: string; Option: string; Values: string[] }[],
): Promise<ParameterMetadata[]> {
  const found: ParameterMetadata[] = []
  for (let NextToken: string | undefined; ; ) {
    const page = await ssm.describeParameters({ ParameterFilters, MaxResults: 50, ...(NextToken && { NextToken }) })
    found.push(...(page.Parameters ?? []))
    NextToken = page.NextToken
    if (NextToken === undefined) return found
  }
}

const inService = (service: string) => describe([{ Key: 'Path', Option: 'OneLevel', Values: [`/${service}`] }])

test('write, list, read, export, history and delete, by prefix', async () => {
  const key = await kms.createKey({})
  await kms.createAlias({ AliasName: KeyId, TargetKeyId: key.KeyMetadata?.KeyId ?? '' })
  await write('web', 'db_password', 'one')
  await write('web', 'db_password', 'two')
  await write('web', 'token', 'abc')
  await write('web2', 'token', 'other')
  await write('web/eu', 'token', 'deep')

  const listed = await inService('web')
  assert.deepEqual(
    listed.map(({ Name, Description, KeyId, LastModifiedUser }) => [
      Name,
      Description,
      KeyId,
      LastModifiedUser?.split(':').at(-1),
    ]),
    [
      ['/web/db_password', '2', 'alias/parameter_store_key', 'root'],
      ['/web/token', '1', 'alias/parameter_store_key', 'root'],
    ],
  )
  const services = await describe([{ Key: 'Name', Option: 'BeginsWith', Values: ['/web'] }])
  assert.deepEqual(
    [...new Set(services.map(({ Name }) => Name?.split('/').slice(1, -1).join('/')))],
    ['web', 'web/eu', 'web2'],
  )

  const { Parameters } = await ssm.getParameters({ Names: ['/web/db_password'], WithDecryption: true })
  assert.equal(Parameters?.[0]?.Value, 'two')
  const exported = await ssm.getParametersByPath({ Path: '/web', WithDecryption: true })
  assert.deepEqual(
    Object.fromEntries((exported.Parameters ?? []).map(({ Name, Value }) => [Name?.split('/').at(-1), Value])),
    {
      db_password: 'two',
      token: 'abc',
    },
  )
  const { Parameters: history } = await ssm.getParameterHistory({ Name: '/web/db_password', WithDecryption: true })
  assert.deepEqual(
    history?.map(({ Description, Value, LastModifiedUser }) => [Description, Value, LastModifiedUser !== undefined]),
    [
      ['1', 'one', true],
      ['2', 'two', true],
    ],
  )
  await ssm.deleteParameter({ Name: '/web/token' })
  assert.equal((await inService('web')).length, 1)
  await refused(ssm.getParameter({ Name: '/web/token' }), 'ParameterNotFound')
})

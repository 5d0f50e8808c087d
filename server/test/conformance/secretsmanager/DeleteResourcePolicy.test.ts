import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session, texts } from '../session.ts'
import { allow, documentOf, personOf, wireOf } from './rig.ts'

/** Source: secretsmanager.md 8.4. */
const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)
const { ARN = '' } = await secrets.createSecret({ Name: 'app/db', SecretString: 'x' })

test('it takes the policy away, answers JSON, and succeeds where there is none', async () => {
  const reader = await personOf(server, clients, 'reader')
  const ResourcePolicy = documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: reader.arn } }))
  const read = () => reader.secrets.getSecretValue({ SecretId: 'app/db' })
  await secrets.putResourcePolicy({ SecretId: 'app/db', ResourcePolicy })
  assert.equal((await read()).SecretString, 'x')
  for (const SecretId of ['app/db', ARN]) {
    const { status, json } = await wire('DeleteResourcePolicy', { SecretId })
    assert.deepEqual([status, json], [200, { ARN, Name: 'app/db' }])
    assert.equal((await secrets.getResourcePolicy({ SecretId })).ResourcePolicy, undefined)
    await refused(read(), 'AccessDeniedException')
  }
})

test('its refusals: permission, then existence, then deletion', async () => {
  const nobody = await personOf(server, clients, 'nobody')
  const take = (SecretId: string, by = secrets) => by.deleteResourcePolicy({ SecretId })
  for (const id of ['app/db', 'none']) {
    await refused(take(id, nobody.secrets), 'AccessDeniedException', nobody.denied('DeleteResourcePolicy', id))
  }
  await refused(take('none'), 'ResourceNotFoundException', texts.noSecret)
  await secrets.createSecret({ Name: 'leaving' })
  await secrets.deleteSecret({ SecretId: 'leaving' })
  await refused(take('leaving'), 'InvalidRequestException', texts.marked)
})

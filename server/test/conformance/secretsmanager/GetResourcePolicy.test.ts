import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session, texts } from '../session.ts'
import { allow, documentOf, personOf, wireOf } from './rig.ts'

/** Source: secretsmanager.md 8.8, 12. */
const { server, ...clients } = await session()
const { secrets, iam } = clients
const wire = wireOf(server)
const { ARN = '' } = await secrets.createSecret({ Name: 'app/db', SecretString: 'x' })

test('without a policy there is no such member at all (recorded)', async () => {
  const { status, json } = await wire('GetResourcePolicy', { SecretId: 'app/db' })
  assert.deepEqual([status, json], [200, { ARN, Name: 'app/db' }])
})

test('a policy comes back in AWS’s own layout, its members in the order in which they were sent (recorded)', async () => {
  const sent = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"${server.account}"},"Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}],"Version":"2012-10-17"}`
  await secrets.putResourcePolicy({ SecretId: 'app/db', ResourcePolicy: sent })
  const { $metadata: _, ResourcePolicy, ...head } = await secrets.getResourcePolicy({ SecretId: ARN })
  assert.deepEqual(head, { ARN, Name: 'app/db' })
  assert.equal(
    ResourcePolicy?.replace(/arn:aws:iam::\d{12}:root/, server.account),
    `{
  "Statement" : [ {
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "${server.account}"
    },
    "Action" : [ "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret" ],
    "Resource" : "*",
    "Condition" : {
      "Bool" : {
        "aws:SecureTransport" : "true"
      }
    }
  } ],
  "Version" : "2012-10-17"
}`,
  )
  // What was shown can be sent again.
  await secrets.putResourcePolicy({ SecretId: 'app/db', ResourcePolicy })
  assert.equal((await secrets.getResourcePolicy({ SecretId: 'app/db' })).ResourcePolicy, ResourcePolicy)
})

test('a principal that is gone is shown by its unique id, also when the name is made again (recorded)', async () => {
  const made = async () => (await iam.createUser({ UserName: 'leaver' })).User
  const first = await made()
  const shown = async () =>
    JSON.parse((await secrets.getResourcePolicy({ SecretId: 'app/db' })).ResourcePolicy ?? '').Statement[0].Principal
      .AWS
  const policy = documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: first?.Arn } }))
  await secrets.putResourcePolicy({ SecretId: 'app/db', ResourcePolicy: policy })
  assert.equal(await shown(), first?.Arn)
  await iam.deleteUser({ UserName: 'leaver' })
  assert.match(first?.UserId ?? '', /^AIDA/)
  assert.equal(await shown(), first?.UserId)
  await made()
  assert.equal(await shown(), first?.UserId)
})

test('it stays through a scheduled deletion and its restore; a secret of the same name that comes later has none (12)', async () => {
  await secrets.createSecret({ Name: 'cycle' })
  const ResourcePolicy = documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: server.account } }))
  await secrets.putResourcePolicy({ SecretId: 'cycle', ResourcePolicy })
  await secrets.deleteSecret({ SecretId: 'cycle' })
  await refused(secrets.getResourcePolicy({ SecretId: 'cycle' }), 'InvalidRequestException', texts.marked)
  await secrets.restoreSecret({ SecretId: 'cycle' })
  assert.ok((await secrets.getResourcePolicy({ SecretId: 'cycle' })).ResourcePolicy)
  await secrets.deleteSecret({ SecretId: 'cycle', ForceDeleteWithoutRecovery: true })
  await secrets.createSecret({ Name: 'cycle' })
  assert.equal((await secrets.getResourcePolicy({ SecretId: 'cycle' })).ResourcePolicy, undefined)
})

test('it needs its permission before existence is told', async () => {
  const nobody = await personOf(server, clients, 'nobody')
  for (const SecretId of ['app/db', 'none']) {
    const answer = nobody.secrets.getResourcePolicy({ SecretId })
    await refused(answer, 'AccessDeniedException', nobody.denied('GetResourcePolicy', SecretId))
  }
  await refused(secrets.getResourcePolicy({ SecretId: 'none' }), 'ResourceNotFoundException', texts.noSecret)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parsePolicy } from '#kernel/authorization/policy'
import type { Endpoint } from '#kernel/call'
import { type Started, start } from '../start.ts'
import { clientsOf, refused, region } from './session.ts'

/** A listener that is a private endpoint: its policy bounds every call that comes in by it, root's too. Source: access.md 5.6, 5.7. */

let server: Started
before(async () => {
  const parsed = parsePolicy(
    JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: ['secretsmanager:*', 'iam:*'], Resource: '*' },
        { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' },
      ],
    }),
    'resource',
  )
  assert.ok(parsed.ok)
  const endpoint: Endpoint = { id: 'vpce-0a1b2c3d', vpc: 'vpc-9f8e7d', policy: parsed.policy }
  server = await start({ endpoint })
})
after(() => server[Symbol.asyncDispose]())

test('what the endpoint’s policy denies or does not allow is refused to everybody, in its words', async () => {
  const { secrets, kms, sts, destroy } = clientsOf(server)
  await secrets.createSecret({ Name: 'a', SecretString: 'b' })
  await refused(
    secrets.deleteSecret({ SecretId: 'a' }),
    'AccessDeniedException',
    /with an explicit deny in a VPC endpoint policy$/,
  )
  await refused(
    kms.listKeys({}),
    'AccessDeniedException',
    /because no VPC endpoint policy allows the kms:ListKeys action$/,
  )
  // What Secrets Manager asks of KMS in the caller's name does not come in by the endpoint.
  assert.equal((await secrets.getSecretValue({ SecretId: 'a' })).SecretString, 'b')
  assert.ok(await sts.getCallerIdentity({}))
  destroy()
})

test('conditions see the endpoint and its network, and no public address', async () => {
  const { iam, destroy } = clientsOf(server)
  const people = [
    [{ StringEquals: { 'aws:SourceVpce': 'vpce-0a1b2c3d', 'aws:SourceVpc': 'vpc-9f8e7d' } }, true],
    [{ StringEquals: { 'aws:SourceVpce': 'vpce-other' } }, false],
    [{ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, false],
    [{ IpAddress: { 'aws:VpcSourceIp': '127.0.0.0/8' } }, true],
  ] as const
  for (const [index, [Condition, allowed]] of people.entries()) {
    const UserName = `person-${index}`
    await iam.createUser({ UserName })
    const Statement = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*', Condition }
    await iam.putUserPolicy({
      UserName,
      PolicyName: 'own',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    })
    const { AccessKey } = await iam.createAccessKey({ UserName })
    const person = clientsOf(server, {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    })
    const answer = person.secrets.getSecretValue({ SecretId: 'a' })
    if (allowed) assert.equal((await answer).SecretString, 'b', `${region} ${index}`)
    else await refused(answer, 'AccessDeniedException', /because no identity-based policy allows/)
    person.destroy()
  }
  destroy()
})

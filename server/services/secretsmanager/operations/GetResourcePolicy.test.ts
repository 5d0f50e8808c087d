import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, document, to, userArn } from '../test/callers.ts'
import { NOT_FOUND, trial } from '../test/trial.ts'

const SecretId = 'app/db'

test('without a policy the member is not there at all (recorded, trap 54)', async () => {
  await using t = await trial()
  const arn = await t.made()
  assert.deepEqual(await t.call('GetResourcePolicy', { SecretId }), { ARN: arn, Name: SecretId })
  await t.refused('GetResourcePolicy', { SecretId: 'none' }, 'ResourceNotFoundException', NOT_FOUND)
})

test('the text is laid out as AWS does, members in the order sent (recorded, secretsmanager.md 8.8)', async () => {
  await using t = await trial()
  await t.made()
  const ResourcePolicy = `{"Statement":[{"Sid":"a","Effect":"Deny","Principal":{"AWS":"*"},"Action":["secretsmanager:DeleteSecret","secretsmanager:TagResource"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":false}}},{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*","Condition":{}}],"Version":"2012-10-17"}`
  await t.call('PutResourcePolicy', { SecretId, ResourcePolicy })
  const { ResourcePolicy: shown } = await t.call('GetResourcePolicy', { SecretId })
  assert.equal(
    shown,
    `{
  "Statement" : [ {
    "Sid" : "a",
    "Effect" : "Deny",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "secretsmanager:DeleteSecret", "secretsmanager:TagResource" ],
    "Resource" : "*",
    "Condition" : {
      "Bool" : {
        "aws:SecureTransport" : false
      }
    }
  }, {
    "Effect" : "Allow",
    "Principal" : "*",
    "Action" : "secretsmanager:*",
    "Resource" : "*",
    "Condition" : { }
  } ],
  "Version" : "2012-10-17"
}`,
  )
})

test('a principal that is gone is shown by its unique id, also when somebody else has its name now', async () => {
  await using t = await trial()
  await t.made()
  t.people.ids.set(userArn('ann'), 'AIDAANNANNANNANN1')
  t.people.ids.set(userArn('bob'), 'AIDABOBBOBBOBBOB1')
  const ResourcePolicy = document(allow('GetSecretValue', to(userArn('ann'), userArn('bob'))))
  await t.call('PutResourcePolicy', { SecretId, ResourcePolicy })
  const shown = async () =>
    JSON.parse((await t.call('GetResourcePolicy', { SecretId })).ResourcePolicy).Statement[0].Principal.AWS
  assert.deepEqual(await shown(), [userArn('ann'), userArn('bob')])
  t.people.ids.delete(userArn('ann'))
  t.people.ids.set(userArn('bob'), 'AIDABOBBOBBOBBOB2')
  assert.deepEqual(await shown(), ['AIDAANNANNANNANN1', 'AIDABOBBOBBOBBOB1'])
  // What is shown can be put back.
  const again = (await t.call('GetResourcePolicy', { SecretId })).ResourcePolicy
  await t.call('PutResourcePolicy', { SecretId, ResourcePolicy: again })
  assert.deepEqual(await shown(), ['AIDAANNANNANNANN1', 'AIDABOBBOBBOBBOB1'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotates, rotorOf, until } from '../../../test/conformance/secretsmanager/rig.ts'
import { ownOf } from './own.ts'

/* The history and the rollback of secrets under rotation, by a function that the test plays. */

const rotor = await rotorOf()
const { secrets, functionArn, server } = rotor
const own = ownOf(server)
const token = (name: string) => name.padEnd(36, '-')
const history = async (SecretId: string) => (await own('ListSecretHistory', { SecretId })).Entries

test('a version that a rotation made without a value has lost none; it is kept once the function has put one', async () => {
  await secrets.createSecret({ Name: 'r/slow', SecretString: 'one', ClientRequestToken: token('slow-1') })
  let mayGoOn = () => {}
  const gate = new Promise<void>((resolve) => {
    mayGoOn = resolve
  })
  rotor.answer = async (step) => {
    await gate
    await rotates(secrets)(step)
  }
  await secrets.rotateSecret({
    SecretId: 'r/slow',
    ClientRequestToken: token('slow-2'),
    RotationLambdaARN: functionArn,
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  const [asked, made] = await history('r/slow')
  assert.deepEqual([asked.EventName, asked.VersionId, asked.ValueKept], ['RotateSecret', token('slow-2'), undefined])
  assert.equal(made.ValueKept, true)
  mayGoOn()
  await until(async () => (await secrets.getSecretValue({ SecretId: 'r/slow' })).VersionId === token('slow-2'))
  const after = await history('r/slow')
  assert.deepEqual(
    after.map(({ EventName, ValueKept }: { EventName: string; ValueKept?: boolean }) => [EventName, ValueKept]),
    [
      ['UpdateSecretVersionStage', undefined],
      ['PutSecretValue', true],
      ['RotateSecret', true],
      ['CreateSecret', true],
    ],
  )
})

test('a rotated secret is rolled back as PutSecretValue would write it, and goes on being rotated', async () => {
  const before = await secrets.describeSecret({ SecretId: 'r/slow' })
  await own('RollBackSecret', { SecretId: 'r/slow', To: 'AWSPREVIOUS', ClientRequestToken: token('slow-3') })
  const after = await secrets.describeSecret({ SecretId: 'r/slow' })
  assert.equal((await secrets.getSecretValue({ SecretId: 'r/slow' })).SecretString, 'one')
  assert.deepEqual(after.VersionIdsToStages, {
    [token('slow-3')]: ['AWSCURRENT'],
    [token('slow-2')]: ['AWSPREVIOUS'],
  })
  assert.deepEqual([after.RotationEnabled, after.NextRotationDate], [true, before.NextRotationDate])
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { region, version } from '../session.ts'
import { rotorOf, until } from './rig.ts'

/** What the trail says of calls and of what the service does by itself, as LookupEvents answers it. Source: secretsmanager.md 17. */

const rotor = await rotorOf({ trailLimits: { lookupsPerSecond: 1e6 } })
const { server, secrets, functionArn } = rotor
const trail = new CloudTrail({ endpoint: server.url, region, credentials: server.credentials })
after(() => trail.destroy())

/** The records of that name about a secret, oldest first. */
async function records(EventName: string, about: string) {
  const found: Record<string, unknown>[] = []
  for (let NextToken: string | undefined; ; ) {
    const page = await trail.lookupEvents({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: EventName }],
      ...(NextToken !== undefined && { NextToken }),
    })
    found.push(...(page.Events ?? []).map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent)))
    NextToken = page.NextToken
    if (NextToken === undefined) break
  }
  return found.filter((record) => JSON.stringify(record).includes(about)).toReversed()
}

const made = async (Name: string) => {
  const { ARN = '' } = await secrets.createSecret({ Name, SecretString: 'needle', ClientRequestToken: version(1) })
  return ARN
}

test('one record for each call, named as the operation, with nothing that is secret; a refused one too', async () => {
  const SecretId = 'trail/calls'
  const ARN = await made(SecretId)
  await secrets.putSecretValue({ SecretId, SecretBinary: Buffer.from('needle'), ClientRequestToken: version(2) })
  await secrets.updateSecret({ SecretId, SecretString: 'needle!', ClientRequestToken: version(3) })
  await secrets.getSecretValue({ SecretId })
  await secrets.getSecretValue({ SecretId: ARN, VersionStage: 'AWSPREVIOUS' })
  await secrets.getSecretValue({ SecretId, VersionId: version(1) })
  await secrets.getSecretValue({ SecretId, VersionStage: 'none' }).catch(() => undefined)
  await secrets.updateSecretVersionStage({ SecretId, VersionStage: 'mine', MoveToVersionId: version(1) })
  await secrets.tagResource({ SecretId, Tags: [{ Key: 'a', Value: '1' }] })
  await secrets.untagResource({ SecretId, TagKeys: ['a'] })
  const parameters = async (name: string) =>
    (await records(name, SecretId)).map(({ requestParameters }) => requestParameters as Record<string, unknown>)
  assert.deepEqual(await parameters('GetSecretValue'), [
    { secretId: SecretId },
    { secretId: ARN, versionStage: 'AWSPREVIOUS' },
    { secretId: SecretId, versionId: version(1) },
    { secretId: SecretId, versionStage: 'none' },
  ])
  assert.deepEqual(await parameters('PutSecretValue'), [{ secretId: SecretId, clientRequestToken: version(2) }])
  assert.deepEqual(await parameters('UpdateSecret'), [{ secretId: SecretId, clientRequestToken: version(3) }])
  assert.deepEqual(await parameters('UpdateSecretVersionStage'), [
    { secretId: SecretId, versionStage: 'mine', moveToVersionId: version(1) },
  ])
  for (const name of ['CreateSecret', 'TagResource', 'UntagResource'])
    assert.equal((await records(name, SecretId)).length, 1, name)
  const reads = await records('GetSecretValue', SecretId)
  assert.equal(reads.at(-1)?.errorCode, 'ResourceNotFoundException')
  for (const { eventSource, readOnly, awsRegion, eventType } of reads)
    assert.deepEqual(
      [eventSource, readOnly, awsRegion, eventType],
      ['secretsmanager.amazonaws.com', true, region, 'AwsApiCall'],
    )
  const { RandomPassword = '' } = await secrets.getRandomPassword({})
  const everything = JSON.stringify((await trail.lookupEvents({ MaxResults: 50 })).Events)
  assert.ok(!everything.includes('needle') && !everything.includes(Buffer.from('needle').toString('base64')))
  assert.ok(!everything.includes(JSON.stringify(RandomPassword).slice(1, -1)))
})

test('a batch is one record, and one GetSecretValue for each secret', async () => {
  await made('trail/batch/1')
  await made('trail/batch/2')
  await secrets.batchGetSecretValue({ SecretIdList: ['trail/batch/1', 'trail/batch/2'] })
  assert.equal((await records('BatchGetSecretValue', 'trail/batch/')).length, 1)
  assert.deepEqual(
    (await records('GetSecretValue', 'trail/batch/')).map(({ requestParameters }) => requestParameters),
    [{ secretId: 'trail/batch/1' }, { secretId: 'trail/batch/2' }],
  )
})

test('a rotation: started and succeeded, by the service, with the ARN, under a request id of the rotation', async () => {
  const SecretId = 'trail/rotated'
  const ARN = await made(SecretId)
  const RotationRules = { AutomaticallyAfterDays: 30 }
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: functionArn,
    RotationRules,
    ClientRequestToken: version(2),
  })
  await until(async () => (await secrets.describeSecret({ SecretId })).LastRotatedDate)
  for (const name of ['RotationStarted', 'RotationSucceeded']) {
    const [record = {}, ...others] = await records(name, ARN)
    assert.equal(others.length, 0)
    const { userIdentity, additionalEventData, requestID, eventType } = record
    assert.equal((userIdentity as Record<string, unknown>).invokedBy, 'secretsmanager.amazonaws.com')
    assert.equal((additionalEventData as Record<string, unknown>).SecretId, ARN)
    assert.equal(requestID, `Rotation-${ARN}-${version(2)}`)
    assert.equal(eventType, 'AwsServiceEvent')
  }
  assert.deepEqual(await records('RotationFailed', ARN), [])
})

test('a rotation that fails says in which step; one that a new value ends is abandoned; a test is told as one', async () => {
  const SecretId = 'trail/failed'
  const ARN = await made(SecretId)
  const usual = rotor.answer
  rotor.answer = async (step) => {
    if (step.Step === 'setSecret' && step.SecretId === ARN) throw new Error('no')
    await usual(step)
  }
  const RotationRules = { AutomaticallyAfterDays: 30 }
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: functionArn,
    RotationRules,
    ClientRequestToken: version(2),
  })
  const failed = await until(async () => (await records('RotationFailed', ARN))[0])
  rotor.answer = usual
  assert.ok(
    JSON.stringify(failed).includes(`Error when executing lambda ${functionArn} during setSecret step`),
    JSON.stringify(failed),
  )
  await secrets.putSecretValue({ SecretId, SecretString: 'by hand', ClientRequestToken: version(3) })
  assert.equal((await records('RotationAbandoned', ARN)).length, 1)
  const tested = await made('trail/tested')
  const Rotating = { SecretId: tested, RotationLambdaARN: functionArn, RotationRules }
  await secrets.rotateSecret({ ...Rotating, ClientRequestToken: version(2), RotateImmediately: false })
  await until(async () => (await records('TestRotationSucceeded', tested))[0])
  assert.equal((await records('TestRotationStarted', tested)).length, 1)
  assert.deepEqual(await records('RotationStarted', tested), [])
})

test('the end of versions is told for each: begun, taken back, done', async () => {
  const SecretId = 'trail/leaving'
  const ARN = await made(SecretId)
  await secrets.putSecretValue({ SecretId, SecretString: '2', ClientRequestToken: version(2) })
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  assert.equal((await records('StartSecretVersionDelete', ARN)).length, 2)
  await secrets.restoreSecret({ SecretId })
  assert.equal((await records('CancelSecretVersionDelete', ARN)).length, 2)
  await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  const [ended = {}] = await until(async () => {
    const found = await records('EndSecretVersionDelete', ARN)
    return found.length === 2 && found
  })
  assert.equal((ended.userIdentity as Record<string, unknown>).invokedBy, 'secretsmanager.amazonaws.com')
})

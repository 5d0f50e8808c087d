import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INVALID_NAME, NO_TOKEN, START, token, trial } from '../test/trial.ts'

test('CreateSecret answers ARN, name and version; the ARN ends with six letters or digits', async () => {
  await using t = await trial()
  const made = await t.call('CreateSecret', { Name: '/aws/x', SecretString: 's', ClientRequestToken: token('v1') })
  assert.match(made.ARN, /^arn:aws:secretsmanager:us-east-1:111122223333:secret:\/aws\/x-[A-Za-z0-9]{6}$/)
  assert.deepEqual(made, { ARN: made.ARN, Name: '/aws/x', VersionId: token('v1') })
})

test('trap 14: no value, no version', async () => {
  await using t = await trial()
  const made = await t.call('CreateSecret', { Name: 'empty' })
  assert.deepEqual(Object.keys(made), ['ARN', 'Name'])
  assert.ok(!('VersionIdsToStages' in (await t.call('DescribeSecret', { SecretId: 'empty' }))))
})

test('trap 7: a value needs a token, the service makes none', async () => {
  await using t = await trial()
  await t.refused('CreateSecret', { Name: 'a', SecretString: 's' }, 'InvalidRequestException', NO_TOKEN)
  await t.refused(
    'CreateSecret',
    { Name: 'a', SecretString: 's', SecretBinary: Buffer.from('s'), ClientRequestToken: token('v1') },
    'InvalidParameterException',
    "You can't specify both a binary secret value and a string secret value in the same secret.",
  )
})

test('trap 9: a token is kept as it is, whatever its letters', async () => {
  await using t = await trial()
  for (const [n, id] of ['terraform-20240101123456789000000001', 'A'.repeat(32), `${'ü!'.repeat(16)}`].entries()) {
    const made = await t.call('CreateSecret', { Name: `n${n}`, SecretString: 's', ClientRequestToken: id })
    assert.equal(made.VersionId, id)
    assert.equal((await t.call('GetSecretValue', { SecretId: `n${n}`, VersionId: id })).VersionId, id)
  }
})

test('trap 10: an honest retry succeeds; another value or another token is refused', async () => {
  await using t = await trial()
  const ARN = await t.made()
  const retry = { Name: 'app/db', SecretString: 'one', ClientRequestToken: token('v1'), Description: 'ignored' }
  assert.deepEqual(await t.call('CreateSecret', retry), { ARN, Name: 'app/db', VersionId: token('v1') })
  assert.ok(!('Description' in (await t.call('DescribeSecret', { SecretId: 'app/db' }))))
  const used = `You can't use ClientRequestToken ${token('v1')} because that value is already in use for a version of secret ${ARN}.`
  await t.refused('CreateSecret', { ...retry, SecretString: 'two' }, 'ResourceExistsException', used)
  const binary = { ...retry, SecretString: undefined, SecretBinary: Buffer.from('one') }
  await t.refused('CreateSecret', binary, 'ResourceExistsException', used)
  const taken = 'The operation failed because the secret app/db already exists.'
  await t.refused('CreateSecret', { ...retry, ClientRequestToken: token('v2') }, 'ResourceExistsException', taken)
  await t.refused('CreateSecret', { Name: 'app/db' }, 'ResourceExistsException', taken)
  await t.refused('CreateSecret', { Name: 'app/db', ClientRequestToken: token('v1') }, 'ResourceExistsException', taken)
  assert.equal((await t.call('CreateSecret', { Name: 'App/db' })).Name, 'App/db', 'names are case-sensitive')
})

test('the name is checked before anything is looked up, in every operation. Source: secretsmanager.md 1.6, recorded', async () => {
  await using t = await trial()
  for (const name of ['a b', 'a:b', 'ä', 'a\n', '*', 'a?']) {
    await t.refused('CreateSecret', { Name: name }, 'ValidationException', INVALID_NAME)
    for (const [operation, more] of [
      ['DeleteSecret', { ForceDeleteWithoutRecovery: true }],
      ['DescribeSecret', {}],
      ['GetSecretValue', {}],
      ['ListSecretVersionIds', {}],
      ['PutSecretValue', { SecretString: 's' }],
      ['RestoreSecret', {}],
      ['TagResource', { Tags: [] }],
      ['UntagResource', { TagKeys: [] }],
      ['UpdateSecret', {}],
      ['UpdateSecretVersionStage', { VersionStage: 'A' }],
    ] as const) {
      await assert.rejects(t.targets(operation, { SecretId: name, ...more }), { code: 'ValidationException' })
    }
  }
  assert.equal((await t.call('CreateSecret', { Name: 'rds!db/_+=.@-9' })).Name, 'rds!db/_+=.@-9')
})

test('traps 31, 32, 33, 38: a new secret shows no member that it does not have', async () => {
  await using t = await trial()
  const ARN = await t.made('plain', { Description: '', KmsKeyId: '', Type: '' })
  const { VersionIdsToStages, ...shown } = await t.call('DescribeSecret', { SecretId: 'plain' })
  assert.deepEqual(shown, { ARN, Name: 'plain', CreatedDate: new Date(START), LastChangedDate: new Date(START) })
  assert.deepEqual(VersionIdsToStages, { [token('v1')]: ['AWSCURRENT'] })
  await t.call('CreateSecret', { Name: 'tagged', Tags: [] })
  assert.deepEqual((await t.call('DescribeSecret', { SecretId: 'tagged' })).Tags, [], 'recorded: empty tags stay empty')
})

test('trap 34: KmsKeyId is echoed as it was sent, the list of versions has the ARN', async () => {
  await using t = await trial()
  await t.made('app/db', { KmsKeyId: 'alias/mine' })
  assert.equal((await t.call('DescribeSecret', { SecretId: 'app/db' })).KmsKeyId, 'alias/mine')
  const keys = async (SecretId: string) => (await t.call('ListSecretVersionIds', { SecretId })).Versions[0].KmsKeyIds
  assert.deepEqual(await keys('app/db'), [t.keys.arnOf('alias/mine')])
  await t.made('default')
  assert.deepEqual(await keys('default'), ['DefaultEncryptionKey'])
})

test('the keys of a new secret: a probe when one is named, then one data key. Source: secretsmanager.md 5', async () => {
  await using t = await trial()
  const arn = await t.made('app/db', { KmsKeyId: 'alias/mine' })
  const key = t.keys.arnOf('alias/mine')
  const probe = { SecretARN: arn, SecretVersionId: 'RequestToValidateKeyAccess' }
  assert.deepEqual(t.keys.asked, [
    { what: 'GenerateDataKey', key, context: probe },
    { what: 'Decrypt', key, context: probe },
    { what: 'GenerateDataKey', key, context: { SecretARN: arn, SecretVersionId: token('v1') } },
  ])
  for (const plaintext of t.keys.plaintexts) assert.deepEqual(plaintext, Buffer.alloc(32), 'zeroed')
})

test('a key that may not be used leaves no secret behind', async () => {
  await using t = await trial()
  const input = { Name: 'app/db', SecretString: 's', ClientRequestToken: token('v1'), KmsKeyId: 'alias/mine' }
  const key = t.keys.arnOf('alias/mine')
  t.keys.denied.add(`GenerateDataKey ${key}`)
  await t.refused('CreateSecret', input, 'AccessDeniedException', 'Access to KMS is not allowed')
  t.keys.denied.clear()
  t.keys.states.set(key, 'disabled')
  await t.refused(
    'CreateSecret',
    input,
    'EncryptionFailure',
    /^Secrets Manager can't encrypt the secret value: .* is disabled\. \(Service: AWSKMS;/,
  )
  t.keys.states.set(key, 'gone')
  await t.refused(
    'CreateSecret',
    input,
    'EncryptionFailure',
    /does not exist \(Service: AWSKMS; .*Error Code: NotFoundException;/,
  )
  await t.refused(
    'CreateSecret',
    { ...input, KmsKeyId: 'alias/asymmetric' },
    'InvalidParameterException',
    'Cannot generate a data key with an asymmetric KMS key',
  )
  await t.refused('DescribeSecret', { SecretId: 'app/db' }, 'ResourceNotFoundException')
})

test('tags: reserved and repeated keys and the 51st are refused', async () => {
  await using t = await trial()
  const tags = (...keys: string[]) => ({ Name: 'a', Tags: keys.map((Key) => ({ Key, Value: 'x' })) })
  await t.refused('CreateSecret', tags('aws:x'), 'InvalidParameterException')
  await t.refused('CreateSecret', tags('AWS:x'), 'InvalidParameterException')
  await t.refused('CreateSecret', tags('x', 'x'), 'InvalidParameterException')
  await t.refused('CreateSecret', { Name: 'a', Tags: [{ Value: 'x' }] }, 'InvalidParameterException')
  const many = Array.from({ length: 51 }, (_, n) => `k${n}`)
  await t.refused('CreateSecret', tags(...many), 'LimitExceededException')
  await t.call('CreateSecret', tags(...many.slice(1)))
  assert.equal((await t.call('DescribeSecret', { SecretId: 'a' })).Tags.length, 50)
})

test('the quota of secrets is that of the account and region', async () => {
  await using t = await trial({ secrets: 2 })
  await t.made('a')
  await t.made('b')
  await t.refused('CreateSecret', { Name: 'c' }, 'LimitExceededException')
  await t.call('CreateSecret', { Name: 'c' }, { region: 'eu-west-1' })
  await t.call('DeleteSecret', { SecretId: 'a', ForceDeleteWithoutRecovery: true })
  await t.call('CreateSecret', { Name: 'c' })
})

test('what is not there yet is refused and stores nothing', async () => {
  await using t = await trial()
  const own = { Name: 'a', AddReplicaRegions: [{ Region: 'us-east-1' }] }
  await t.refused('CreateSecret', own, 'InvalidParameterException', 'Invalid replica region.')
  await t.refused(
    'CreateSecret',
    { Name: 'a', AddReplicaRegions: [{ Region: 'eu-west-1' }] },
    'InvalidRequestException',
  )
  await t.refused('CreateSecret', { Name: 'a', Type: 'MadeUp' }, 'InvalidParameterException')
  await t.call('CreateSecret', { Name: 'a', Type: 'SnowflakePat' })
  assert.equal((await t.call('DescribeSecret', { SecretId: 'a' })).Type, 'SnowflakePat')
})

test('CreateSecret: tags need TagResource, replicas need ReplicateSecretToRegions. Source: secretsmanager.md 7.2', async () => {
  await using t = await trial()
  const actions = async (more: object) =>
    (await t.targets('CreateSecret', { Name: 'app/db', ...more })).map(({ action }) => action)
  assert.deepEqual(await actions({}), [undefined])
  assert.deepEqual(await actions({ Tags: [] }), [undefined])
  assert.deepEqual(await actions({ Tags: [{ Key: 'a', Value: 'b' }], AddReplicaRegions: [{ Region: 'eu-west-1' }] }), [
    undefined,
    'secretsmanager:TagResource',
    'secretsmanager:ReplicateSecretToRegions',
  ])
  const [target] = await t.targets('CreateSecret', {
    Name: 'app/db',
    KmsKeyId: 'alias/mine',
    Tags: [{ Key: 'a', Value: 'b' }],
    ForceOverwriteReplicaSecret: false,
  })
  assert.match(target?.resource ?? '', /secret:app\/db-[A-Za-z0-9]{6}$/)
  assert.equal(target?.shown, 'app/db')
  assert.deepEqual([...(target?.tags ?? [])], [['a', 'b']])
  assert.deepEqual([...(target?.requestTags ?? [])], [['a', 'b']])
  assert.deepEqual(target?.context, {
    'secretsmanager:Name': 'app/db',
    'secretsmanager:Description': undefined,
    'secretsmanager:KmsKeyId': 'alias/mine',
    'secretsmanager:KmsKeyArn': t.keys.arnOf('alias/mine'),
    'secretsmanager:Type': undefined,
    'secretsmanager:AddReplicaRegions': undefined,
    'secretsmanager:ForceOverwriteReplicaSecret': 'false',
  })
})

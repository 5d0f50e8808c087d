import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MARKED, NO_TOKEN, NOT_FOUND, START, token, trial } from '../test/trial.ts'

const SecretId = 'app/db'

test('trap 13: description, key or nothing at all make no version and answer none; LastChangedDate moves', async () => {
  await using t = await trial()
  const ARN = await t.made()
  for (const [n, more] of [{}, { Description: 'mine' }, { KmsKeyId: 'alias/mine' }].entries()) {
    t.clock.set(START + n + 1)
    assert.deepEqual(await t.call('UpdateSecret', { SecretId, ...more }), { ARN, Name: SecretId })
    const shown = await t.call('DescribeSecret', { SecretId })
    assert.deepEqual(shown.LastChangedDate, new Date(START + n + 1))
  }
  const shown = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual([shown.Description, shown.KmsKeyId], ['mine', 'alias/mine'])
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' })
})

test('a value makes a new current version and answers its id', async () => {
  await using t = await trial()
  const ARN = await t.made()
  const answer = await t.call('UpdateSecret', { SecretId, SecretString: 'two', ClientRequestToken: token('v2') })
  assert.deepEqual(answer, { ARN, Name: SecretId, VersionId: token('v2') })
  assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT' })
})

test('trap 33: an empty description takes the old one away', async () => {
  await using t = await trial()
  await t.made(SecretId, { Description: 'old' })
  await t.call('UpdateSecret', { SecretId, Description: '' })
  assert.ok(!('Description' in (await t.call('DescribeSecret', { SecretId }))))
})

test('UpdateSecret refuses in the order of secretsmanager.md 1.7', async () => {
  await using t = await trial()
  const both = { SecretString: 's', SecretBinary: Buffer.from('s'), ClientRequestToken: token('v1') }
  await t.refused('UpdateSecret', { SecretId: 'nobody', SecretString: 's' }, 'InvalidRequestException', NO_TOKEN)
  await t.refused('UpdateSecret', { SecretId: 'nobody', ...both }, 'InvalidParameterException')
  await t.refused('UpdateSecret', { SecretId: 'nobody' }, 'ResourceNotFoundException', NOT_FOUND)
  await t.made()
  await t.refused('UpdateSecret', { SecretId, Type: 'MadeUp' }, 'InvalidParameterException')
  await t.call('DeleteSecret', { SecretId })
  await t.refused('UpdateSecret', { SecretId, Description: 'x' }, 'InvalidRequestException', MARKED)
})

test('recorded: a token used with the same value succeeds and changes nothing; with another it is refused', async () => {
  await using t = await trial()
  await t.made()
  const update = { SecretId, SecretString: 'two', ClientRequestToken: token('v2') }
  await t.call('UpdateSecret', update)
  t.clock.set(START + 1000)
  assert.equal((await t.call('UpdateSecret', { ...update, Description: 'x' })).VersionId, token('v2'))
  const shown = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual([shown.Description, shown.LastChangedDate], [undefined, new Date(START)])
  await t.refused(
    'UpdateSecret',
    { ...update, SecretString: 'three' },
    'ResourceExistsException',
    /^You can't use ClientRequestToken /,
  )
  await t.placeholder('v3')
  await t.refused('UpdateSecret', { ...update, ClientRequestToken: token('v3') }, 'ResourceExistsException')
})

async function keysOf(t: Awaited<ReturnType<typeof trial>>): Promise<Record<string, string>> {
  const { Versions } = await t.call('ListSecretVersionIds', { SecretId, IncludeDeprecated: true })
  return Object.fromEntries(
    (Versions as { VersionId: string; KmsKeyIds: string[] }[]).map(({ VersionId, KmsKeyIds }) => [
      VersionId.replace(/-+$/, ''),
      KmsKeyIds.join().replace(/.*key\/of-/, ''),
    ]),
  )
}

test('another key takes the current, pending and previous version along, older ones stay. Source: secretsmanager.md 5', async () => {
  await using t = await trial()
  const arn = await t.made()
  for (const version of ['v2', 'v3']) await t.put(version)
  await t.put('v4', { VersionStages: ['AWSPENDING'] })
  t.keys.asked.length = 0
  await t.call('UpdateSecret', { SecretId, KmsKeyId: 'alias/mine' })
  assert.deepEqual(await keysOf(t), { v1: 'DefaultEncryptionKey', v2: 'mine', v3: 'mine', v4: 'mine' })
  const probe = { SecretARN: arn, SecretVersionId: 'RequestToValidateKeyAccess' }
  const mine = t.keys.arnOf('alias/mine')
  assert.deepEqual(t.keys.asked.slice(0, 4), [
    { what: 'GenerateDataKey', key: mine, context: probe },
    { what: 'Decrypt', key: mine, context: probe },
    { what: 'Decrypt', key: t.keys.arnOf(undefined), context: { SecretARN: arn, SecretVersionId: token('v3') } },
    { what: 'Encrypt', key: mine, context: { SecretARN: arn, SecretVersionId: token('v3') } },
  ])
  t.keys.states.set(t.keys.arnOf(undefined), 'disabled')
  for (const version of ['v2', 'v3', 'v4']) {
    const got = await t.call('GetSecretValue', { SecretId, VersionId: token(version) })
    assert.equal(got.SecretString, `value of ${version}`)
  }
  for (const key of t.keys.plaintexts) assert.deepEqual(key, Buffer.alloc(32), 'zeroed')
})

test('without Encrypt on the new key, or Decrypt on the old one, only new versions use the new key', async () => {
  for (const denied of ['Encrypt mine', 'Decrypt default']) {
    await using t = await trial()
    await t.made()
    t.keys.denied.add(
      denied === 'Encrypt mine' ? `Encrypt ${t.keys.arnOf('alias/mine')}` : `Decrypt ${t.keys.arnOf(undefined)}`,
    )
    await t.call('UpdateSecret', { SecretId, KmsKeyId: 'alias/mine' })
    assert.deepEqual(await keysOf(t), { v1: 'DefaultEncryptionKey' })
    await t.put('v2')
    assert.deepEqual(await keysOf(t), { v1: 'DefaultEncryptionKey', v2: 'mine' })
  }
})

test('a new key and a value together; a key that may not be used changes nothing', async () => {
  await using t = await trial()
  await t.made()
  const update = { SecretId, KmsKeyId: 'alias/mine', SecretString: 'two', ClientRequestToken: token('v2') }
  t.keys.denied.add(`Decrypt ${t.keys.arnOf('alias/mine')}`)
  await t.refused('UpdateSecret', update, 'AccessDeniedException', 'Access to KMS is not allowed')
  assert.ok(!('KmsKeyId' in (await t.call('DescribeSecret', { SecretId }))))
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' })
  t.keys.denied.clear()
  await t.call('UpdateSecret', update)
  assert.deepEqual(await keysOf(t), { v1: 'mine', v2: 'mine' })
})

test('an empty KmsKeyId goes back to the default key', async () => {
  await using t = await trial()
  await t.made(SecretId, { KmsKeyId: 'alias/mine' })
  await t.call('UpdateSecret', { SecretId, KmsKeyId: '' })
  assert.ok(!('KmsKeyId' in (await t.call('DescribeSecret', { SecretId }))))
  assert.deepEqual(await keysOf(t), { v1: 'DefaultEncryptionKey' })
})

test('the keys of UpdateSecret stand in the context as sent and resolved', async () => {
  await using t = await trial()
  const arn = await t.made()
  const [target] = await t.targets('UpdateSecret', { SecretId, KmsKeyId: 'alias/mine', Description: 'd' })
  assert.deepEqual(target?.context, {
    'secretsmanager:SecretId': arn,
    'secretsmanager:Description': 'd',
    'secretsmanager:KmsKeyId': 'alias/mine',
    'secretsmanager:KmsKeyArn': t.keys.arnOf('alias/mine'),
    'secretsmanager:Type': undefined,
  })
})

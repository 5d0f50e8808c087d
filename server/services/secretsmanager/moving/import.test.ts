import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { ROTATOR } from '../test/functions.ts'
import { ACCOUNT, DAY, START, token, trial, type Trial } from '../test/trial.ts'
import type { AskedImport } from './asked.ts'
import { importSecret, type Imported } from './import.ts'
import { importTargets } from './targets.ts'

const run = (t: Trial, asked: AskedImport): Promise<Imported> => {
  const call = t.request()
  return t.storage.unit('write', (unit) => importSecret(t.service.env(unit, call), call, asked))
}

async function refused(t: Trial, asked: AskedImport, code: string, text?: RegExp): Promise<void> {
  await assert.rejects(run(t, asked), (error) => {
    assert.ok(error instanceof ApiError, String(error))
    assert.equal(error.code, code)
    if (text) assert.match(error.message, text)
    return true
  })
}

const at = (ms: number) => new Date(START - ms)
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' }],
})

const WHOLE: AskedImport = {
  Name: 'app/db',
  Whole: true,
  Description: 'the database',
  KmsKeyId: 'alias/app',
  Tags: [
    { Key: 'team', Value: 'blue' },
    { Key: 'empty', Value: '' },
  ],
  ResourcePolicy: POLICY,
  RotationEnabled: true,
  RotationLambdaARN: ROTATOR,
  RotationRules: { AutomaticallyAfterDays: 30, Duration: '3h' },
  LastRotatedDate: at(10 * DAY),
  Versions: [
    { VersionId: token('v1'), CreatedDate: at(90 * DAY), SecretString: 'one' },
    {
      VersionId: token('v2'),
      CreatedDate: at(40 * DAY),
      SecretBinary: Uint8Array.of(0, 255, 10),
      VersionStages: ['AWSPREVIOUS', 'MINE'],
    },
    { VersionId: token('v3'), CreatedDate: at(10 * DAY), SecretString: ' three\r\n', VersionStages: ['AWSCURRENT'] },
  ],
}

test('ImportSecret keeps ids, dates, labels and values byte for byte, with key, tags, policy and rotation', async () => {
  await using t = await trial()
  const { ARN, Outcome } = await run(t, WHOLE)
  assert.equal(Outcome, 'Created')
  const shown = await t.call('DescribeSecret', { SecretId: 'app/db' })
  assert.equal(shown.ARN, ARN)
  assert.equal(shown.Description, 'the database')
  assert.equal(shown.KmsKeyId, 'alias/app')
  assert.deepEqual(shown.Tags, WHOLE.Tags)
  assert.equal(shown.RotationEnabled, true)
  assert.equal(shown.RotationLambdaARN, ROTATOR)
  assert.deepEqual(shown.RotationRules, { AutomaticallyAfterDays: 30, Duration: '3h' })
  assert.deepEqual(shown.LastRotatedDate, at(10 * DAY))
  // counted on from the last one, not from the import
  const next = Date.UTC(2026, 2, 5 + 30)
  assert.equal(Math.floor(shown.NextRotationDate.getTime() / DAY) * DAY, next)
  assert.deepEqual(await t.labels(), { v2: 'AWSPREVIOUS MINE', v3: 'AWSCURRENT' })
  const { Versions } = await t.call('ListSecretVersionIds', { SecretId: 'app/db', IncludeDeprecated: true })
  assert.deepEqual(
    Versions.map(({ VersionId, CreatedDate }: { VersionId: string; CreatedDate: Date }) => [VersionId, CreatedDate]),
    WHOLE.Versions?.map(({ VersionId, CreatedDate }) => [VersionId, CreatedDate]),
  )
  const read = (VersionId: string) => t.call('GetSecretValue', { SecretId: 'app/db', VersionId })
  assert.equal((await read(token('v1'))).SecretString, 'one')
  assert.deepEqual([...(await read(token('v2'))).SecretBinary], [0, 255, 10])
  assert.equal((await read(token('v3'))).SecretString, ' three\r\n')
  const { ResourcePolicy } = await t.call('GetResourcePolicy', { SecretId: 'app/db' })
  assert.deepEqual(JSON.parse(ResourcePolicy), JSON.parse(POLICY))
})

test('ImportSecret made once more changes nothing, whatever is said of conflicts', async () => {
  await using t = await trial()
  await run(t, WHOLE)
  const before = await t.call('DescribeSecret', { SecretId: 'app/db' })
  await t.advance(60_000)
  for (const OnConflict of ['Fail', 'Skip', 'Overwrite'] as const) {
    const { Outcome } = await run(t, { ...WHOLE, OnConflict })
    assert.equal(Outcome, 'Unchanged', OnConflict)
  }
  assert.deepEqual(await t.call('DescribeSecret', { SecretId: 'app/db' }), before)
  // as GetResourcePolicy prints it
  const { ResourcePolicy } = await t.call('GetResourcePolicy', { SecretId: 'app/db' })
  assert.equal((await run(t, { ...WHOLE, ResourcePolicy })).Outcome, 'Unchanged')
})

test('ImportSecret onto another secret: refused, passed over or overwritten, as asked', async () => {
  await using t = await trial()
  await t.made('app/db', { Tags: [{ Key: 'old', Value: 'x' }], Description: 'old' })
  const asked = { Name: 'app/db', Versions: [{ SecretString: 'two' }], Tags: [{ Key: 'new', Value: 'y' }] }
  await refused(t, asked, 'ResourceExistsException', /already exists/)
  assert.equal((await run(t, { ...asked, OnConflict: 'Skip' })).Outcome, 'Skipped')
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' })

  const over = await run(t, { ...asked, OnConflict: 'Overwrite' })
  assert.deepEqual([over.Outcome, over.Changes], ['Overwritten', ['Versions', 'Labels', 'Tags']])
  const shown = await t.call('DescribeSecret', { SecretId: 'app/db' })
  assert.equal(shown.Description, 'old', 'what is not said stays')
  assert.deepEqual(shown.Tags, [
    { Key: 'old', Value: 'x' },
    { Key: 'new', Value: 'y' },
  ])
  assert.equal((await t.call('GetSecretValue', { SecretId: 'app/db' })).SecretString, 'two')
  const previous = { SecretId: 'app/db', VersionStage: 'AWSPREVIOUS' }
  assert.equal((await t.call('GetSecretValue', previous)).SecretString, 'one')
  assert.equal(
    (await run(t, { ...asked, OnConflict: 'Overwrite' })).Outcome,
    'Unchanged',
    'the same value, no new version',
  )
})

test('ImportSecret of a whole secret takes away what it does not have, but no version', async () => {
  await using t = await trial()
  await run(t, WHOLE)
  const bare: AskedImport = {
    Name: 'app/db',
    Whole: true,
    OnConflict: 'Overwrite',
    Versions: [{ VersionId: token('v4'), SecretString: 'four', VersionStages: ['AWSCURRENT'] }],
  }
  const { Changes } = await run(t, bare)
  assert.deepEqual(Changes, ['Versions', 'Labels', 'Description', 'KmsKeyId', 'Tags', 'ResourcePolicy', 'Rotation'])
  const shown = await t.call('DescribeSecret', { SecretId: 'app/db' })
  assert.equal('Description' in shown || 'Tags' in shown || 'KmsKeyId' in shown, false)
  assert.equal(shown.RotationEnabled, false)
  assert.equal('ResourcePolicy' in (await t.call('GetResourcePolicy', { SecretId: 'app/db' })), false)
  assert.deepEqual(await t.labels(), { v4: 'AWSCURRENT' })
  assert.equal((await t.call('GetSecretValue', { SecretId: 'app/db', VersionId: token('v1') })).SecretString, 'one')
  assert.equal((await run(t, bare)).Outcome, 'Unchanged')
  assert.deepEqual((await run(t, { ...WHOLE, OnConflict: 'Overwrite' })).Outcome, 'Overwritten', 'and back')
  assert.deepEqual(await t.labels(), { v2: 'AWSPREVIOUS MINE', v3: 'AWSCURRENT' })
})

test('ImportSecret never gives a version id another value (secretsmanager.md 1.8)', async () => {
  await using t = await trial()
  await t.made()
  const other = { Name: 'app/db', Versions: [{ VersionId: token('v1'), SecretString: 'other' }] }
  await refused(t, other, 'ResourceExistsException', /already exists/)
  assert.equal((await run(t, { ...other, OnConflict: 'Skip' })).Outcome, 'Skipped')
  await refused(t, { ...other, OnConflict: 'Overwrite' }, 'ResourceExistsException', /already in use for a version/)
  const binary = { Name: 'app/db', Versions: [{ VersionId: token('v1'), SecretBinary: Buffer.from('one') }] }
  assert.equal((await run(t, { ...binary, OnConflict: 'Skip' })).Outcome, 'Skipped', 'text and bytes are not the same')
})

test('a dry run of ImportSecret says what would be and writes nothing', async () => {
  await using t = await trial()
  assert.deepEqual(await run(t, { ...WHOLE, DryRun: true }), { Name: 'app/db', Outcome: 'Created' })
  await t.refused('DescribeSecret', { SecretId: 'app/db' }, 'ResourceNotFoundException')
  await t.made()
  const { Outcome, Changes } = await run(t, { ...WHOLE, Versions: [], OnConflict: 'Overwrite', DryRun: true })
  assert.equal(Outcome, 'Overwritten')
  assert.ok(Changes?.includes('Tags'))
  assert.equal('Tags' in (await t.call('DescribeSecret', { SecretId: 'app/db' })), false)
})

test('ImportSecret refuses what no secret can be', async () => {
  await using t = await trial()
  const two = [
    { VersionId: token('a'), SecretString: 'x', VersionStages: ['AWSCURRENT'] },
    { VersionId: token('b'), SecretString: 'y', VersionStages: ['AWSCURRENT'] },
  ]
  const invalid: Partial<AskedImport>[] = [
    { Versions: two },
    { Versions: [{ SecretString: 'x' }, { SecretString: 'y' }] },
    { Versions: [two[0] as object, { ...two[0], VersionStages: [] }] },
    { Versions: [{ VersionId: token('a') }] },
    { Versions: [{ SecretString: 'x', CreatedDate: new Date(START + 1) }] },
    { Versions: [{ SecretString: 'x', SecretBinary: Uint8Array.of(1) }] },
    { Tags: [{ Key: 'aws:x', Value: '' }] },
    { Tags: [{ Key: 'x' }, { Key: 'x' }] },
    { Type: 'Nobody' },
    { RotationEnabled: true },
    { RotationLambdaARN: ROTATOR, RotationRules: { Duration: '3h' } },
    { RotationLambdaARN: ROTATOR, LastRotatedDate: new Date(START + 1) },
  ]
  for (const more of invalid) await refused(t, { Name: 'n', ...more }, 'InvalidParameterException')
  await refused(t, { Name: 'n', ResourcePolicy: '{' }, 'MalformedPolicyDocumentException')
  const nobody = POLICY.replace('"*"', '{"AWS":"arn:aws:iam::111122223333:user/nobody"}')
  await refused(t, { Name: 'n', ResourcePolicy: nobody }, 'MalformedPolicyDocumentException', /unsupported principal/)
  await refused(t, { Name: 'n', RotationLambdaARN: `${ROTATOR}2` }, 'AccessDeniedException', /cannot invoke/)
  const labels = Array.from({ length: 21 }, (_, i) => `L${i}`)
  const many = { Name: 'n', Versions: [{ VersionId: token('a'), SecretString: 'x', VersionStages: labels }] }
  await refused(t, many, 'LimitExceededException')
  await t.refused('DescribeSecret', { SecretId: 'n' }, 'ResourceNotFoundException')
})

test('ImportSecret onto a name whose secret waits to be deleted is refused as CreateSecret is', async () => {
  await using t = await trial()
  await t.made()
  await t.call('DeleteSecret', { SecretId: 'app/db' })
  await refused(t, { Name: 'app/db', OnConflict: 'Overwrite' }, 'InvalidRequestException', /scheduled for deletion/)
})

test('a failing store leaves nothing of an import behind', async () => {
  await using t = await trial()
  let failures = 0
  for (let at = 1; ; at++) {
    t.storage.failAt(at)
    try {
      await run(t, WHOLE)
      break
    } catch (error) {
      assert.match(String(error), /fault/)
      failures++
    }
    await t.refused('DescribeSecret', { SecretId: 'app/db' }, 'ResourceNotFoundException')
  }
  assert.ok(failures > 10, `${failures} steps`)
})

test('which permissions an import needs follows from the request alone', async () => {
  await using t = await trial()
  const needed = async (asked: AskedImport) => {
    const call = t.request()
    const targets = await t.storage.unit('write', (unit) => importTargets(t.service.env(unit, call), call, asked))
    return targets.map(({ action = 'strongroom:ImportSecret' }) => action.replace(/^secretsmanager:/, ''))
  }
  const plain = { Name: 'app/db', Versions: [{ SecretString: 'x' }] }
  const own = ['strongroom:ImportSecret', 'CreateSecret']
  const table: [AskedImport, string[]][] = [
    [plain, own],
    [{ ...plain, OnConflict: 'Skip' }, own],
    [WHOLE, [...own, 'TagResource', 'PutResourcePolicy', 'RotateSecret']],
    [{ ...plain, OnConflict: 'Overwrite' }, [...own, 'PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage']],
    [
      { ...plain, OnConflict: 'Overwrite', Whole: true },
      [
        ...own,
        'PutSecretValue',
        'UpdateSecret',
        'DeleteResourcePolicy',
        'CancelRotateSecret',
        'UpdateSecretVersionStage',
        'UntagResource',
      ],
    ],
  ]
  for (const [asked, actions] of table) assert.deepEqual(await needed(asked), actions)
  const arn = await t.made()
  // of one that is there the tags after the change are looked at besides: nobody takes his own access away
  for (const [asked, actions] of table) assert.deepEqual((await needed(asked)).slice(0, actions.length), actions)
  const call = t.request()
  const [target] = await t.storage.unit('write', (unit) => importTargets(t.service.env(unit, call), call, plain))
  assert.deepEqual([target?.resource, target?.owner], [arn, ACCOUNT])
  await assert.rejects(needed({ Name: 'not a name' }), /Invalid name/)
})

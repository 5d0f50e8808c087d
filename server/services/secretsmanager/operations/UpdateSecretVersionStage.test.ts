import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MARKED, NOT_FOUND, START, token, trial } from '../test/trial.ts'

const move = (VersionStage: string, from?: string, to?: string, SecretId = 'app/db') => ({
  SecretId,
  VersionStage,
  ...(from && { RemoveFromVersionId: token(from) }),
  ...(to && { MoveToVersionId: token(to) }),
})

test('UpdateSecretVersionStage moves AWSCURRENT, AWSPREVIOUS follows, LastChangedDate moves', async () => {
  await using t = await trial()
  const ARN = await t.made()
  await t.put('v2')
  t.clock.set(START + 1000)
  const answer = await t.call('UpdateSecretVersionStage', move('AWSCURRENT', 'v2', 'v1'))
  assert.deepEqual(answer, { ARN, Name: 'app/db' })
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', v2: 'AWSPREVIOUS' })
  assert.deepEqual((await t.call('DescribeSecret', { SecretId: 'app/db' })).LastChangedDate, new Date(START + 1000))
})

test('UpdateSecretVersionStage refuses in the order of secretsmanager.md 1.7', async () => {
  await using t = await trial()
  const refused = (input: object, code: string, text?: string | RegExp) =>
    t.refused('UpdateSecretVersionStage', input as Record<string, unknown>, code, text)
  await refused(move('A', undefined, undefined, 'nobody'), 'InvalidParameterException')
  await refused(move('A', undefined, 'v1', 'nobody'), 'ResourceNotFoundException', NOT_FOUND)
  await t.made()
  await refused(
    move('A', undefined, 'v9'),
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${token('v9')}`,
  )
  await refused(move('AWSCURRENT', 'v9', 'v1'), 'ResourceNotFoundException', /VersionId/)
  await refused(move('AWSCURRENT', 'v1'), 'InvalidParameterException', /completely removed/)
  await t.put('v2')
  await refused(move('AWSCURRENT', undefined, 'v1'), 'InvalidParameterException', /can't be empty/)
  await refused(move('AWSCURRENT', 'v1', 'v2'), 'InvalidParameterException', /^When you move staging label AWSCURRENT/)
  await t.call('DeleteSecret', { SecretId: 'app/db' })
  await refused(move('AWSCURRENT', 'v2', 'v1'), 'InvalidRequestException', MARKED)
})

test('a move to where the label is changes nothing; the 21st label is refused', async () => {
  await using t = await trial()
  await t.made()
  t.clock.set(START + 1000)
  await t.call('UpdateSecretVersionStage', move('AWSCURRENT', undefined, 'v1'))
  assert.deepEqual((await t.call('DescribeSecret', { SecretId: 'app/db' })).LastChangedDate, new Date(START))
  for (let n = 1; n < 20; n++) await t.call('UpdateSecretVersionStage', move(`L${n}`, undefined, 'v1'))
  await t.refused('UpdateSecretVersionStage', move('L20', undefined, 'v1'), 'LimitExceededException')
})

test('labels are case-sensitive and may hold any characters', async () => {
  await using t = await trial()
  await t.made()
  for (const stage of ['awscurrent', 'AWSPENDING ', "o'clock; drop", '*', 'ü']) {
    await t.call('UpdateSecretVersionStage', move(stage, undefined, 'v1'))
    assert.equal((await t.call('GetSecretValue', { SecretId: 'app/db', VersionStage: stage })).SecretString, 'one')
  }
  const [target] = await t.targets('UpdateSecretVersionStage', move('MINE', undefined, 'v1'))
  assert.equal(target?.context?.['secretsmanager:VersionStage'], 'MINE')
})

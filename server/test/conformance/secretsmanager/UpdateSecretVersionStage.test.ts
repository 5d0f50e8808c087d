import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, session, texts, version } from '../session.ts'
import { allow, personOf, refusedOnWire, wireOf } from './rig.ts'

/** UpdateSecretVersionStage, each line of its table. Source: secretsmanager.md 8.22, 4.3. */

const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)

/** A secret with versions 1 to `count`, each put as the current one. */
async function secretOf(SecretId: string, count: number): Promise<string> {
  const { ARN = '' } = await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  for (let n = 2; n <= count; n++)
    await secrets.putSecretValue({ SecretId, SecretString: `${n}`, ClientRequestToken: version(n) })
  return ARN
}

const move = (SecretId: string, VersionStage: string, from?: number, to?: number) =>
  wire('UpdateSecretVersionStage', {
    SecretId,
    VersionStage,
    ...(from && { RemoveFromVersionId: version(from) }),
    ...(to && { MoveToVersionId: version(to) }),
  })
const shown = async (SecretId: string) => (await wire('DescribeSecret', { SecretId })).json

test('a free label is attached, a label moves from its holder, and is taken off its holder; LastChangedDate moves', async () => {
  const SecretId = 'stage/custom'
  const ARN = await secretOf(SecretId, 3)
  let last = (await shown(SecretId)).LastChangedDate
  for (const [from, to, labels] of [
    [undefined, 1, { 1: ['mine'], 2: ['AWSPREVIOUS'], 3: ['AWSCURRENT'] }],
    [1, 2, { 2: ['AWSPREVIOUS', 'mine'], 3: ['AWSCURRENT'] }],
    [2, 3, { 2: ['AWSPREVIOUS'], 3: ['AWSCURRENT', 'mine'] }],
    [3, undefined, { 2: ['AWSPREVIOUS'], 3: ['AWSCURRENT'] }],
  ] as const) {
    await server.clock.advance({ seconds: 1 })
    const answer = await move(SecretId, 'mine', from, to)
    assert.deepEqual(answer.json, { ARN, Name: SecretId })
    const expected = Object.fromEntries(Object.entries(labels).map(([n, stages]) => [version(Number(n)), stages]))
    assert.deepEqual(await labelsOf(secrets, SecretId), expected)
    const { LastChangedDate } = await shown(SecretId)
    assert.ok(LastChangedDate > last)
    last = LastChangedDate
  }
  // To where it is already: success, and nothing changes.
  await move(SecretId, 'mine', undefined, 2)
  const before = await shown(SecretId)
  await server.clock.advance({ seconds: 1 })
  for (const from of [undefined, 2]) assert.equal((await move(SecretId, 'mine', from, 2)).status, 200)
  assert.deepEqual(await shown(SecretId), before)
})

test('AWSCURRENT takes AWSPREVIOUS along to its old holder, from whoever has it; no other label does (recorded)', async () => {
  const SecretId = 'stage/current'
  await secretOf(SecretId, 3)
  await move(SecretId, 'AWSCURRENT', 3, 1)
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'], [version(3)]: ['AWSPREVIOUS'] })
  // Also from the target itself.
  await move(SecretId, 'AWSCURRENT', 1, 3)
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSPREVIOUS'], [version(3)]: ['AWSCURRENT'] })
  await move(SecretId, 'AWSPREVIOUS', 1, 2)
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(2)]: ['AWSPREVIOUS'], [version(3)]: ['AWSCURRENT'] })
  await move(SecretId, 'AWSPREVIOUS', 2)
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(3)]: ['AWSCURRENT'] })
  // AWSPENDING on the target stays (recorded).
  await move(SecretId, 'AWSPENDING', undefined, 2)
  await move(SecretId, 'AWSCURRENT', 3, 2)
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
    [version(3)]: ['AWSPREVIOUS'],
  })
})

test('what is refused, with AWS’s texts; nothing changes', async () => {
  const SecretId = 'stage/refused'
  await secretOf(SecretId, 3)
  await move(SecretId, 'mine', undefined, 1)
  const before = await shown(SecretId)
  const missing = (stage: string, holder: number) =>
    `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${version(holder)}, so you must explicitly reference that version in RemoveFromVersionId.`
  const notHolder = (stage: string) =>
    `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${stage}.`
  const whole =
    'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.'
  for (const [stage, from, to, text] of [
    ['AWSCURRENT', undefined, 1, missing('AWSCURRENT', 3)],
    ['mine', undefined, 2, missing('mine', 1)],
    ['AWSCURRENT', 2, 1, notHolder('AWSCURRENT')],
    ['mine', 2, 3, notHolder('mine')],
    ['mine', 2, undefined, notHolder('mine')],
    ['free', 2, 3, notHolder('free')],
    ['AWSCURRENT', 3, undefined, whole],
  ] as const)
    refusedOnWire(await move(SecretId, stage, from, to), 'InvalidParameterException', text)
  refusedOnWire(await move(SecretId, 'mine'), 'InvalidParameterException', /MoveToVersionId/)
  refusedOnWire(await move(SecretId, 'mine', 1, 9), 'ResourceNotFoundException', texts.noVersion(version(9)))
  refusedOnWire(await move(SecretId, 'mine', 9, 1), 'ResourceNotFoundException', texts.noVersion(version(9)))
  for (const [member, value, path] of [
    ['MoveToVersionId', 'x'.repeat(31), 'moveToVersionId'],
    ['RemoveFromVersionId', 'x'.repeat(65), 'removeFromVersionId'],
    ['VersionStage', 'x'.repeat(257), 'versionStage'],
  ] as const) {
    const answer = await wire('UpdateSecretVersionStage', { SecretId, VersionStage: 'mine', [member]: value })
    refusedOnWire(
      answer,
      'ValidationException',
      new RegExp(`^1 validation error detected: Value '${value}' at '${path}'`),
      'message',
    )
  }
  const none = await wire('UpdateSecretVersionStage', { SecretId, MoveToVersionId: version(1) })
  const text =
    "1 validation error detected: Value null at 'versionStage' failed to satisfy constraint: Member must not be null"
  refusedOnWire(none, 'ValidationException', text, 'message')
  assert.deepEqual(await shown(SecretId), before)
})

test('labels keep their case and any characters; AWS is no reserved beginning (recorded)', async () => {
  const SecretId = 'stage/labels'
  await secretOf(SecretId, 2)
  for (const [label, to] of [
    ['AWSSOMETHING', 1],
    ['awscurrent', 1],
    ['AwsCurrent', 2],
    ['ü b/:"\\', 2],
  ] as const)
    assert.equal((await move(SecretId, label, undefined, to)).status, 200)
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS', 'AWSSOMETHING', 'awscurrent'],
    [version(2)]: ['AWSCURRENT', 'AwsCurrent', 'ü b/:"\\'],
  })
  const read = await secrets.getSecretValue({ SecretId, VersionStage: 'awscurrent' })
  assert.equal(read.VersionId, version(1))
})

test('a version that lost its last label is deprecated, not gone, and can have one again', async () => {
  const SecretId = 'stage/deprecated'
  await secretOf(SecretId, 3)
  assert.equal((await secrets.getSecretValue({ SecretId, VersionId: version(1) })).SecretString, '1')
  await move(SecretId, 'AWSCURRENT', 3, 1)
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, '1')
})

test('the condition key VersionStage is the label that is moved (7.1)', async () => {
  const SecretId = 'stage/condition'
  const person = await personOf(server, clients, 'mover')
  await secretOf(SecretId, 2)
  await person.may(
    allow('secretsmanager:UpdateSecretVersionStage', '*', {
      Condition: { StringLike: { 'secretsmanager:VersionStage': 'mine*' } },
    }),
  )
  const mine = { SecretId, MoveToVersionId: version(1) }
  await person.secrets.updateSecretVersionStage({ ...mine, VersionStage: 'mine-1' })
  await refused(
    person.secrets.updateSecretVersionStage({ ...mine, VersionStage: 'AWSPENDING' }),
    'AccessDeniedException',
    person.denied('UpdateSecretVersionStage', SecretId),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, allow, refusal, user, type World, world } from '../test/world.ts'

const DAY = 86_400_000
const Plaintext = Buffer.from('x')

const rotations = async (w: World, KeyId: string) =>
  (await w.ask('ListKeyRotations', { KeyId })).Rotations.map(
    ({ RotationType, RotationDate }: { RotationType: string; RotationDate: Date }) => [
      RotationType,
      RotationDate.getTime(),
    ],
  )

test('EnableKeyRotation: a key rotates by itself every year, or every so many days, and old ciphertexts open (kms.md 6)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const began = w.clock.now()
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext })
  assert.equal(await w.ask('EnableKeyRotation', { KeyId: Arn }), undefined)
  assert.deepEqual(await w.ask('GetKeyRotationStatus', { KeyId }), {
    KeyId: Arn,
    KeyRotationEnabled: true,
    RotationPeriodInDays: 365,
    NextRotationDate: new Date(began + 365 * DAY),
  })
  await w.runner.travel(w.clock, began + 365 * DAY - 1)
  assert.deepEqual(await rotations(w, KeyId), [])
  await w.runner.travel(w.clock, began + 2 * 365 * DAY)
  assert.deepEqual(await rotations(w, KeyId), [
    ['AUTOMATIC', began + 2 * 365 * DAY],
    ['AUTOMATIC', began + 365 * DAY],
  ])
  assert.deepEqual((await w.ask('Decrypt', { CiphertextBlob })).Plaintext, Plaintext)
})

test('EnableKeyRotation again counts its days from then; on demand moves nothing; disabled it stops (kms.md 6)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const began = w.clock.now()
  const next = async () => (await w.ask('GetKeyRotationStatus', { KeyId })).NextRotationDate?.getTime()
  await w.ask('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  assert.equal(await next(), began + 90 * DAY)
  w.clock.set(began + 10 * DAY)
  await w.ask('EnableKeyRotation', { KeyId, RotationPeriodInDays: 100 })
  assert.equal(await next(), began + 110 * DAY)
  await w.ask('RotateKeyOnDemand', { KeyId })
  assert.equal(await next(), began + 110 * DAY)
  await w.runner.travel(w.clock, began + 90 * DAY)
  assert.deepEqual(await rotations(w, KeyId), [['ON_DEMAND', began + 10 * DAY]])
  await w.ask('DisableKeyRotation', { KeyId })
  await w.runner.travel(w.clock, began + 400 * DAY)
  assert.equal((await rotations(w, KeyId)).length, 1)
})

test('a disabled key does not rotate, and does at once when it is enabled; one pending deletion shows no rotation (kms.md 6)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const began = w.clock.now()
  await w.ask('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  await w.ask('DisableKey', { KeyId })
  await w.runner.travel(w.clock, began + 100 * DAY)
  assert.deepEqual(await rotations(w, KeyId), [])
  await w.ask('EnableKey', { KeyId })
  assert.deepEqual(await rotations(w, KeyId), [['AUTOMATIC', began + 100 * DAY]])
  const status = () => w.ask('GetKeyRotationStatus', { KeyId })
  assert.equal((await status()).NextRotationDate.getTime(), began + 190 * DAY)
  await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 30 })
  assert.deepEqual(await status(), { KeyId: Arn, KeyRotationEnabled: false })
  await w.ask('CancelKeyDeletion', { KeyId })
  assert.equal((await status()).KeyRotationEnabled, true)
  await w.ask('EnableKey', { KeyId })
  await w.runner.travel(w.clock, began + 190 * DAY)
  assert.equal((await rotations(w, KeyId)).length, 2)
})

test('keys that AWS manages rotate every year, also while the server is what it was (kms.md 13.1)', async () => {
  await using w = await world()
  const began = w.clock.now()
  const { keyArn, blob, plaintext } = await w.through((keys) => keys.generateDataKey(undefined, { a: '1' }))
  const { KeyMetadata } = await w.ask('DescribeKey', { KeyId: 'alias/aws/ssm' })
  for (const KeyId of [keyArn, KeyMetadata.Arn]) {
    assert.deepEqual(await w.ask('GetKeyRotationStatus', { KeyId }), {
      KeyId,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 365,
      NextRotationDate: new Date(began + 365 * DAY),
    })
    for (const name of ['EnableKeyRotation', 'DisableKeyRotation'])
      await assert.rejects(w.ask(name, { KeyId }, { caller: admin() }), { code: 'AccessDeniedException' })
  }
  await w.runner.travel(w.clock, began + 366 * DAY)
  assert.deepEqual(await rotations(w, keyArn), [['AUTOMATIC', began + 365 * DAY]])
  assert.deepEqual((await w.through((keys) => keys.decrypt(blob, { a: '1' }))).plaintext, plaintext)
})

test('EnableKeyRotation and DisableKeyRotation: states and kinds of keys (kms.md 6, 11)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const external = await w.key({ Origin: 'EXTERNAL' })
  const mac = await w.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const origin = refusal(
    'UnsupportedOperationException',
    `${external.Arn} origin is EXTERNAL which is not valid for this operation.`,
  )
  await w.ask('DisableKey', { KeyId })
  for (const name of ['EnableKeyRotation', 'DisableKeyRotation']) {
    await assert.rejects(w.ask(name, { KeyId }), refusal('DisabledException', `${Arn} is disabled.`))
    await assert.rejects(w.ask(name, { KeyId: external.KeyId }), origin)
    await assert.rejects(w.ask(name, { KeyId: mac.KeyId }), refusal('UnsupportedOperationException'))
  }
  await assert.rejects(w.ask('GetKeyRotationStatus', { KeyId: external.KeyId }), origin)
  await assert.rejects(w.ask('GetKeyRotationStatus', { KeyId: mac.KeyId }), refusal('UnsupportedOperationException'))
  assert.deepEqual(await w.ask('GetKeyRotationStatus', { KeyId }), { KeyId: Arn, KeyRotationEnabled: false })
})

test('EnableKeyRotation: the days are a condition, their default filled in (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const Condition = { NumericLessThanEquals: { 'kms:RotationPeriodInDays': '180' } }
  const caller = user('ann', [allow('kms:EnableKeyRotation', '*', { Condition })])
  await w.ask('EnableKeyRotation', { KeyId, RotationPeriodInDays: 180 }, { caller })
  await assert.rejects(w.ask('EnableKeyRotation', { KeyId }, { caller }), { code: 'AccessDeniedException' })
})

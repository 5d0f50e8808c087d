import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, BUILT_IN, ROLE, trial, user } from '../test/trial.ts'

const fun = { FunctionName: 'fun' }

test('what is not said stays; an environment is replaced as a whole (rotation.md 14)', async () => {
  await using t = await trial()
  const made = await t.made({ Environment: { Variables: { AA: '1', BB: '2' } }, Timeout: 5 })
  const changed = await t.call('UpdateFunctionConfiguration', {
    ...fun,
    MemorySize: 256,
    Environment: { Variables: { CC: '3' } },
  })
  assert.equal(changed.MemorySize, 256)
  assert.equal(changed.Timeout, 5)
  assert.deepEqual(changed.Environment, { Variables: { CC: '3' } })
  assert.notEqual(changed.RevisionId, made.RevisionId)
  await t.refused(
    'UpdateFunctionConfiguration',
    { ...fun, Timeout: 5, RevisionId: made.RevisionId },
    'PreconditionFailedException',
  )
  await t.refused('UpdateFunctionConfiguration', { FunctionName: BUILT_IN, Timeout: 5 }, 'ResourceConflictException')
  await t.refused('UpdateFunctionConfiguration', { ...fun, Runtime: 'go1.x' }, 'InvalidParameterValueException')
})

test('the environment moves to the key of the function and back', async () => {
  await using t = await trial()
  await t.made({ Environment: { Variables: { AA: 'value' } } })
  const KMSKeyArn = await t.key()
  const keyed = await t.call('UpdateFunctionConfiguration', { ...fun, KMSKeyArn })
  assert.equal(keyed.KMSKeyArn, KMSKeyArn)
  assert.deepEqual(keyed.Environment, { Variables: { AA: 'value' } })
  // Who may not decrypt is told so instead of the values.
  const reader = user('reader', [['lambda:*', '*']])
  const { Environment } = await t.call('GetFunctionConfiguration', fun, { caller: reader })
  assert.equal(Environment.Error.ErrorCode, 'KMSAccessDeniedException')
  assert.equal(Environment.Variables, undefined)
  const back = await t.call('UpdateFunctionConfiguration', { ...fun, KMSKeyArn: '' })
  assert.equal(back.KMSKeyArn, undefined)
  assert.deepEqual(back.Environment, { Variables: { AA: 'value' } })
})

test('another role must be passed, and let Lambda in', async () => {
  await using t = await trial()
  await t.made()
  const caller = user('a', [['lambda:UpdateFunctionConfiguration', '*']])
  const Role = `arn:aws:iam::${ACCOUNT}:role/other`
  await t.refused('UpdateFunctionConfiguration', { ...fun, Role }, 'AccessDeniedException', `iam:PassRole on ${Role}`, {
    caller,
  })
  assert.equal((await t.call('UpdateFunctionConfiguration', { ...fun, Timeout: 9 }, { caller })).Role, ROLE)
  assert.equal((await t.call('UpdateFunctionConfiguration', { ...fun, Role })).Role, Role)
  await t.refused(
    'UpdateFunctionConfiguration',
    { ...fun, Role: `arn:aws:iam::${ACCOUNT}:role/closed` },
    'InvalidParameterValueException',
  )
})

test('a key of KMS that is not there, is an alias or not for the caller is refused, with variables and without', async () => {
  await using t = await trial()
  const KMSKeyArn = await t.key()
  const why = (kms: string) =>
    `Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: ${kms}`
  const nowhere = KMSKeyArn.replace(/[^/]*$/, '00000000-0000-4000-8000-000000000000')
  // observed: hashicorp/terraform issue 20813
  const alias = 'InvalidArnException KMS Message: Key Aliases are not supported for this operation.'
  for (const Environment of [undefined, { Variables: { AA: '1' } }]) {
    const FunctionName = Environment === undefined ? 'without' : 'with'
    const more = { FunctionName, ...(Environment && { Environment }) }
    for (const [key, text, of] of [
      [nowhere, 'NotFoundException KMS Message: ', {}],
      [KMSKeyArn.replace(/key\/.*$/, 'alias/mine'), alias, {}],
      [
        KMSKeyArn,
        'AccessDeniedException KMS Message: ',
        {
          caller: user('a', [
            ['lambda:*', '*'],
            ['iam:PassRole', '*'],
          ]),
        },
      ],
    ] as const) {
      const refusal = (error: Error) =>
        error.name === 'ApiError' &&
        error.message.startsWith(why(text)) &&
        /Invalid/.test(String(Reflect.get(error, 'code')))
      await assert.rejects(t.made({ ...more, KMSKeyArn: key }, of), refusal, `${FunctionName} ${key}`)
    }
    await t.made(more)
    await assert.rejects(
      t.call('UpdateFunctionConfiguration', { FunctionName, KMSKeyArn: nowhere }),
      /NotFoundException/,
    )
    assert.equal((await t.call('UpdateFunctionConfiguration', { FunctionName, KMSKeyArn })).KMSKeyArn, KMSKeyArn)
  }
})

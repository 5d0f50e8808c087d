import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, ARN, BUILT_IN, OTHER, trial } from '../test/trial.ts'

const fun = { FunctionName: 'fun' }
const invoke = { StatementId: 's', Action: 'lambda:InvokeFunction' }

test('statements have the form that AWS gives them (rotation.md 14.3)', async () => {
  await using t = await trial()
  await t.made()
  const add = async (StatementId: string, more: object) =>
    JSON.parse((await t.call('AddPermission', { ...fun, ...invoke, StatementId, ...more })).Statement)
  assert.deepEqual(
    await add('a', {
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: ACCOUNT,
      SourceArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x',
    }),
    {
      Sid: 'a',
      Effect: 'Allow',
      Principal: { Service: 'secretsmanager.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: ARN,
      Condition: {
        StringEquals: { 'AWS:SourceAccount': ACCOUNT },
        ArnLike: { 'AWS:SourceArn': 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x' },
      },
    },
  )
  assert.deepEqual((await add('b', { Principal: OTHER })).Principal, { AWS: `arn:aws:iam::${OTHER}:root` })
  assert.equal(
    (await add('c', { Principal: '*', PrincipalOrgID: 'o-aaaaaaaaaa' })).Condition.StringEquals['aws:PrincipalOrgID'],
    'o-aaaaaaaaaa',
  )
  const user = `arn:aws:iam::${ACCOUNT}:user/ann`
  assert.deepEqual((await add('d', { Principal: user })).Principal, { AWS: user })
})

test('at a version or an alias that is there, never at $LATEST', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  const add = { ...fun, ...invoke, Principal: '*' }
  assert.equal(JSON.parse((await t.call('AddPermission', { ...add, Qualifier: '1' })).Statement).Resource, `${ARN}:1`)
  await t.refused(
    'AddPermission',
    { ...add, Qualifier: '2' },
    'ResourceNotFoundException',
    `Function not found: ${ARN}:2`,
  )
  await t.refused(
    'AddPermission',
    { ...add, Qualifier: '$LATEST' },
    'InvalidParameterValueException',
    'We currently do not support adding policies for $LATEST.',
  )
})

test('refusals', async () => {
  await using t = await trial()
  await t.made()
  t.people.ids.set(`arn:aws:iam::${ACCOUNT}:user/nobody`, undefined)
  const text = 'The provided principal was invalid. Please check the principal and try again.'
  for (const Principal of [`arn:aws:iam::${ACCOUNT}:user/nobody`, 'somebody', '12345'])
    await t.refused('AddPermission', { ...fun, ...invoke, Principal }, 'InvalidParameterValueException', text)
  await t.call('AddPermission', { ...fun, ...invoke, Principal: '*' })
  await t.refused(
    'AddPermission',
    { ...fun, ...invoke, Principal: '*' },
    'ResourceConflictException',
    'The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.',
  )
  const { RevisionId } = await t.call('GetPolicy', fun)
  await t.call('AddPermission', { ...fun, ...invoke, StatementId: 't', Principal: '*', RevisionId })
  await t.refused(
    'AddPermission',
    { ...fun, ...invoke, StatementId: 'u', Principal: '*', RevisionId },
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id',
  )
  await t.refused('AddPermission', { FunctionName: BUILT_IN, ...invoke, Principal: '*' }, 'ResourceConflictException')
  const SourceArn = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:${'x'.repeat(1900)}`
  for (let i = 0; i < 9; i++)
    await t.call('AddPermission', { ...fun, ...invoke, StatementId: `l${i}`, Principal: '*', SourceArn })
  await t.refused(
    'AddPermission',
    { ...fun, ...invoke, StatementId: 'l9', Principal: '*', SourceArn },
    'PolicyLengthExceededException',
  )
})

test('a principal who is made anew under an old name does not inherit, and does not stand in the way of others', async () => {
  await using t = await trial()
  await t.made()
  const ann = `arn:aws:iam::${ACCOUNT}:user/ann`
  await t.call('AddPermission', { ...fun, ...invoke, Principal: ann })
  t.people.ids.set(ann, 'AIDAANOTHERANN')
  const { Policy } = await t.call('GetPolicy', fun)
  assert.deepEqual(JSON.parse(Policy).Statement[0].Principal, { AWS: 'AIDAann' })
  await t.call('AddPermission', { ...fun, ...invoke, StatementId: 't', Principal: '*' })
  const after = JSON.parse((await t.call('GetPolicy', fun)).Policy).Statement
  assert.deepEqual([after[0].Principal, after[1].Principal], [{ AWS: 'AIDAann' }, '*'])
})

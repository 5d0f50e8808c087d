import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvocationEnd } from './port.ts'
import { SandboxUnavailable } from './sandboxes.ts'
import { ACCOUNT, ARN, OTHER, REGION, type Trial, trial, user } from './test/trial.ts'

const SERVICE = 'secretsmanager.amazonaws.com'
const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:mine-AbCdEf`
const source = { arn: SECRET, account: ACCOUNT }
const allow = { FunctionName: 'fun', Action: 'lambda:InvokeFunction', Principal: SERVICE }

const admits = (t: Trial, arn = ARN, from = source, principal = SERVICE) =>
  t.storage.unit('read', (unit) => t.service.functionsFor(unit).admits(arn, principal, from))
const invoke = (t: Trial, arn = ARN, from = source): Promise<InvocationEnd> =>
  t.service.invoke(arn, {
    principal: SERVICE,
    source: from,
    payload: Buffer.from('{}'),
    signal: new AbortController().signal,
  })

test('a service is let in by the policy of the function only, for the resource that it names (rotation.md 6)', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  assert.equal(await admits(t), false)
  await t.call('AddPermission', { ...allow, StatementId: 'a', SourceAccount: ACCOUNT })
  assert.equal(await admits(t), true)
  assert.equal(await admits(t, ARN, { arn: SECRET.replace(ACCOUNT, OTHER), account: OTHER }), false)
  assert.equal(await admits(t, ARN, source, 'lambda.amazonaws.com'), false)
  // A version has permissions of its own.
  assert.equal(await admits(t, `${ARN}:1`), false)
  await t.call('AddPermission', { ...allow, StatementId: 'a', Qualifier: '1', SourceArn: SECRET })
  assert.equal(await admits(t, `${ARN}:1`), true)
  assert.equal(await admits(t, `${ARN}:1`, { ...source, arn: `${SECRET}x` }), false)
  for (const arn of [`${ARN}:2`, `${ARN}s`, 'fun', '', 'arn:aws:lambda:us-east-1:1:function'])
    assert.equal(await admits(t, arn), false, arn)
})

test('a function whose reserved concurrency is 0 is stopped', async () => {
  await using t = await trial()
  await t.made()
  const stopped = (arn = ARN) => t.storage.unit('read', (unit) => t.service.functionsFor(unit).isStopped(arn))
  assert.equal(await stopped(), false)
  await t.call('PutFunctionConcurrency', { FunctionName: 'fun', ReservedConcurrentExecutions: 1 })
  assert.equal(await stopped(), false)
  await t.call('PutFunctionConcurrency', { FunctionName: 'fun', ReservedConcurrentExecutions: 0 })
  assert.deepEqual([await stopped(), await stopped(`${ARN}s`)], [true, false])
})

test('a secret of another account whose account the policy names', async () => {
  await using t = await trial()
  await t.made()
  await t.call('AddPermission', { ...allow, StatementId: 'a', SourceAccount: OTHER })
  const foreign = { arn: SECRET.replace(ACCOUNT, OTHER), account: OTHER }
  assert.equal(await admits(t, ARN, foreign), true)
  assert.deepEqual(await invoke(t, ARN, foreign), { ok: true, payload: Buffer.from('{}') })
  assert.equal((await invoke(t)).ok, false)
})

test('mayInvoke is the permission of the caller, by identity or by the function', async () => {
  await using t = await trial()
  await t.made()
  const may = (caller: ReturnType<typeof user>, arn = ARN) =>
    t.storage.unit('read', (unit) => {
      const call = { caller, account: caller.account, region: REGION, now: t.clock.now(), events: [] } as never
      return t.service.functionsFor(unit).mayInvoke(arn, call)
    })
  assert.equal(await may(user('a', [])), false)
  assert.equal(await may(user('a', [['lambda:InvokeFunction', ARN]])), true)
  assert.equal(await may(user('a', [['*', '*']]), `${ARN}s`), false)
})

test('how it ended: the error of the function, bounded, or that it was not reached', async () => {
  await using t = await trial()
  await t.made()
  await t.call('AddPermission', { ...allow, StatementId: 'a' })
  assert.deepEqual(await invoke(t), { ok: true, payload: Buffer.from('{}') })
  const error = (value: unknown) => {
    t.sandboxes.answer = async () => ({ functionError: 'Unhandled', payload: Buffer.from(JSON.stringify(value)) })
    return invoke(t)
  }
  assert.deepEqual(await error({ errorType: 'ValueError', errorMessage: 'no' }), {
    ok: false,
    errorType: 'ValueError',
    errorMessage: 'no',
  })
  assert.deepEqual(await error('text'), { ok: false, errorType: 'Unhandled', errorMessage: 'The function failed.' })
  const long = await error({ errorType: 'x'.repeat(5000), errorMessage: 7 })
  assert.ok(!long.ok)
  assert.deepEqual([long.errorType.length, long.errorMessage], [1024, 'The function failed.'])
  t.sandboxes.answer = async () => {
    throw new SandboxUnavailable('busy', 'full')
  }
  assert.deepEqual(await invoke(t), {
    ok: false,
    errorType: 'TooManyRequestsException',
    errorMessage: 'Rate Exceeded.',
    throttled: true,
  })
  t.sandboxes.answer = async () => {
    throw new TypeError('secret detail')
  }
  const broken = await invoke(t)
  assert.deepEqual(broken, { ok: false, errorType: 'ServiceException', errorMessage: 'The function could not be run.' })
  const gone = await invoke(t, `${ARN}s`)
  assert.equal(gone.ok ? '' : gone.errorType, 'ResourceNotFoundException')
})

test('an error of a function is handed on without the values that it handled, also those that are cut off', async () => {
  await using t = await trial()
  await t.made()
  await t.call('AddPermission', { ...allow, StatementId: 'a' })
  const errorMessage = `told secret-password${'x'.repeat(1006)}secret-password`
  t.sandboxes.answer = async () => ({
    functionError: 'Unhandled',
    payload: Buffer.from(JSON.stringify({ errorType: 'Of-secret-password', errorMessage })),
    hide: (text) => text.replaceAll('secret-password', '****'),
  })
  const end = await invoke(t)
  assert.equal(JSON.stringify(end).includes('secret'), false)
  assert.deepEqual(end, { ok: false, errorType: 'Of-****', errorMessage: `told ****${'x'.repeat(1006)}****` })
})

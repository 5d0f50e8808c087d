import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Ran, SandboxUnavailable } from '../sandboxes.ts'
import { ACCOUNT, ARN, BUILT_IN, code, OTHER, ROLE, root, START, trial, user } from '../test/trial.ts'

const fun = { FunctionName: 'fun' }
const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const text = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString()
const MINUTE = 60_000

test('RequestResponse answers what the function does, in no unit of work', async () => {
  await using t = await trial()
  await t.made({ Environment: { Variables: { AA: 'value' } }, Timeout: 7 })
  t.sandboxes.answer = async ({ code: load }, { payload }) => {
    // A function calls back into the server: a change at that very time must not wait for its end.
    await t.call('TagResource', { Resource: ARN, Tags: { seen: 'yes' } })
    assert.deepEqual(Buffer.from(await load()), code())
    return { payload }
  }
  const out = await t.call('Invoke', { ...fun, Payload: json({ a: 1 }) })
  assert.deepEqual(
    { ...out, Payload: text(out.Payload) },
    { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: '{"a":1}' },
  )
  const { runnable, invocation } = t.sandboxes.runs[0] as (typeof t.sandboxes.runs)[0]
  const { environment, revision, code: _, ...rest } = runnable
  assert.equal(environment.get('AA')?.reveal(), 'value')
  assert.match(revision, /^[0-9a-f-]{36}\/\$LATEST\/[0-9a-f-]{36}$/)
  assert.deepEqual(rest, {
    account: ACCOUNT,
    region: 'us-east-1',
    name: 'fun',
    version: '$LATEST',
    invokedArn: ARN,
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    role: ROLE,
    timeoutMs: 7000,
    memoryMb: 128,
    ephemeralMb: 512,
    logGroup: '/aws/lambda/fun',
  })
  assert.match(invocation.requestId, /^[0-9a-f-]{36}$/)
  await t.call('Invoke', fun)
  assert.equal(t.sandboxes.runs[1]?.text, '{}')
})

test('a function that fails is an answer with FunctionError; the tail of its log is shown to whoever asks', async () => {
  await using t = await trial()
  await t.made()
  t.sandboxes.answer = async () => ({
    functionError: 'Unhandled',
    payload: json({ errorType: 'Error', errorMessage: 'no' }),
  })
  const out = await t.call('Invoke', { ...fun, LogType: 'Tail' })
  assert.equal(out.StatusCode, 200)
  assert.equal(out.FunctionError, 'Unhandled')
  assert.equal(out.LogResult, Buffer.from('tail').toString('base64'))
  assert.equal(text(out.Payload), '{"errorType":"Error","errorMessage":"no"}')
  t.sandboxes.answer = async () => ({ payload: Buffer.alloc(6_291_457, 0x20) })
  const large = await t.call('Invoke', fun)
  assert.equal(large.FunctionError, 'Unhandled')
  assert.match(text(large.Payload), /^\{"errorType":"Function\.ResponseSizeTooLarge"/)
})

test('DryRun runs nothing', async () => {
  await using t = await trial()
  await t.made()
  assert.deepEqual(await t.call('Invoke', { ...fun, InvocationType: 'DryRun' }), { StatusCode: 204 })
  await t.refused(
    'Invoke',
    { ...fun, InvocationType: 'DryRun', Qualifier: '7' },
    'ResourceNotFoundException',
    `Function not found: ${ARN}:7`,
  )
  assert.equal(t.sandboxes.runs.length, 0)
})

test('an Event runs later; after a failure twice more, one and two minutes later (rotation.md 14.2)', async () => {
  await using t = await trial()
  await t.made()
  const context = Buffer.from('{"client":{}}').toString('base64')
  assert.deepEqual(
    await t.call('Invoke', { ...fun, InvocationType: 'Event', Payload: json({ n: 1 }), ClientContext: context }),
    { StatusCode: 202 },
  )
  assert.equal(t.sandboxes.runs.length, 0)
  const times: number[] = []
  t.sandboxes.answer = async () => {
    times.push(t.clock.now() - START)
    return { functionError: 'Unhandled' }
  }
  await t.advance(10 * MINUTE)
  assert.deepEqual(times, [0, MINUTE, 3 * MINUTE])
  assert.deepEqual(
    t.sandboxes.runs.map((run) => run.text),
    ['{"n":1}', '{"n":1}', '{"n":1}'],
  )
  assert.equal(t.sandboxes.runs[0]?.invocation.clientContext, '{"client":{}}')
  assert.deepEqual(t.problems, ['an event of fun was given up after 3 tries'])
})

test('an Event that went well runs once; one that found no room is tried again without counting', async () => {
  await using t = await trial()
  await t.made()
  let busy = 5
  t.sandboxes.answer = async (): Promise<Partial<Ran>> => {
    if (busy-- > 0) throw new SandboxUnavailable('busy', 'full')
    return {}
  }
  await t.call('Invoke', { ...fun, InvocationType: 'Event' })
  await t.advance(60 * MINUTE)
  assert.equal(t.sandboxes.runs.length, 6)
  assert.deepEqual(t.problems, [])
})

test('an alias with two versions runs both, by their weights', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  await t.call('UpdateFunctionConfiguration', { ...fun, Timeout: 9 })
  await t.call('PublishVersion', fun)
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.5 } }
  await t.call('CreateAlias', { ...fun, Name: 'live', FunctionVersion: '1', RoutingConfig })
  const versions = new Set<string>()
  for (let i = 0; i < 64; i++) versions.add((await t.call('Invoke', { ...fun, Qualifier: 'live' })).ExecutedVersion)
  assert.deepEqual([...versions].sort(), ['1', '2'])
  assert.equal(t.sandboxes.runs[0]?.runnable.invokedArn, `${ARN}:live`)
})

test('too many at once are refused with their Reason; reserved executions count for themselves', async () => {
  await using t = await trial({ concurrency: 3, leastUnreserved: 1 })
  await t.made()
  await t.made({ FunctionName: 'own' })
  await t.call('PutFunctionConcurrency', { FunctionName: 'own', ReservedConcurrentExecutions: 2 })
  const gate = Promise.withResolvers<void>()
  t.sandboxes.answer = async () => {
    await gate.promise
    return {}
  }
  const reason = (Reason: string) => ({
    code: 'TooManyRequestsException',
    status: 429,
    message: 'Rate Exceeded.',
    more: { members: { Reason }, headers: ['Retry-After', '1'] },
  })
  const first = t.call('Invoke', fun)
  await until(() => t.sandboxes.runs.length === 1)
  await assert.rejects(t.call('Invoke', fun), reason('ConcurrentInvocationLimitExceeded'))
  const own = [t.call('Invoke', { FunctionName: 'own' }), t.call('Invoke', { FunctionName: 'own' })]
  await until(() => t.sandboxes.runs.length === 3)
  await assert.rejects(
    t.call('Invoke', { FunctionName: 'own' }),
    reason('ReservedFunctionConcurrentInvocationLimitExceeded'),
  )
  gate.resolve()
  await Promise.all([first, ...own])
  await t.call('Invoke', fun)
  await t.call('PutFunctionConcurrency', { FunctionName: 'own', ReservedConcurrentExecutions: 0 })
  await assert.rejects(
    t.call('Invoke', { FunctionName: 'own' }),
    reason('ReservedFunctionConcurrentInvocationLimitExceeded'),
  )
})

test('what can not be run says why', async () => {
  await using t = await trial()
  await t.made()
  for (const [why, code] of [
    ['busy', 'TooManyRequestsException'],
    ['missing', 'InvalidRuntimeException'],
    ['role', 'AccessDeniedException'],
  ] as const) {
    t.sandboxes.answer = async () => {
      throw new SandboxUnavailable(why, 'there is no python3')
    }
    await t.refused('Invoke', fun, code)
  }
  await t.refused('Invoke', { FunctionName: BUILT_IN }, 'ResourceConflictException')
})

test('payloads are JSON of bounded size, client contexts too', async () => {
  await using t = await trial()
  await t.made()
  await t.refused(
    'Invoke',
    { ...fun, Payload: Buffer.from('{"a"') },
    'InvalidRequestContentException',
    /^Could not parse request body into json: [^"{]*$/,
  )
  await t.refused('Invoke', { ...fun, Payload: Buffer.from([0x22, 0xff, 0x22]) }, 'InvalidRequestContentException')
  const large = json('x'.repeat(1_048_576))
  await t.refused(
    'Invoke',
    { ...fun, InvocationType: 'Event', Payload: large },
    'RequestTooLargeException',
    '1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
  )
  await t.call('Invoke', { ...fun, Payload: large })
  for (const ClientContext of [
    '%%%',
    Buffer.from('[]').toString('base64'),
    Buffer.from(JSON.stringify({ a: 'x'.repeat(4000) })).toString('base64'),
  ])
    await t.refused('Invoke', { ...fun, ClientContext }, 'InvalidRequestContentException')
})

test('who may: by identity policy, by resource policy, and across accounts by both', async () => {
  await using t = await trial()
  await t.made()
  const invoke = (caller: ReturnType<typeof user>) =>
    t.call('Invoke', { FunctionName: ARN, InvocationType: 'DryRun' }, { caller })
  const denied = { code: 'AccessDeniedException', message: `lambda:InvokeFunction on ${ARN}` }
  const stranger = user('ann', [], OTHER)
  const willing = user('ben', [['lambda:InvokeFunction', ARN]], OTHER)
  await assert.rejects(invoke(user('nobody', [])), denied)
  await invoke(user('able', [['lambda:InvokeFunction', ARN]]))
  for (const caller of [stranger, willing]) await assert.rejects(invoke(caller), denied)
  await t.call('AddPermission', { ...fun, StatementId: 'other', Action: 'lambda:InvokeFunction', Principal: OTHER })
  await assert.rejects(invoke(stranger), denied)
  await invoke(willing)
  await t.call('AddPermission', {
    ...fun,
    StatementId: 'own',
    Action: 'lambda:InvokeFunction',
    Principal: `arn:aws:iam::${ACCOUNT}:user/ann`,
  })
  await invoke(user('ann', []))
  await t.call('RemovePermission', { ...fun, StatementId: 'other' })
  await assert.rejects(invoke(willing), denied)
  await t.refused('Invoke', fun, 'ResourceNotFoundException', undefined, { caller: root(OTHER) })
})

test('the environment is decrypted with the key of the function, as its role', async () => {
  await using t = await trial()
  await t.made({ KMSKeyArn: await t.key(), Environment: { Variables: { AA: 'value' } } })
  const caller = user('able', [['lambda:InvokeFunction', ARN]])
  await t.call('Invoke', fun, { caller })
  assert.equal(t.sandboxes.runs[0]?.runnable.environment.get('AA')?.reveal(), 'value')
  t.roles.delete(ROLE)
  await t.refused(
    'Invoke',
    fun,
    'AccessDeniedException',
    'The role defined for the function cannot be assumed by Lambda.',
    { caller },
  )
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

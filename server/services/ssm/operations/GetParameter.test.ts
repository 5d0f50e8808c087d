import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, arnOf, deny, START, trial, user } from '../test/trial.ts'

const GET = 'GetParameter'

test('answers what AWS does, and nothing else: traps 28 and 29, neither key, tier, policies nor labels (7.2, recorded)', async () => {
  await using one = await trial()
  await one.put('/a/b', 'v', { Type: 'SecureString', Description: 'd', AllowedPattern: '.*', KeyId: 'alias/own' })
  await one.call('LabelParameterVersion', { Name: '/a/b', Labels: ['stable'] })
  const { Parameter } = await one.call('GetParameter', { Name: '/a/b', WithDecryption: true })
  assert.deepEqual(Parameter, {
    Name: '/a/b',
    Type: 'SecureString',
    Value: 'v',
    Version: 1,
    LastModifiedDate: new Date(START),
    ARN: arnOf('/a/b'),
    DataType: 'text',
  })
})

test('without decryption the value is the base64 of what is kept, and KMS is not asked (5, recorded)', async () => {
  await using one = await trial()
  await one.put('/a/b', 'v', { Type: 'SecureString' })
  await one.put('/a/c', 'v', { Type: 'SecureString', Tier: 'Advanced' })
  one.keys.asked.length = 0
  for (const [Name, WithDecryption] of [
    ['/a/b', undefined],
    ['/a/c', false],
  ] as const) {
    const { Parameter } = await one.call('GetParameter', { Name, WithDecryption })
    const bytes = Buffer.from(Parameter.Value, 'base64')
    assert.equal(bytes.toString('base64'), Parameter.Value)
    // A message of the Encryption SDK, version 2. Source: parameterstore.md 5.
    if (Name === '/a/c') assert.match(Parameter.Value, /^Ag/)
  }
  assert.deepEqual(one.keys.asked, [])
  for (const Name of ['/a/b', '/a/c']) {
    assert.equal((await one.call('GetParameter', { Name, WithDecryption: true })).Parameter.Value, 'v')
  }
  assert.deepEqual(
    one.keys.asked.map(({ what, context }) => [what, context]),
    ['/a/b', '/a/c'].map((name) => ['Decrypt', { PARAMETER_ARN: arnOf(name) }]),
  )
  assert.ok(one.keys.plaintexts.every((bytes) => bytes.every((byte) => byte === 0)))
})

test('`WithDecryption` is ignored for String and StringList (5)', async () => {
  await using one = await trial()
  await one.put('x', 'a,b', { Type: 'StringList' })
  for (const WithDecryption of [true, false]) {
    assert.equal((await one.call(GET, { Name: 'x', WithDecryption })).Parameter.Value, 'a,b')
  }
  assert.deepEqual(one.keys.asked, [])
})

test('traps 6 and 7: the requested spelling at the root is echoed; by ARN it is the one that is stored', async () => {
  await using one = await trial()
  await one.put('x')
  await one.put('/y')
  const names = []
  for (const Name of ['x', '/x', arnOf('x'), 'y', '/y', arnOf('y'), ' /x ']) {
    const { Parameter } = await one.call(GET, { Name })
    names.push([Parameter.Name, Parameter.ARN === arnOf('x') || Parameter.ARN === arnOf('y')])
  }
  assert.deepEqual(
    names,
    ['x', '/x', 'x', 'y', '/y', '/y', '/x'].map((name) => [name, true]),
  )
})

test('trap 1: ParameterNotFound has no text', async () => {
  await using one = await trial()
  for (const Name of ['x', '/a/b', 'x:1', 'x:stable', arnOf('x'), '/aws/service/ami', 'X']) {
    await one.refused(GET, { Name }, 'ParameterNotFound', '')
  }
  await one.put('x')
  await one.refused(GET, { Name: 'X' }, 'ParameterNotFound', '')
  const elsewhere = arnOf('x').replace('us-east-1', 'eu-west-1')
  await one.refused(GET, { Name: elsewhere }, 'ParameterNotFound', '')
  const everybodys = 'arn:aws:ssm:us-east-1::parameter/aws/service/list/ecs'
  await one.refused(GET, { Name: everybodys }, 'ParameterNotFound', '')
})

test('trap 2: a missing version and a missing label share the code, not the text', async () => {
  await using one = await trial()
  await one.put('/a/b')
  const missing = (given: string, text: string) =>
    one.refused(GET, { Name: `/a/b:${given}` }, 'ParameterVersionNotFound', text)
  for (const number of ['0', '99', '2147483648', '99999999999999999999']) {
    await missing(number, `Systems Manager could not find version ${number} of /a/b. Verify the version and try again.`)
  }
  for (const label of ['stable', '-1', '1x', 'st able']) {
    await missing(
      label,
      `Systems Manager could not find a version of /a/b that has the specified label, ${label}. Verify the parameter label and try again.`,
    )
  }
})

test('traps 3 and 4: malformed names and selectors are a ValidationException', async () => {
  await using one = await trial()
  await one.put('x')
  for (const Name of ['x:1:2', 'x:', `${arnOf('x')}:1:2`]) {
    await one.refused(GET, { Name }, 'ValidationException', /^Invalid parameter name\. Please use correct syntax/)
  }
  for (const Name of ['a/b', '/x/', 'a b', '/ssm/x']) {
    await one.refused(GET, { Name }, 'ValidationException', /^Parameter name: can't be prefixed with "ssm"/)
  }
})

test('trap 5: `:01` is version 1, and the selector is echoed as it was typed', async () => {
  await using one = await trial()
  await one.versions('/a/b', 2)
  await one.call('LabelParameterVersion', { Name: '/a/b', ParameterVersion: 1, Labels: ['stable'] })
  const read = async (Name: string) => {
    const { Parameter } = await one.call(GET, { Name })
    return [Parameter.Name, Parameter.Value, Parameter.Version, Parameter.Selector, Parameter.ARN]
  }
  const arn = arnOf('/a/b')
  assert.deepEqual(await read('/a/b:01'), ['/a/b', 'value 1', 1, ':01', arn])
  assert.deepEqual(await read('/a/b:stable'), ['/a/b', 'value 1', 1, ':stable', arn])
  assert.deepEqual(await read(`${arn}:2`), ['/a/b', 'value 2', 2, ':2', arn])
  assert.deepEqual(await read(`${arn}:stable`), ['/a/b', 'value 1', 1, ':stable', arn])
  assert.deepEqual(await read('/a/b'), ['/a/b', 'value 2', 2, undefined, arn])
})

test('trap 44: labels and tags don’t move LastModifiedDate; trap 43: it is a date of milliseconds', async () => {
  await using one = await trial()
  one.clock.set(START + 976)
  await one.put('x')
  await one.pass(60_000)
  await one.call('LabelParameterVersion', { Name: 'x', Labels: ['l'] })
  await one.call('AddTagsToResource', { ResourceType: 'Parameter', ResourceId: 'x', Tags: [{ Key: 'k', Value: 'v' }] })
  const { Parameter } = await one.call(GET, { Name: 'x' })
  assert.equal(Parameter.LastModifiedDate.getTime(), START + 976)
})

test('trap 38: keys that can’t be used are InvalidKeyId, no permission AccessDeniedException (5, recorded)', async () => {
  await using one = await trial()
  await one.put('x', 'v', { Type: 'SecureString' })
  const key = one.keys.arnOf()
  const read = { Name: 'x', WithDecryption: true }
  for (const state of ['disabled', 'pending'] as const) {
    one.keys.states.set(key, state)
    await one.refused(GET, read, 'InvalidKeyId', /\(Service: AWSKMS; Status Code: 400; Error Code: \w+; Request ID: /)
    assert.equal((await one.call(GET, { Name: 'x' })).Parameter.Version, 1)
  }
  one.keys.states.clear()
  one.keys.denied.add(`Decrypt ${key}`)
  // The fake KMS says nothing of why: as of a key that the caller may know nothing of.
  await one.refused(
    GET,
    read,
    'AccessDeniedException',
    /^The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access\. \(Service: AWSKMS; /,
  )
})

test('permission comes before existence, and a selector is no part of what it is for (6)', async () => {
  await using one = await trial()
  await one.put('/app/a')
  const ann = user('ann', [allow('GetParameter', arnOf('/app/*')), deny('GetParameter', arnOf('/app/b:1'))])
  assert.equal((await one.ask(GET, { Name: '/app/a:1' }, ann)).Parameter.Version, 1)
  await assert.rejects(one.ask(GET, { Name: '/app/b:1' }, ann), { code: 'ParameterNotFound' })
  for (const Name of ['/other/a', '/other/a:9', arnOf('/other/a')]) {
    await assert.rejects(one.ask(GET, { Name }, ann), {
      code: 'AccessDeniedException',
      message: `ssm:GetParameter on ${arnOf('/other/a')}`,
    })
  }
  const [target] = await one.targets(GET, { Name: '/app/a:1' })
  assert.equal(target?.shown, arnOf('/app/a'))
})

test('a reading kept in memory is what the store has: after a change, a deletion and a remaking', async () => {
  await using one = await trial()
  const read = async () => {
    const { Parameter } = await one.call(GET, { Name: 'x', WithDecryption: true })
    return [Parameter.Version, Parameter.Value]
  }
  await one.put('x', 'one', { Type: 'SecureString' })
  for (let i = 0; i < 2; i++) assert.deepEqual(await read(), [1, 'one'])
  await one.put('x', 'two', { Overwrite: true })
  for (let i = 0; i < 2; i++) assert.deepEqual(await read(), [2, 'two'])
  await one.call('DeleteParameter', { Name: 'x' })
  await one.refused(GET, { Name: 'x' }, 'ParameterNotFound')
  await one.put('x', 'three')
  assert.deepEqual(await read(), [1, 'three'])
})

test('what has expired is not there, whether a job has run or not (9)', async () => {
  await using one = await trial()
  const at = new Date(START + 1000).toISOString()
  const Policies = `[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"${at}"}}]`
  await one.put('x', 'old', { Tier: 'Advanced', Policies })
  await one.call(GET, { Name: 'x' })
  one.clock.set(START + 1000)
  for (const Name of ['x', 'x:1', arnOf('x')]) await one.refused(GET, { Name }, 'ParameterNotFound', '')
  await one.refused('DeleteParameter', { Name: 'x' }, 'ParameterNotFound', '')
  assert.equal(await one.put('x', 'new'), 1)
  assert.equal((await one.call(GET, { Name: 'x' })).Parameter.Value, 'new')
})

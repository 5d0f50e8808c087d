import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badPath } from '../model/refusals.ts'
import { allow, arnOf, beside, deny, trial, type Trial, user } from '../test/trial.ts'

const names = ({ Parameters }: { Parameters: { Name: string }[] }) => Parameters.map(({ Name }) => Name)
const read = async (one: Trial, Path: string, more: object = {}) =>
  names(await one.call('GetParametersByPath', { Path, ...more }))

async function tree(): Promise<Trial> {
  const one = await trial()
  for (const name of ['root', '/slash', '/a', '/a/b', '/a/b/c', '/a/b/c/d', '/a/bc', '/a/z', '/b/x'])
    await one.put(name)
  return one
}

test('one level below a path, or everything: by whole segments, never the path itself (traps 21, 22; recorded: 7.4)', async () => {
  await using one = await tree()
  assert.deepEqual(await read(one, '/a'), ['/a/b', '/a/bc', '/a/z'])
  assert.deepEqual(await read(one, '/a', { Recursive: true }), ['/a/b', '/a/b/c', '/a/b/c/d', '/a/bc', '/a/z'])
  assert.deepEqual(await read(one, '/a/b', { Recursive: true }), ['/a/b/c', '/a/b/c/d'])
})

test('a slash at the end makes no difference (trap 22)', async () => {
  await using one = await tree()
  assert.deepEqual(await read(one, '/a/'), await read(one, '/a'))
  assert.deepEqual(await read(one, '/a/b/', { Recursive: true }), await read(one, '/a/b', { Recursive: true }))
})

test("a path where nothing is, AWS's own too, is an empty list (trap 21; parameterstore.md 12)", async () => {
  await using one = await tree()
  for (const Path of ['/none', '/a/z', '/aws/service/list', '/aws/reference/secretsmanager']) {
    assert.deepEqual(await one.call('GetParametersByPath', { Path, Recursive: true }), { Parameters: [] })
  }
})

test('the root holds names of one segment in either spelling, recursively everything (7.4)', async () => {
  await using one = await tree()
  assert.deepEqual(await read(one, '/'), ['/a', 'root', '/slash'])
  assert.equal((await read(one, '/', { Recursive: true })).length, 9)
})

test('what is shown: the members of a read, never a selector, and no empty token (traps 21, 24, 28, 29)', async () => {
  await using one = await trial()
  await one.put('/a/b', 'secret', { Type: 'SecureString', Description: 'x', Tags: [{ Key: 'k', Value: 'v' }] })
  await one.call('LabelParameterVersion', { Name: '/a/b', Labels: ['stable'] })
  const input = { Path: '/a', WithDecryption: true, ParameterFilters: [{ Key: 'Label', Values: ['stable'] }] }
  assert.deepEqual(await one.call('GetParametersByPath', input), {
    Parameters: [
      {
        Name: '/a/b',
        Type: 'SecureString',
        Value: 'secret',
        Version: 1,
        LastModifiedDate: new Date(one.clock.now()),
        ARN: arnOf('/a/b'),
        DataType: 'text',
      },
    ],
  })
})

test('without decryption nobody asks KMS, and strings need no asking at all (5)', async () => {
  await using one = await trial()
  await one.put('/a/plain', 'p')
  await one.put('/a/secure', 's', { Type: 'SecureString' })
  one.keys.asked.length = 0
  const { Parameters } = await one.call('GetParametersByPath', { Path: '/a' })
  assert.equal(Parameters[0].Value, 'p')
  assert.notEqual(Parameters[1].Value, 's')
  assert.deepEqual(one.keys.asked, [])
  const clear = await one.call('GetParametersByPath', { Path: '/a', WithDecryption: true })
  assert.deepEqual(
    clear.Parameters.map(({ Value }: { Value: string }) => Value),
    ['p', 's'],
  )
  assert.deepEqual(
    one.keys.asked.map(({ what, context }) => [what, context]),
    [['Decrypt', { PARAMETER_ARN: arnOf('/a/secure') }]],
  )
})

test('one value that can not be decrypted fails the whole call (5)', async () => {
  await using one = await trial()
  await one.put('/a/own', 's', { Type: 'SecureString', KeyId: 'mine' })
  await one.put('/a/plain')
  one.keys.states.set(one.keys.arnOf('mine'), 'disabled')
  const input = { Path: '/a', WithDecryption: true }
  await one.refused(
    'GetParametersByPath',
    input,
    'InvalidKeyId',
    /is disabled\. \(Service: AWSKMS; .*DisabledException/,
  )
  one.keys.states.clear()
  one.keys.denied.add(`Decrypt ${one.keys.arnOf('mine')}`)
  await one.refused('GetParametersByPath', input, 'AccessDeniedException')
  assert.equal((await one.call('GetParametersByPath', { Path: '/a' })).Parameters.length, 2)
})

test('a label selects the version that carries it, its value, number and date; the rest is left out (trap 23)', async () => {
  await using one = await trial()
  await one.put('/a/old', 'first')
  await one.call('LabelParameterVersion', { Name: '/a/old', Labels: ['stable'] })
  const made = one.clock.now()
  one.clock.set(made + 5000)
  await one.put('/a/old', 'second', { Overwrite: true })
  await one.put('/a/other')
  const filter = { Key: 'Label', Values: ['stable'] }
  for (const Recursive of [false, true]) {
    const { Parameters } = await one.call('GetParametersByPath', { Path: '/a', Recursive, ParameterFilters: [filter] })
    assert.deepEqual(
      Parameters.map(({ Name, Value, Version, LastModifiedDate }: Record<string, unknown>) => [
        Name,
        Value,
        Version,
        LastModifiedDate,
      ]),
      [['/a/old', 'first', 1, new Date(made)]],
    )
  }
  const two = { Path: '/a', ParameterFilters: [{ Key: 'Label', Values: ['a', 'b'] }] }
  await one.refused(
    'GetParametersByPath',
    two,
    'InvalidFilterValue',
    'The following filter Label can have only one value',
  )
})

test('filters by type and key', async () => {
  await using one = await trial()
  await one.put('/a/list', 'x,y', { Type: 'StringList' })
  await one.put('/a/mine', 's', { Type: 'SecureString', KeyId: 'mine' })
  await one.put('/a/text')
  const filtered = (Key: string, Option: string, ...Values: string[]) =>
    read(one, '/a', { ParameterFilters: [{ Key, Option, Values }] })
  assert.deepEqual(await filtered('Type', 'BeginsWith', 'String'), ['/a/list', '/a/text'])
  assert.deepEqual(await filtered('KeyId', 'Equals', 'mine'), ['/a/mine'])
  const refused = { Path: '/a', ParameterFilters: [{ Key: 'Name', Values: ['x'] }] }
  const text = 'The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId, Label].'
  await one.refused('GetParametersByPath', refused, 'InvalidFilterKey', text)
})

test('pages hold ten unless fewer are asked for, and go on by name, whatever is deleted meanwhile (traps 24, 25; 8.3)', async () => {
  await using one = await trial()
  const all = Array.from({ length: 23 }, (_, n) => `/p/${n % 2 ? 'x' : 'y/z'}/${String(n).padStart(2, '0')}`)
  for (const name of all) await one.put(name)
  const input = { Path: '/p', Recursive: true }
  const pages = await one.pages('GetParametersByPath', input)
  assert.deepEqual(
    pages.map((page) => page.Parameters.length),
    [10, 10, 3],
  )
  assert.deepEqual(pages.flatMap(names), all.toSorted())
  const first = await one.call('GetParametersByPath', { ...input, MaxResults: 4 })
  const gone = all.toSorted().slice(2, 6)
  await one.storage.unit('write', async (unit) => {
    const { parameters } = one.service.env(unit, one.request())
    for (const name of gone) {
      const found = await parameters.find(name.slice(1))
      assert.ok(found)
      await parameters.remove(found.parameter)
    }
  })
  // MaxResults may change between pages
  const rest = await one.call('GetParametersByPath', { ...input, MaxResults: 10, NextToken: first.NextToken })
  assert.deepEqual(names(rest), all.toSorted().slice(6, 16))
})

test('a token is for its own question: path, depth, filters, account (8.3)', async () => {
  await using one = await trial()
  for (const name of ['/a/1', '/a/2', '/a/3']) await one.put(name)
  const { NextToken } = await one.call('GetParametersByPath', { Path: '/a', MaxResults: 1 })
  const text = `The following token is invalid: ${NextToken}.`
  const other = [
    { Path: '/b' },
    { Path: '/a', Recursive: true },
    { Path: '/a', ParameterFilters: [{ Key: 'Type', Values: ['String'] }] },
  ]
  for (const question of other)
    await one.refused('GetParametersByPath', { ...question, NextToken }, 'InvalidNextToken', text)
  await one.refused('GetParametersByPath', { Path: '/a', NextToken }, 'InvalidNextToken', text, {
    account: '444455556666',
  })
  await one.refused(
    'GetParametersByPath',
    { Path: '/a', NextToken: 'none' },
    'InvalidNextToken',
    'The following token is invalid: none.',
  )
  assert.deepEqual(names(await one.call('GetParametersByPath', { Path: '/a/', NextToken })), ['/a/2', '/a/3'])
})

test('a filter that selects little answers short and empty pages, each with a token but the last (trap 25)', async () => {
  await using one = await trial()
  for (let n = 0; n < 130; n++) await one.put(`/p/${String(n).padStart(3, '0')}`)
  await one.put('/p/zzz', 's', { Type: 'SecureString' })
  const ParameterFilters = [
    { Key: 'KeyId', Values: ['alias/aws/ssm', ...Array.from({ length: 49 }, (_, n) => `k${n}`)] },
    { Key: 'Type', Values: Array<string>(50).fill('SecureString') },
  ]
  const pages = await one.pages('GetParametersByPath', { Path: '/p', ParameterFilters })
  assert.deepEqual(pages.map(names), [[], ['/p/zzz']])
})

test('what has expired is not listed (9)', async () => {
  await using one = await trial()
  await one.put('/a/kept')
  const found = async () => read(one, '/a')
  const expires = new Date(one.clock.now() + 3_600_000).toISOString()
  const Policies = JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: expires } }])
  await one.put('/a/brief', 'x', { Tier: 'Advanced', Policies })
  assert.deepEqual(await found(), ['/a/brief', '/a/kept'])
  one.clock.set(one.clock.now() + 3_600_000)
  assert.deepEqual(await found(), ['/a/kept'])
})

test('permission is asked for the path alone, without slash at its end, and the depth is a condition (trap 35; recorded: 6)', async () => {
  await using one = await tree()
  const target = async (Path: string, more: object = {}) => {
    const [{ resource, context } = assert.fail()] = await one.targets('GetParametersByPath', { Path, ...more })
    return [resource, context]
  }
  assert.deepEqual(await target('/'), [arnOf('/'), { 'ssm:Recursive': 'false' }])
  assert.deepEqual(await target('/a/b/', { Recursive: true }), [arnOf('/a/b'), { 'ssm:Recursive': 'true' }])
  const input = { Path: '/a', Recursive: true }
  // A deny below the path does not hide anything: AWS's users know it, and a stricter answer would not be AWS's.
  const reader = user('ann', [allow('GetParametersByPath', arnOf('/a')), deny('GetParametersByPath', arnOf('/a/b'))])
  assert.equal((await one.ask('GetParametersByPath', input, reader)).Parameters.length, 5)
  await assert.rejects(
    one.ask('GetParametersByPath', { Path: '/a/b' }, reader),
    /ssm:GetParametersByPath on .*parameter\/a\/b$/,
  )
  const below = user('ben', [allow('GetParametersByPath', arnOf('/a/*'))])
  await assert.rejects(one.ask('GetParametersByPath', input, below), /AccessDenied|on arn/)
  const condition = { Condition: { StringEquals: { 'ssm:Recursive': 'false' } } }
  const flat = user('cat', [allow('GetParametersByPath', arnOf('/a'), condition)])
  assert.equal((await one.ask('GetParametersByPath', { Path: '/a' }, flat)).Parameters.length, 3)
  await assert.rejects(one.ask('GetParametersByPath', input, flat), /on arn/)
})

test('nothing of another account or region', async () => {
  await using one = await tree()
  for (const where of [{ account: '444455556666' }, { region: 'eu-west-1' }]) {
    assert.deepEqual(await one.call('GetParametersByPath', { Path: '/', Recursive: true }, where), { Parameters: [] })
  }
})

test('a path that is none is refused with literal backslashes in the text (trap 45)', async () => {
  await using one = await trial()
  for (const Path of ['a', 'a/b', '/a//b', '/a b', '/a:1', '//', '/ssm/x']) {
    await one.refused('GetParametersByPath', { Path }, 'ValidationException', badPath().message)
  }
  assert.match(badPath().message, /\\"aws\\" or \\"ssm\\"/)
})

test('what was answered before is answered again, until something below the path changes, whoever changes it', async () => {
  await using one = await tree()
  const other = beside(one)
  type Changed = readonly [what: string, change: () => Promise<unknown>]
  const changes: Changed[] = [
    ['a new value', () => one.put('/a/b', 'new', { Overwrite: true })],
    ['a new parameter', () => one.put('/a/b/new', 'x')],
    ['deep below', () => one.put('/a/b/c/d/e', 'x')],
    ['a deletion', () => one.call('DeleteParameter', { Name: '/a/bc' })],
    ['another kind', () => one.put('/a/z', 'secret', { Overwrite: true, Type: 'SecureString' })],
    ['another process', () => other.put('/a/z', 'theirs', { Overwrite: true })],
    ['another process, new', () => other.put('/a/zz', 'theirs')],
  ]
  const questions = [
    { Path: '/a' },
    { Path: '/a', WithDecryption: true },
    { Path: '/a', Recursive: true },
    { Path: '/', Recursive: true, MaxResults: 3 },
    { Path: '/a/b', Recursive: true, WithDecryption: true },
  ]
  const ask = (node: Trial) => Promise.all(questions.map((question) => node.call('GetParametersByPath', question)))
  for (const [what, change] of changes) {
    for (let times = 0; times < 2; times++) assert.deepEqual(await ask(one), await ask(beside(one)), what)
    await change()
    for (let times = 0; times < 2; times++) assert.deepEqual(await ask(one), await ask(beside(one)), what)
  }
})

test('an answer that is kept ends when one of its parameters expires, and knows its pages', async () => {
  await using one = await trial()
  const Timestamp = new Date(one.clock.now() + 60_000).toISOString()
  const Policies = JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } }])
  for (const name of ['/a/1', '/a/2', '/a/3']) await one.put(name)
  await one.put('/a/4', 'brief', { Tier: 'Advanced', Policies })
  for (const WithDecryption of [false, true, false, true]) {
    const pages = await one.pages('GetParametersByPath', { Path: '/a', MaxResults: 2, WithDecryption })
    assert.deepEqual(pages.map(names), [
      ['/a/1', '/a/2'],
      ['/a/3', '/a/4'],
    ])
  }
  one.clock.set(one.clock.now() + 60_000)
  for (const WithDecryption of [false, true]) {
    const pages = await one.pages('GetParametersByPath', { Path: '/a', MaxResults: 2, WithDecryption })
    assert.deepEqual(pages.map(names), [['/a/1', '/a/2'], ['/a/3']])
  }
})

test('with decryption KMS is asked each time, for each value: nothing opened is kept of a SecureString', async () => {
  await using one = await trial()
  await one.put('/a/x', 'secret', { Type: 'SecureString' })
  await one.put('/a/y', 'plain')
  const input = { Path: '/a', WithDecryption: true }
  for (let times = 1; times <= 3; times++) {
    one.keys.asked.length = 0
    const { Parameters } = await one.call('GetParametersByPath', input)
    assert.deepEqual(
      Parameters.map(({ Value }: { Value: string }) => Value),
      ['secret', 'plain'],
    )
    assert.equal(one.keys.asked.length, 1)
  }
  one.keys.denied.add(`Decrypt ${one.keys.arnOf()}`)
  await one.refused('GetParametersByPath', input, 'AccessDeniedException')
})

test('an empty token is refused, whether the first page is in memory or not', async () => {
  await using one = await trial()
  await one.put('/a/b')
  for (let time = 0; time < 2; time++) {
    await one.refused('GetParametersByPath', { Path: '/a', NextToken: '' }, 'InvalidNextToken', /invalid: \.$/)
    await one.call('GetParametersByPath', { Path: '/a' })
  }
})

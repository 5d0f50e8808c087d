import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, arnOf, deny, OTHER, root, START, type Trial, trial, user } from '../test/trial.ts'

const EXISTS = 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.'
const TAGS_AND_OVERWRITE =
  "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
const GUIDE = 'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
const NO_DOWNGRADE =
  "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters."
const STANDARD_TOO_LONG = `Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see ${GUIDE}`
const NO_POLICIES = `You can't assign parameter policies to a standard-parameter tier. You must upgrade the parameter to use the advanced-parameter tier. For more information, see ${GUIDE}`
const EXPIRATION = '[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00.000Z"}}]'

/** The newest version as DescribeParameters shows it. */
async function described(one: Trial, Name: string) {
  const { Parameters } = await one.call('DescribeParameters', { ParameterFilters: [{ Key: 'Name', Values: [Name] }] })
  assert.equal(Parameters.length, 1)
  return Parameters[0]
}
const valueIn = async (one: Trial, Name: string) =>
  (await one.call('GetParameter', { Name, WithDecryption: true })).Parameter.Value

test('makes version 1, says number and tier, and an overwrite makes the next even when nothing changed (4.1, recorded)', async () => {
  await using one = await trial()
  assert.deepEqual(await one.call('PutParameter', { Name: '/a/b', Value: 'v', Type: 'String' }), {
    Version: 1,
    Tier: 'Standard',
  })
  await one.refused('PutParameter', { Name: '/a/b', Value: 'v', Type: 'String' }, 'ParameterAlreadyExists', EXISTS)
  await one.refused(
    'PutParameter',
    { Name: '/a/b', Value: 'v', Type: 'String', Overwrite: false },
    'ParameterAlreadyExists',
  )
  for (const Version of [2, 3]) {
    assert.deepEqual(await one.call('PutParameter', { Name: '/a/b', Value: 'v', Overwrite: true }), {
      Version,
      Tier: 'Standard',
    })
  }
  assert.equal(await one.put('/new', 'v', { Overwrite: true }), 1)
})

test('trap 6: the other spelling of a name at the root collides', async () => {
  await using one = await trial()
  await one.put('x')
  await one.refused('PutParameter', { Name: '/x', Value: 'v', Type: 'String' }, 'ParameterAlreadyExists', EXISTS)
  assert.equal(await one.put('/x', 'w', { Overwrite: true }), 2)
  assert.equal((await described(one, 'x')).Name, 'x')
})

test('a type is required to make a parameter (3.1, reported)', async () => {
  await using one = await trial()
  const text = 'A parameter type is required when you create a parameter.'
  await one.refused('PutParameter', { Name: 'x', Value: 'v' }, 'ValidationException', text)
  await one.refused('PutParameter', { Name: 'x', Value: 'v', Overwrite: true }, 'ValidationException', text)
})

test('trap 9: an overwrite without a type keeps it; trap 10: a type may change', async () => {
  await using one = await trial()
  await one.put('x', 'v', { Type: 'SecureString' })
  await one.call('PutParameter', { Name: 'x', Value: 'w', Overwrite: true })
  await one.put('x', 'a,b', { Type: 'StringList', Overwrite: true })
  await one.put('x', 'v', { Type: 'String', Overwrite: true })
  await one.put('x', 'v', { Type: 'SecureString', Overwrite: true })
  const { Parameters } = await one.call('GetParameterHistory', { Name: 'x' })
  assert.deepEqual(
    Parameters.map(({ Type }: { Type: string }) => Type),
    ['SecureString', 'SecureString', 'StringList', 'String', 'SecureString'],
  )
})

test('trap 11: an overwrite keeps description and pattern, and the pattern that is kept validates the new value', async () => {
  await using one = await trial()
  await one.put('x', '12', { Description: 'a number', AllowedPattern: '\\d{1,4}' })
  await one.refused(
    'PutParameter',
    { Name: 'x', Value: 'twelve', Overwrite: true },
    'ParameterPatternMismatchException',
    'Parameter value, cannot be validated against allowedPattern: \\d{1,4}',
  )
  await one.call('PutParameter', { Name: 'x', Value: '13', Overwrite: true })
  const kept = await described(one, 'x')
  assert.deepEqual([kept.Version, kept.Description, kept.AllowedPattern], [2, 'a number', '\\d{1,4}'])
  await one.call('PutParameter', { Name: 'x', Value: 'any', Overwrite: true, AllowedPattern: '', Description: '' })
  const cleared = await described(one, 'x')
  assert.ok(!('AllowedPattern' in cleared) && !('Description' in cleared))
})

test('an overwrite keeps key, data type and tags too, and drops the key of what is no SecureString (4.1, inferred)', async () => {
  await using one = await trial()
  const own = 'alias/own'
  await one.call('PutParameter', {
    ...{ Name: 'x', Value: 'v', Type: 'SecureString', KeyId: own, Tags: [{ Key: 'k', Value: 'v' }] },
  })
  await one.call('PutParameter', { Name: 'x', Value: 'w', Overwrite: true })
  assert.equal((await described(one, 'x')).KeyId, own)
  assert.deepEqual(
    one.keys.asked.map(({ what, key }) => [what, key]),
    [
      ['Encrypt', one.keys.arnOf(own)],
      ['Encrypt', one.keys.arnOf(own)],
    ],
  )
  await one.put('x', 'v', { Overwrite: true, KeyId: own })
  assert.ok(!('KeyId' in (await described(one, 'x'))))
  await one.put('x', 'v', { Overwrite: true, Type: 'SecureString' })
  assert.equal((await described(one, 'x')).KeyId, 'alias/aws/ssm')
  const { TagList } = await one.call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: 'x' })
  assert.deepEqual(TagList, [{ Key: 'k', Value: 'v' }])
})

test('trap 13: tags with Overwrite fail, whether there is a parameter or not; an empty list is fine', async () => {
  await using one = await trial()
  const input = { Name: 'x', Value: 'v', Type: 'String', Overwrite: true }
  await one.refused(
    'PutParameter',
    { ...input, Tags: [{ Key: 'k', Value: 'v' }] },
    'ValidationException',
    TAGS_AND_OVERWRITE,
  )
  assert.equal((await one.call('PutParameter', { ...input, Tags: [] })).Version, 1)
  await one.refused(
    'PutParameter',
    { ...input, Tags: [{ Key: 'k', Value: 'v' }] },
    'ValidationException',
    TAGS_AND_OVERWRITE,
  )
})

test('trap 14: a StringList is not parsed: blanks and empty items survive', async () => {
  await using one = await trial()
  for (const value of ['red, green,blue', 'a,,b', ',', ' ']) {
    await one.put('x', value, { Type: 'StringList', Overwrite: true })
    assert.equal(await valueIn(one, 'x'), value)
  }
})

test('trap 15: a value with `{{` before `}}` is refused, and the trail does not repeat it', async () => {
  await using one = await trial()
  for (const Value of ['{{ssm:/a/b}}', 'x {{ y }} z', '{"a":{"b":"{{"},"c":"}}"}', '{{}}']) {
    await assert.rejects(one.call('PutParameter', { Name: 'x', Value, Type: 'String' }), {
      code: 'ValidationException',
      message: `Parameter value: '${Value}' failed to satisfy constraint: Parameter value can't nest another parameter. Do not use "{{}}" in the value.`,
      more: {
        recorded: `Parameter value: 'HIDDEN_DUE_TO_SECURITY_REASONS' failed to satisfy constraint: Parameter value can't nest another parameter. Do not use "{{}}" in the value.`,
      },
    })
  }
  for (const Value of ['{{', '}}{{', '{ {x} }', '{"a":{"b":1}}']) await one.put('x', Value, { Overwrite: true })
})

test('a value is kept as it came, whatever is in it', async () => {
  await using one = await trial()
  const value = 'ä😀\u0000\n\t"\\'
  for (const Type of ['String', 'SecureString']) {
    await one.put(`/any/${Type}`, value, { Type })
    assert.equal(await valueIn(one, `/any/${Type}`), value)
  }
  assert.ok(one.keys.plaintexts.every((bytes) => bytes.every((byte) => byte === 0)))
})

test('data types: text, images of Strings, integrations under their prefix; others are refused (3.2, recorded)', async () => {
  await using one = await trial()
  const refused = (more: object, text: string) =>
    one.refused('PutParameter', { Name: 'x', Value: 'v', Type: 'String', ...more }, 'ValidationException', text)
  await refused(
    { DataType: 'bad' },
    'The following data type is not supported: bad. (Data type names are all lowercase.)',
  )
  await refused(
    { DataType: 'aws:ec2:image', Type: 'StringList' },
    'The aws:ec2:image data type is not supported for the following input type: StringList',
  )
  await refused(
    { DataType: 'aws:ssm:integration' },
    'Parameters with data type: aws:ssm:integration must start with prefix: /d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations',
  )
  const Name = '/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/hook'
  await one.put(Name, 'v', { Type: 'SecureString', DataType: 'aws:ssm:integration' })
  assert.equal((await described(one, Name)).DataType, 'aws:ssm:integration')
  await one.put('x', 'v')
  assert.equal((await described(one, 'x')).DataType, 'text')
})

test('an image is a String, also when an overwrite says nothing of it (3.2); what becomes of it: images.test.ts', async () => {
  await using one = await trial()
  await one.put('ami', 'ami-0123456789abcdef0', { DataType: 'aws:ec2:image' })
  await one.pass(1)
  await one.refused(
    'PutParameter',
    { Name: 'ami', Value: 'v', Type: 'SecureString', Overwrite: true },
    'ValidationException',
    'The aws:ec2:image data type is not supported for the following input type: SecureString',
  )
})

test('a value has 4,096 bytes in the standard tier and 8,192 in the advanced one (3.4, recorded for ASCII)', async () => {
  await using one = await trial()
  const put = (Name: string, Value: string, Tier: string) =>
    one.call('PutParameter', { Name, Value, Type: 'String', Tier })
  assert.equal((await put('a', 'x'.repeat(4096), 'Standard')).Version, 1)
  await assert.rejects(put('b', 'x'.repeat(4097), 'Standard'), {
    code: 'ValidationException',
    message: STANDARD_TOO_LONG,
  })
  await assert.rejects(put('b', 'ä'.repeat(2049), 'Standard'), { message: STANDARD_TOO_LONG })
  assert.deepEqual(await put('b', 'x'.repeat(8192), 'Advanced'), { Version: 1, Tier: 'Advanced' })
  await assert.rejects(put('c', 'x'.repeat(8193), 'Advanced'), {
    message: 'Advanced-tier parameters support a maximum parameter value of 8192 characters.',
  })
})

test('trap 18: `Intelligent-Tiering` is never stored, and what is Advanced never goes back', async () => {
  await using one = await trial()
  const put = (Name: string, more: object = {}) =>
    one.call('PutParameter', { Name, Value: 'v', Type: 'String', Overwrite: true, ...more })
  const smart = { Tier: 'Intelligent-Tiering' }
  assert.equal((await put('a', smart)).Tier, 'Standard')
  assert.equal((await put('a', { ...smart, Value: 'x'.repeat(4097) })).Tier, 'Advanced')
  assert.equal((await put('a', smart)).Tier, 'Advanced')
  assert.equal((await put('a')).Tier, 'Advanced')
  assert.equal((await put('b', { ...smart, Policies: EXPIRATION })).Tier, 'Advanced')
  await one.refused(
    'PutParameter',
    { Name: 'a', Value: 'v', Overwrite: true, Tier: 'Standard' },
    'ValidationException',
    NO_DOWNGRADE,
  )
  // Assumed: the way back is refused before what else is wrong.
  await one.refused(
    'PutParameter',
    { Name: 'b', Value: 'x'.repeat(9000), Overwrite: true, Tier: 'Standard', Policies: 'bad' },
    'ValidationException',
    NO_DOWNGRADE,
  )
  assert.equal((await put('c')).Tier, 'Standard')
  assert.equal((await put('c', { Tier: 'Advanced' })).Tier, 'Advanced')
})

test('policies are for the advanced tier; trap 16: a string of JSON; trap 17: `[{}]` removes them and omission keeps them', async () => {
  await using one = await trial()
  await one.refused(
    'PutParameter',
    { Name: 'x', Value: 'v', Type: 'String', Policies: EXPIRATION },
    'ValidationException',
    NO_POLICIES,
  )
  await one.refused(
    'PutParameter',
    { Name: 'x', Value: 'v', Type: 'String', Policies: 'none' },
    'ValidationException',
    NO_POLICIES,
  )
  await one.refused(
    'PutParameter',
    { Name: 'x', Value: 'v', Type: 'String', Tier: 'Advanced', Policies: 'none' },
    'ValidationException',
    /^Invalid policies input/,
  )
  await one.put('x', 'v', { Tier: 'Advanced', Policies: EXPIRATION })
  const kinds = async () =>
    (await described(one, 'x')).Policies.map(({ PolicyType }: { PolicyType: string }) => PolicyType)
  await one.put('x', 'w', { Overwrite: true })
  assert.deepEqual(await kinds(), ['Expiration'])
  await one.put('x', 'w', { Overwrite: true, Policies: '[{}]' })
  assert.deepEqual(await kinds(), [])
  await one.put('x', 'w', { Overwrite: true, Policies: EXPIRATION })
  await one.put('x', 'w', { Overwrite: true, Policies: '[]' })
  assert.deepEqual(await kinds(), [])
  assert.equal(await one.put('std', 'v', { Policies: '[{}]' }), 1)
})

test('trap 33: a hundred versions are kept; one more fails only when the oldest has a label, and then nothing is written', async () => {
  await using one = await trial({ limits: { versions: 3 } })
  await one.versions('/a/b', 5)
  const numbers = async () =>
    (await one.call('GetParameterHistory', { Name: '/a/b' })).Parameters.map(
      ({ Version }: { Version: number }) => Version,
    )
  assert.deepEqual(await numbers(), [3, 4, 5])
  await one.call('LabelParameterVersion', { Name: '/a/b', ParameterVersion: 3, Labels: ['keep'] })
  await one.refused(
    'PutParameter',
    { Name: '/a/b', Value: 'v', Overwrite: true },
    'ParameterMaxVersionLimitExceeded',
    "You attempted to create a new version of /a/b by calling the PutParameter API with the overwrite flag. Version 3, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.",
  )
  assert.deepEqual(await numbers(), [3, 4, 5])
  await one.call('LabelParameterVersion', { Name: '/a/b', ParameterVersion: 4, Labels: ['keep'] })
  assert.equal(await one.put('/a/b', 'v', { Overwrite: true }), 6)
  assert.deepEqual(await numbers(), [4, 5, 6])
})

test('a deployment keeps AWS’s hundred versions when nothing else is said (15)', async () => {
  await using one = await trial()
  await one.versions('x', 101)
  const { Parameters } = await one.call('GetParameterHistory', { Name: 'x', MaxResults: 50 })
  assert.equal(Parameters[0].Version, 2)
})

test('quotas count each tier apart, in one account and region; Intelligent-Tiering goes Advanced when Standard is full (3.4)', async () => {
  await using one = await trial({ limits: { standard: 2, advanced: 2 } })
  await one.put('a')
  await one.put('b')
  const full = { Name: 'c', Value: 'v', Type: 'String' }
  await one.refused(
    'PutParameter',
    full,
    'ParameterLimitExceeded',
    'You have reached the maximum number of standard parameters for this AWS account and Region (2). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply).',
  )
  assert.equal(await one.put('a', 'again', { Overwrite: true }), 2)
  assert.equal((await one.call('PutParameter', full, { region: 'eu-west-1' })).Version, 1)
  assert.equal((await one.call('PutParameter', full, { caller: root(OTHER) })).Version, 1)
  assert.equal((await one.call('PutParameter', { ...full, Tier: 'Intelligent-Tiering' })).Tier, 'Advanced')
  // What is made Advanced leaves room.
  assert.equal(
    (await one.call('PutParameter', { Name: 'a', Value: 'v', Overwrite: true, Tier: 'Advanced' })).Tier,
    'Advanced',
  )
  assert.equal(await one.put('d'), 1)
  await one.refused(
    'PutParameter',
    { Name: 'b', Value: 'v', Overwrite: true, Tier: 'Advanced' },
    'ParameterLimitExceeded',
    /advanced parameters .*\(2\)/,
  )
  await one.call('DeleteParameter', { Name: 'd' })
  assert.equal(await one.put('e'), 1)
})

test('LastModifiedDate and LastModifiedUser are those of the version (4.1)', async () => {
  await using one = await trial()
  const caller = user('ann', [allow('PutParameter')])
  await one.ask('PutParameter', { Name: 'x', Value: 'v', Type: 'String' }, caller)
  const { LastModifiedDate, LastModifiedUser } = await described(one, 'x')
  assert.deepEqual([LastModifiedDate, LastModifiedUser], [new Date(START), caller.arn])
})

test('trap 37: KMS is asked with PARAMETER_ARN; Advanced uses GenerateDataKey, not Encrypt', async () => {
  await using one = await trial()
  await one.put('/a/b', 'v', { Type: 'SecureString' })
  await one.put('/a/c', 'v', { Type: 'SecureString', Tier: 'Advanced' })
  const context = (name: string) => ({ PARAMETER_ARN: arnOf(name) })
  assert.deepEqual(one.keys.asked, [
    { what: 'Encrypt', key: one.keys.arnOf('alias/aws/ssm'), context: context('/a/b') },
    { what: 'GenerateDataKey', key: one.keys.arnOf('alias/aws/ssm'), context: context('/a/c') },
  ])
})

test('trap 38: a key’s problem is InvalidKeyId, a permission’s AccessDeniedException, and nothing is written (5)', async () => {
  await using one = await trial()
  const put = { Name: 'x', Value: 'v', Type: 'SecureString', KeyId: 'alias/own' }
  const key = one.keys.arnOf('alias/own')
  const from = (code: string) =>
    new RegExp(`\\(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: [0-9a-f-]{36}; Proxy: null\\)$`)
  for (const [state, code] of [
    ['gone', 'NotFoundException'],
    ['disabled', 'DisabledException'],
    ['pending', 'KMSInvalidStateException'],
  ] as const) {
    one.keys.states.set(key, state)
    await one.refused('PutParameter', put, 'InvalidKeyId', from(code))
  }
  one.keys.states.clear()
  await one.refused(
    'PutParameter',
    { ...put, KeyId: 'alias/asymmetric' },
    'InvalidKeyId',
    from('InvalidKeyUsageException'),
  )
  one.keys.denied.add(`Encrypt ${key}`)
  await one.refused('PutParameter', put, 'AccessDeniedException', from('AccessDeniedException'))
  await one.refused('GetParameter', { Name: 'x' }, 'ParameterNotFound')
})

test('the checks come in the order of 7.1, one fault after the other', async () => {
  await using one = await trial({ limits: { standard: 1, versions: 1 } })
  await one.put('there', 'v', { Tier: 'Advanced' })
  await one.put('std')
  one.keys.states.set(one.keys.arnOf('alias/own'), 'gone')
  // Each step takes away the first fault of the one before it.
  const steps: readonly (readonly [object, RegExp])[] = [
    [{ Name: 'a b' }, /^Parameter name: can't/],
    [{ Name: 'there' }, /^Invalid request: tags and overwrite/],
    [{ Tags: undefined }, /^The following data type is not supported/],
    [{ DataType: 'aws:ec2:image', Type: 'StringList' }, /^The aws:ec2:image data type is not supported/],
    [{ DataType: '', Type: undefined }, /can't nest another parameter/],
    [{ Value: 'x'.repeat(9000), Overwrite: false }, /^The parameter already exists/],
    [{ Name: 'new', Tier: 'Standard' }, /^A parameter type is required/],
    [{ Type: 'SecureString' }, /^Standard tier parameters support/],
    [{ Value: 'v' }, /^You can't assign parameter policies/],
    [{ Tier: 'Advanced' }, /^Invalid policies input/],
    [{ Policies: undefined, Tier: 'Standard' }, /^The syntax of the allowedPattern/],
    [{ AllowedPattern: 'w' }, /^Parameter value, cannot be validated/],
    [{ AllowedPattern: 'v' }, /^You have reached the maximum number/],
    [{ Tier: 'Advanced' }, /Error Code: NotFoundException/],
  ]
  let input: Record<string, unknown> = {
    ...{ Name: 'a b', Value: '{{x}}', Overwrite: true, Tags: [{ Key: 'k', Value: 'v' }], DataType: 'bad' },
    ...{ Policies: 'none', AllowedPattern: '(', KeyId: 'alias/own' },
  }
  for (const [change, text] of steps) {
    input = { ...input, ...change }
    await assert.rejects(one.call('PutParameter', input), { message: text })
  }
  assert.equal((await one.call('PutParameter', { ...input, KeyId: 'alias/fine' })).Version, 1)
})

test('permission is asked for the ARN, with Overwrite and Policies as strings, and AddTagsToResource for tags (6)', async () => {
  await using one = await trial()
  const targets = await one.targets('PutParameter', {
    ...{ Name: '/a/b', Value: 'v', Overwrite: true, Policies: '[]', Tags: [{ Key: 'k', Value: 'v' }] },
  })
  assert.deepEqual(
    targets.map(({ resource, action, context, requestTags }) => ({ resource, action, context, requestTags })),
    [undefined, 'ssm:AddTagsToResource'].map((action) => ({
      resource: arnOf('/a/b'),
      action,
      context: { 'ssm:Overwrite': 'true', 'ssm:Policies': 'true' },
      requestTags: new Map([['k', 'v']]),
    })),
  )
  const careful = user('ann', [
    allow('PutParameter', arnOf('/a/*')),
    deny('PutParameter', '*', { Condition: { StringEquals: { 'ssm:Overwrite': 'true' } } }),
  ])
  const put = (more: object) => one.ask('PutParameter', { Name: '/a/b', Value: 'v', Type: 'String', ...more }, careful)
  assert.equal((await put({})).Version, 1)
  await assert.rejects(put({ Overwrite: true }), { code: 'AccessDeniedException' })
  await assert.rejects(put({ Name: '/b' }), {
    code: 'AccessDeniedException',
    message: `ssm:PutParameter on ${arnOf('/b')}`,
  })
  await assert.rejects(put({ Name: '/a/c', Tags: [{ Key: 'k', Value: 'v' }] }), {
    message: `ssm:AddTagsToResource on ${arnOf('/a/c')}`,
  })
})

test('deleted and made again, a parameter starts at 1, with nothing of the former (4.2)', async () => {
  await using one = await trial()
  await one.versions('x', 3)
  await one.call('LabelParameterVersion', { Name: 'x', ParameterVersion: 1, Labels: ['one'] })
  await one.call('DeleteParameter', { Name: 'x' })
  assert.equal(await one.put('x'), 1)
  await one.refused('GetParameter', { Name: 'x:2' }, 'ParameterVersionNotFound')
  await one.refused('GetParameter', { Name: 'x:one' }, 'ParameterVersionNotFound')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Filter, type FilterNameStringType, paginateListSecrets } from '@aws-sdk/client-secrets-manager'
import { refused, session, texts } from '../session.ts'
import { allow, personOf, refusedOnWire, wireOf } from './rig.ts'

/** Filters of ListSecrets and BatchGetSecretValue, each line of the table. Source: secretsmanager.md 9, recorded where it says so. */

const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)

interface Made {
  readonly Description?: string
  readonly Tags?: readonly (readonly [string, string])[]
}

/** Name → what it has besides. */
const store: Readonly<Record<string, Made>> = {
  'testing1/one': { Description: 'a secret' },
  '/testing2/two': { Description: 'an secret' },
  'testing3/three': { Description: 'asecret' },
  '/testing4/four': { Description: 'thesecret' },
  SecretOne: {},
  SecretTwo: { Description: 'DescTwo' },
  Thirdsecret: {},
  SecretFTag: { Tags: [['1', 'foo']] },
  SecretFValue: { Tags: [['foo', 'v']] },
  'prod/AppBeta/x1': {},
  prod_AppBeta_x1: {},
  'prod+AppBeta+x1': {},
  'prod=AppBeta=x1': {},
  'prod.AppBeta.x1': {},
  'prod@AppBeta@x1': {},
  'prod-AppBeta-x1': {},
  'prod-AppBeta/x1': {},
  'uat/COMPANY/x1': {},
  'uat/COMPANYthings/x1': {},
  words: { Description: 'one and two', Tags: [['Env', 'Production']] },
  apart: {
    Description: 'red',
    Tags: [
      ['blue', 'green'],
      ['Env', 'Test'],
    ],
  },
}
for (const [Name, { Description, Tags }] of Object.entries(store))
  await secrets.createSecret({
    Name,
    SecretString: Name,
    ...(Description === undefined ? {} : { Description }),
    ...(Tags === undefined ? {} : { Tags: Tags.map(([Key, Value]) => ({ Key, Value })) }),
  })

async function by(...Filters: Filter[]): Promise<string[]> {
  const found: string[] = []
  for await (const { SecretList = [] } of paginateListSecrets({ client: secrets, pageSize: 7 }, { Filters }))
    found.push(...SecretList.map(({ Name = '' }) => Name))
  return found
}

/** One line each: values, comma separated | the names that are found, in order of creation. */
async function check(Key: FilterNameStringType, table: string): Promise<void> {
  for (const line of table.trim().split('\n')) {
    const [values = '', names = ''] = line.split('|').map((cell) => cell.trim())
    const Values = values.split(',').map((value) => value.trim())
    assert.deepEqual(await by({ Key, Values }), names === '' ? [] : names.split(' '), `${Key}: ${values}`)
  }
}

test('name: a prefix of the whole name, in its own case; ! negates (recorded)', async () => {
  await check(
    'name',
    `
    /                | /testing2/two /testing4/four
    testing1 one     |
    testing          | testing1/one testing3/three
    Testing          |
    one              |
    prod_, prod+     | prod_AppBeta_x1 prod+AppBeta+x1
    Secret           | SecretOne SecretTwo SecretFTag SecretFValue
  `,
  )
  const all = Object.keys(store)
  assert.deepEqual(
    await by({ Key: 'name', Values: ['!/'] }),
    all.filter((name) => !name.startsWith('/')),
  )
})

test('description: by words, in any case; ! negates, and what has none is not excluded (recorded)', async () => {
  await check(
    'description',
    `
    a        | testing1/one /testing2/two testing3/three words
    a secret | testing1/one /testing2/two
    A SECRET | testing1/one /testing2/two
    o t      | words
    t o      | words
    two      | SecretTwo words
    desc     | SecretTwo
    wo       |
    secret   | testing1/one /testing2/two
  `,
  )
  const all = Object.keys(store)
  const withA = ['testing1/one', '/testing2/two', 'testing3/three', 'words']
  assert.deepEqual(
    await by({ Key: 'description', Values: ['!a'] }),
    all.filter((name) => !withA.includes(name)),
  )
  assert.deepEqual(await by({ Key: 'description', Values: ['!c'] }), all)
})

test('tag-key and tag-value: prefixes in their own case, not tied to each other', async () => {
  await check('tag-key', '  En | words apart\n  en |\n  nv |\n  b, f | SecretFValue apart')
  await check('tag-value', '  Prod | words\n  prod |\n  T, v | SecretFValue apart')
  // Any tag: `blue` has another value than `Test`.
  const tied: Filter[] = [
    { Key: 'tag-key', Values: ['blue'] },
    { Key: 'tag-value', Values: ['Test'] },
  ]
  assert.deepEqual(await by(...tied), ['apart'])
})

test('all: by words over name, description and tags, all words in one of them; camel case and special characters end words (recorded)', () =>
  check(
    'all',
    `
    SecretOne     | SecretOne
    foo           | SecretFTag SecretFValue
    sec           | testing1/one /testing2/two SecretOne SecretTwo SecretFTag SecretFValue
    Secret        | testing1/one /testing2/two SecretOne SecretTwo SecretFTag SecretFValue
    ret           |
    SomeSecret    |
    d             | SecretTwo
    d t           | SecretTwo
    t thi         | Thirdsecret
    third         | Thirdsecret
    ft            |
    f tag         | SecretFTag
    AppBeta       | prod/AppBeta/x1 prod_AppBeta_x1 prod+AppBeta+x1 prod=AppBeta=x1 prod.AppBeta.x1 prod@AppBeta@x1 prod-AppBeta-x1
    Beta          | prod/AppBeta/x1 prod_AppBeta_x1 prod+AppBeta+x1 prod=AppBeta=x1 prod.AppBeta.x1 prod@AppBeta@x1 prod-AppBeta-x1
    +             |
    x1            | prod/AppBeta/x1 prod_AppBeta_x1 prod+AppBeta+x1 prod=AppBeta=x1 prod.AppBeta.x1 prod@AppBeta@x1 prod-AppBeta-x1 uat/COMPANY/x1 uat/COMPANYthings/x1
    company       | uat/COMPANY/x1
    things        |
    Ythings       | uat/COMPANYthings/x1
    pany          |
    red blue      |
    blue          | apart
    Production    | words
    PRODUCTION    | words
    prod, company | prod/AppBeta/x1 prod_AppBeta_x1 prod+AppBeta+x1 prod=AppBeta=x1 prod.AppBeta.x1 prod@AppBeta@x1 prod-AppBeta-x1 prod-AppBeta/x1 uat/COMPANY/x1 words
  `,
  ))

test('filters are ANDed, also two of one key; values in a filter are ORed (recorded)', async () => {
  const description = (value: string): Filter => ({ Key: 'description', Values: [value] })
  assert.deepEqual(await by(description('one'), description('two')), ['words'])
  assert.deepEqual(await by(description('a'), { Key: 'name', Values: ['an'] }), [])
  assert.deepEqual(await by({ Key: 'description', Values: ['red', 'thesecret'] }), ['/testing4/four', 'apart'])
  assert.deepEqual(await by({ Key: 'name', Values: ['testing'] }, { Key: 'all', Values: ['three'] }), [
    'testing3/three',
  ])
})

test('primary-region and owning-service: nothing here has one, so that only their negation selects', async () => {
  assert.deepEqual(await by({ Key: 'primary-region', Values: ['us-'] }), [])
  assert.deepEqual(await by({ Key: 'owning-service', Values: ['r'] }), [])
  assert.deepEqual(await by({ Key: 'owning-service', Values: ['!rds'] }), Object.keys(store))
})

test('BatchGetSecretValue selects by the same filters', async () => {
  const { SecretValues, Errors } = await secrets.batchGetSecretValue({
    Filters: [
      { Key: 'all', Values: ['sec'] },
      { Key: 'name', Values: ['!S'] },
    ],
  })
  assert.deepEqual(SecretValues?.map(({ Name }) => Name).sort(), ['/testing2/two', 'testing1/one'])
  assert.deepEqual(Errors, [])
})

test('what is no filter: the key, its values, how many, and their characters; in both operations', async () => {
  for (const operation of ['ListSecrets', 'BatchGetSecretValue']) {
    const list = (Filters: object[]) => wire(operation, { Filters })
    refusedOnWire(await list([{ Values: ['x'] }]), 'InvalidParameterException', 'Invalid filter key')
    refusedOnWire(
      await list([{ Key: 'description' }]),
      'InvalidParameterException',
      'Invalid filter values for key: description',
    )
    refusedOnWire(
      await list([{ Key: 'invalid', Values: ['x'] }]),
      'ValidationException',
      /^1 validation error detected: Value 'invalid' at 'filters\.1\.member\.key' failed to satisfy constraint: Member must satisfy enum value set: \[(?:[a-z-]+(?:, )?){7}\]$/,
      'message',
    )
    // A path tells which filter it is.
    const second = await list([
      { Key: 'name', Values: ['x'] },
      { Key: 'Name', Values: ['x'] },
    ])
    assert.match(second.json.message, /at 'filters\.2\.member\.key'/)
    const one = { Key: 'name', Values: ['x'] }
    const many = (count: number) => Array.from({ length: count }, () => 'x')
    for (const [filters, part] of [
      [
        Array.from({ length: 11 }, () => one),
        /at 'filters' failed.* Member must have length less than or equal to 10$/,
      ],
      [[{ Key: 'name', Values: many(11) }], /at 'filters\.1\.member\.values' failed.* less than or equal to 10$/],
      [[{ Key: 'name', Values: [] }], /at 'filters\.1\.member\.values' failed.* greater than or equal to 1$/],
      [[{ Key: 'name', Values: ['x'.repeat(513)] }], /less than or equal to 512/],
      [[{ Key: 'name', Values: ['a*b'] }], /regular expression pattern/],
    ] as const) {
      const answer = await list([...filters])
      refusedOnWire(answer, 'ValidationException', part, 'message')
    }
    assert.equal((await list([{ Key: 'name', Values: many(10) }])).status, 200)
    assert.equal((await list(Array.from({ length: 10 }, () => one))).status, 200)
  }
})

test('a secret scheduled for deletion is a candidate only with IncludePlannedDeletion, and never of a batch', async () => {
  await secrets.createSecret({ Name: 'leaving/soon', SecretString: 'x' })
  await secrets.deleteSecret({ SecretId: 'leaving/soon' })
  const Filters: Filter[] = [{ Key: 'all', Values: ['leaving'] }]
  assert.deepEqual((await secrets.listSecrets({ Filters })).SecretList, [])
  const { SecretList } = await secrets.listSecrets({ Filters, IncludePlannedDeletion: true })
  assert.deepEqual(
    SecretList?.map(({ Name }) => Name),
    ['leaving/soon'],
  )
  const batch = await secrets.batchGetSecretValue({ Filters })
  assert.deepEqual([batch.SecretValues, batch.Errors], [[], []])
  await refused(secrets.getSecretValue({ SecretId: 'leaving/soon' }), 'InvalidRequestException', texts.marked)
})

test('lists do not ask for the permission on each secret; the values of a batch do (8.11, 7.2)', async () => {
  const lister = await personOf(server, clients, 'lister')
  await lister.may(allow(['secretsmanager:ListSecrets', 'secretsmanager:BatchGetSecretValue']))
  const Filters: Filter[] = [{ Key: 'name', Values: ['testing'] }]
  const { SecretList } = await lister.secrets.listSecrets({ Filters })
  assert.deepEqual(
    SecretList?.map(({ Name }) => Name),
    ['testing1/one', 'testing3/three'],
  )
  const { SecretValues, Errors } = await lister.secrets.batchGetSecretValue({ Filters })
  assert.deepEqual(SecretValues, [])
  assert.deepEqual(
    Errors?.map(({ ErrorCode }) => ErrorCode),
    ['AccessDeniedException', 'AccessDeniedException'],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Filter, type ListSecretsRequest, paginateListSecrets } from '@aws-sdk/client-secrets-manager'
import { refused, session, version } from '../session.ts'
import { allow, personOf, wireOf } from './rig.ts'

/** Source: secretsmanager.md 3, 8.11, 9; which members an entry has in which state: DescribeSecret.test.ts. */
const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)

const names = ['prod/db', 'prod/web', 'dev/db', 'MySecretName', 'zeta'] as const
for (const [at, Name] of names.entries()) {
  await secrets.createSecret({
    Name,
    SecretString: 'x',
    Description: Name === 'zeta' ? 'one and two' : `the ${Name} of all`,
    ClientRequestToken: version(at),
    ...(Name.startsWith('prod/') && { Tags: [{ Key: 'Env', Value: 'Production' }] }),
  })
  await server.clock.advance({ minutes: 1 })
}

async function listed(request: ListSecretsRequest = {}): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = []
  for await (const { SecretList = [] } of paginateListSecrets({ client: secrets }, request)) {
    found.push(...SecretList.map(({ Name }) => Name))
  }
  return found
}

const by = async (...Filters: Filter[]) => (await listed({ Filters })).toSorted()

test('an entry shows the secret, with its versions under the name that only lists use', async () => {
  const { SecretList = [], NextToken } = await secrets.listSecrets({ Filters: [{ Key: 'name', Values: ['prod/db'] }] })
  const [entry] = SecretList
  assert.equal(SecretList.length, 1)
  assert.equal(NextToken, undefined)
  assert.ok(entry?.CreatedDate instanceof Date && entry.LastChangedDate instanceof Date)
  const { ARN, CreatedDate, LastChangedDate, ...rest } = entry
  assert.match(ARN ?? '', /:secret:prod\/db-[A-Za-z0-9]{6}$/)
  assert.deepEqual(rest, {
    Name: 'prod/db',
    Description: 'the prod/db of all',
    Tags: [{ Key: 'Env', Value: 'Production' }],
    SecretVersionsToStages: { [version(0)]: ['AWSCURRENT'] },
  })
})

test('the default order is by creation; SortBy and SortOrder choose another', async () => {
  assert.deepEqual(await listed(), [...names])
  assert.deepEqual(await listed({ SortOrder: 'desc' }), names.toReversed())
  assert.deepEqual(await listed({ SortBy: 'name' }), names.toSorted())
  assert.deepEqual(await listed({ SortBy: 'name', SortOrder: 'desc' }), names.toSorted().reverse())
  await secrets.updateSecret({ SecretId: 'prod/db', Description: 'the prod/db of all' })
  assert.equal((await listed({ SortBy: 'last-changed-date' })).at(-1), 'prod/db')
})

test('filters select as recorded (secretsmanager.md 9)', async () => {
  assert.deepEqual(await by({ Key: 'name', Values: ['prod/'] }), ['prod/db', 'prod/web'])
  assert.deepEqual(await by({ Key: 'name', Values: ['Prod/'] }), [])
  assert.deepEqual(await by({ Key: 'name', Values: ['!prod/'] }), ['MySecretName', 'dev/db', 'zeta'])
  assert.deepEqual(await by({ Key: 'name', Values: ['dev', 'zeta'] }), ['dev/db', 'zeta'])
  assert.deepEqual(await by({ Key: 'tag-key', Values: ['En'] }), ['prod/db', 'prod/web'])
  assert.deepEqual(await by({ Key: 'tag-value', Values: ['production'] }), [])
  assert.deepEqual(await by({ Key: 'tag-value', Values: ['Prod'] }, { Key: 'name', Values: ['prod/d'] }), ['prod/db'])
  assert.deepEqual(await by({ Key: 'description', Values: ['O tw'] }), ['zeta'])
  assert.deepEqual(await by({ Key: 'all', Values: ['secret'] }), ['MySecretName'])
  assert.deepEqual(await by({ Key: 'all', Values: ['ecret'] }), [])
  assert.deepEqual(await by({ Key: 'primary-region', Values: ['us'] }), [])
})

test('filters without key or values are refused in AWS’s words', async () => {
  const list = (filter: Filter) => secrets.listSecrets({ Filters: [filter] })
  await refused(list({ Key: undefined, Values: ['x'] }), 'InvalidParameterException', 'Invalid filter key')
  const missing = 'Invalid filter values for key: name'
  await refused(list({ Key: 'name', Values: undefined }), 'InvalidParameterException', missing)
  await refused(
    list({ Key: 'wrong' as 'name', Values: ['x'] }),
    'ValidationException',
    /^1 validation error detected: Value 'wrong' at 'filters\.1\.member\.key' failed to satisfy constraint: Member must satisfy enum value set: \[/,
  )
})

test('paginateListSecrets walks every secret once, in order, whatever the page size, order and filter', async () => {
  for (const pageSize of [1, 2, 3, 100]) {
    for (const SortBy of ['created-date', 'name', 'last-changed-date', 'last-accessed-date'] as const) {
      for (const SortOrder of ['asc', 'desc'] as const) {
        const whole = await listed({ SortBy, SortOrder })
        const seen: (string | undefined)[] = []
        const walk = paginateListSecrets({ client: secrets, pageSize }, { SortBy, SortOrder })
        for await (const { SecretList = [] } of walk) {
          assert.ok(SecretList.length <= pageSize)
          seen.push(...SecretList.map(({ Name }) => Name))
        }
        assert.deepEqual(seen, whole, `${pageSize} by ${SortBy} ${SortOrder}`)
      }
    }
  }
  const Filters: Filter[] = [{ Key: 'name', Values: ['!prod/w'] }]
  const seen: (string | undefined)[] = []
  for await (const page of paginateListSecrets({ client: secrets, pageSize: 1 }, { Filters })) {
    seen.push(...(page.SecretList ?? []).map(({ Name }) => Name))
  }
  assert.deepEqual(
    seen,
    names.filter((name) => name !== 'prod/web'),
  )
})

test('a token belongs to its question', async () => {
  const Filters: Filter[] = [{ Key: 'name', Values: ['prod/'] }]
  const { NextToken } = await secrets.listSecrets({ MaxResults: 1, Filters })
  assert.ok(NextToken)
  assert.equal((await secrets.listSecrets({ MaxResults: 2, Filters, NextToken })).SecretList?.[0]?.Name, 'prod/web')
  await refused(secrets.listSecrets({ NextToken }), 'InvalidNextTokenException')
  await refused(secrets.listSecrets({ NextToken, Filters, SortOrder: 'desc' }), 'InvalidNextTokenException')
  await refused(secrets.listSecrets({ NextToken, Filters, SortBy: 'name' }), 'InvalidNextTokenException')
  await refused(secrets.listSecrets({ NextToken, Filters, IncludePlannedDeletion: true }), 'InvalidNextTokenException')
  await refused(secrets.listSecrets({ NextToken: 'garbage' }), 'InvalidNextTokenException')
  const versions = secrets.listSecretVersionIds({ SecretId: 'prod/db', NextToken })
  await refused(versions, 'InvalidNextTokenException')
})

test('a secret scheduled for deletion is listed only when asked for', async () => {
  await secrets.createSecret({ Name: 'leaving', SecretString: 'x' })
  await secrets.deleteSecret({ SecretId: 'leaving' })
  assert.deepEqual(await by({ Key: 'name', Values: ['leaving'] }), [])
  const Filters: Filter[] = [{ Key: 'name', Values: ['leaving'] }]
  const { SecretList } = await secrets.listSecrets({ Filters, IncludePlannedDeletion: true })
  assert.ok(SecretList?.[0]?.DeletedDate instanceof Date)
  await secrets.deleteSecret({ SecretId: 'leaving', ForceDeleteWithoutRecovery: true })
})

test('on the wire: a list, also an empty one, and a token only when something follows', async () => {
  const { json } = await wire('ListSecrets', '')
  assert.deepEqual(Object.keys(json), ['SecretList'])
  assert.equal(json.SecretList.length, names.length)
  const none = await wire('ListSecrets', { Filters: [{ Key: 'name', Values: ['none'] }] })
  assert.deepEqual(none.json, { SecretList: [] })
  const first = await wire('ListSecrets', { MaxResults: 1, Filters: [] })
  assert.deepEqual(Object.keys(first.json).sort(), ['NextToken', 'SecretList'])
  assert.ok(first.json.NextToken.length >= 1 && first.json.NextToken.length <= 4096)
  // An empty set of filters is no other question than none.
  const second = await wire('ListSecrets', { MaxResults: 1, NextToken: first.json.NextToken })
  assert.equal(second.json.SecretList[0].Name, names[1])
})

test('a full page that is the last one has no token', async () => {
  const { SecretList, NextToken } = await secrets.listSecrets({ MaxResults: names.length })
  assert.deepEqual([SecretList?.length, NextToken], [names.length, undefined])
})

test('SortBy last-accessed-date goes by the day of the last read, what was never read first', async () => {
  await secrets.getSecretValue({ SecretId: 'prod/web' })
  await server.clock.advance({ days: 1 })
  await secrets.getSecretValue({ SecretId: 'dev/db' })
  // Lists are consistent after a while (15): what reads left behind is written down every few seconds.
  await server.inside.flush()
  const asc = await listed({ SortBy: 'last-accessed-date' })
  assert.deepEqual(asc.slice(-2), ['prod/web', 'dev/db'])
  assert.deepEqual(await listed({ SortBy: 'last-accessed-date', SortOrder: 'desc' }), asc.toReversed())
})

test('bounds of its members (8.0)', async () => {
  const filter = (Key: 'name', Values: string[]) => ({ Filters: [{ Key, Values }] })
  const at = (path: string, constraint: string) =>
    new RegExp(`at '${path.replaceAll('.', '\\.')}' failed to satisfy constraint: Member must ${constraint}`)
  for (const [request, text] of [
    [{ MaxResults: 0 }, at('maxResults', 'have value greater than or equal to 1$')],
    [{ MaxResults: 101 }, at('maxResults', 'have value less than or equal to 100$')],
    [{ NextToken: '' }, at('nextToken', 'have length greater than or equal to 1$')],
    [{ NextToken: 'x'.repeat(4097) }, at('nextToken', 'have length less than or equal to 4096$')],
    [{ SortBy: 'size' as 'name' }, at('sortBy', 'satisfy enum value set: \\[')],
    [{ SortOrder: 'up' as 'asc' }, at('sortOrder', 'satisfy enum value set: \\[')],
    [
      { Filters: Array(11).fill({ Key: 'name', Values: ['a'] }) },
      at('filters', 'have length less than or equal to 10$'),
    ],
    [filter('name', []), at('filters.1.member.values', 'have length greater than or equal to 1$')],
    [filter('name', Array(11).fill('a')), at('filters.1.member.values', 'have length less than or equal to 10$')],
    [
      filter('name', ['x'.repeat(513)]),
      at('filters.1.member.values', 'satisfy constraint: \\[Member must have length less than or equal to 512'),
    ],
    [filter('name', ['a*']), at('filters.1.member.values', 'satisfy constraint: \\[')],
  ] as const) {
    await refused(secrets.listSecrets(request), 'ValidationException', text)
  }
  const Values = Array(10).fill('prod/db')
  const Filters = Array(10).fill({ Key: 'name', Values })
  assert.deepEqual(await listed({ Filters, MaxResults: 100 }), ['prod/db'])
  assert.deepEqual(await listed(filter('name', ['x'.repeat(512)])), [])
  assert.deepEqual(await listed(filter('name', ['', '!'])), [...names])
})

test('it needs ListSecrets on everything, and shows what the caller may not describe (7.1, 8.11)', async () => {
  const lister = await personOf(server, clients, 'lister')
  const list = () => lister.secrets.listSecrets({})
  await lister.may(allow('secretsmanager:DescribeSecret'))
  await refused(list(), 'AccessDeniedException', lister.denied('ListSecrets'))
  await lister.may(allow('secretsmanager:ListSecrets', 'arn:aws:secretsmanager:*:*:secret:*'))
  await refused(list(), 'AccessDeniedException', lister.denied('ListSecrets'))
  await lister.may(allow('secretsmanager:ListSecrets'))
  assert.equal((await list()).SecretList?.length, names.length)
  await refused(lister.secrets.describeSecret({ SecretId: 'zeta' }), 'AccessDeniedException')
})

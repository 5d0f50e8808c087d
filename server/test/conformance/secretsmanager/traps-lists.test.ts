import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Filter, paginateListSecrets } from '@aws-sdk/client-secrets-manager'
import { refused, session, texts } from '../session.ts'
import { allow, deny, documentOf, personOf, refusedOnWire, wireOf } from './rig.ts'

/** Traps 40 to 46 and 52 of secretsmanager.md 18: filters, batches, ids, and what policies are asked about. */

const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)
const anna = await personOf(server, clients, 'anna')

async function names(...Filters: Filter[]): Promise<string[]> {
  const found: string[] = []
  for await (const { SecretList = [] } of paginateListSecrets({ client: secrets }, { Filters }))
    found.push(...SecretList.map(({ Name = '' }) => Name))
  return found.toSorted()
}

test('trap 40: description is matched by words in any case, name and tags are prefixes in their own case (recorded, 9)', async () => {
  const texts = ['a secret', 'an secret', 'asecret', 'one and two', 'Two ones']
  for (const [at, Description] of texts.entries())
    await secrets.createSecret({ Name: `trap40/${at}`, Description, Tags: [{ Key: `Key${at}`, Value: `Val${at}` }] })
  const by = async (value: string) => {
    const own = { Key: 'name', Values: ['trap40/'] } as const
    const found = await names({ ...own, Values: [...own.Values] }, { Key: 'description', Values: [value] })
    return found.map((name) => texts[Number(name.slice(-1))])
  }
  assert.deepEqual(await by('a secret'), ['a secret', 'an secret'])
  assert.deepEqual(await by('o t'), ['one and two', 'Two ones'])
  assert.deepEqual(await by('SECRET'), ['a secret', 'an secret'])
  assert.deepEqual(await by('cret'), [])
  assert.deepEqual(await by('two one'), ['one and two', 'Two ones'])
  assert.deepEqual(await names({ Key: 'name', Values: ['TRAP40'] }), [])
  assert.deepEqual(await names({ Key: 'name', Values: ['rap40'] }), [])
  assert.deepEqual(await names({ Key: 'tag-key', Values: ['Key1'] }), ['trap40/1'])
  assert.deepEqual(await names({ Key: 'tag-key', Values: ['key1'] }), [])
  assert.deepEqual(await names({ Key: 'tag-value', Values: ['Val2'] }), ['trap40/2'])
  assert.deepEqual(await names({ Key: 'tag-value', Values: ['val2'] }), [])
})

test('trap 41: ! negates, each value its own (recorded, 9)', async () => {
  for (const [name, Description] of [
    ['trap41/x', 'about it'],
    ['trap41/y', 'nothing'],
    ['/trap41', 'about'],
  ])
    await secrets.createSecret({ Name: name, Description })
  const ours = (found: string[]) => found.filter((name) => name.includes('trap41'))
  assert.deepEqual(ours(await names({ Key: 'name', Values: ['!/'] })), ['trap41/x', 'trap41/y'])
  assert.deepEqual(ours(await names({ Key: 'name', Values: ['!trap41/x'] })), ['/trap41', 'trap41/y'])
  // ORed: not x, or not y, is everybody.
  assert.deepEqual(ours(await names({ Key: 'name', Values: ['!trap41/x', '!trap41/y'] })), [
    '/trap41',
    'trap41/x',
    'trap41/y',
  ])
  assert.deepEqual(ours(await names({ Key: 'name', Values: ['trap41/x', '!trap'] })), ['/trap41', 'trap41/x'])
  assert.deepEqual(ours(await names({ Key: 'description', Values: ['!a'] })), ['trap41/y'])
  assert.deepEqual(ours(await names({ Key: 'name', Values: ['!trap41/x'] }, { Key: 'name', Values: ['!trap41/y'] })), [
    '/trap41',
  ])
})

test('trap 42: a batch goes on after an id that is missing, without value, marked for deletion or refused', async () => {
  for (const Name of ['trap42/a', 'trap42/b', 'trap42/gone']) await secrets.createSecret({ Name, SecretString: Name })
  await secrets.createSecret({ Name: 'trap42/empty' })
  await secrets.deleteSecret({ SecretId: 'trap42/gone' })
  const { $metadata, SecretValues, Errors } = await secrets.batchGetSecretValue({
    SecretIdList: ['trap42/none', 'trap42/a', 'trap42/empty', 'trap42/gone', 'trap42/b'],
  })
  assert.equal($metadata.httpStatusCode, 200)
  assert.deepEqual(SecretValues?.map(({ SecretString }) => SecretString).sort(), ['trap42/a', 'trap42/b'])
  assert.deepEqual(Errors, [
    { SecretId: 'trap42/none', ErrorCode: 'ResourceNotFoundException', Message: texts.noSecret },
    { SecretId: 'trap42/empty', ErrorCode: 'ResourceNotFoundException', Message: texts.noStage('AWSCURRENT') },
    { SecretId: 'trap42/gone', ErrorCode: 'InvalidRequestException', Message: texts.marked },
  ])
  // All of them failing is an answer too, with both lists.
  const { json } = await wire('BatchGetSecretValue', { SecretIdList: ['trap42/none'] })
  assert.deepEqual(json.SecretValues, [])
  assert.equal(json.Errors.length, 1)
})

test('trap 43: a partial ARN that ends like one with a suffix finds nothing, nor does an ARN of another account, Region or service', async () => {
  const { ARN = '' } = await secrets.createSecret({ Name: 'trap43-a1b2c3', SecretString: 'x' })
  const partial = ARN.slice(0, -7)
  assert.ok(partial.endsWith(':secret:trap43-a1b2c3'))
  const { ARN: short = '' } = await secrets.createSecret({ Name: 'trap43-a1b2', SecretString: 'short' })
  const read = (SecretId: string) => secrets.getSecretValue({ SecretId })
  assert.equal((await read(ARN)).SecretString, 'x')
  assert.equal((await read('trap43-a1b2c3')).SecretString, 'x')
  assert.equal((await read(short.slice(0, -7))).SecretString, 'short')
  await secrets.createSecret({ Name: 'trap43-a1b2c3-', SecretString: 'dash' })
  assert.equal((await read(`${partial}-`)).SecretString, 'dash')
  for (const wrong of [
    partial,
    ARN.slice('arn:aws:secretsmanager:us-east-1:111122223333:secret:'.length),
    ARN.replace('us-east-1', 'eu-west-1'),
    ARN.replace(':secret:', ':other:'),
    ARN.replace('secretsmanager', 'ssm'),
    ARN.replace('arn:aws:', 'arn:aws-cn:'),
    `${ARN}x`,
    ARN.replace(/.{6}$/, 'zzzzzz'),
  ])
    await refused(read(wrong), 'ResourceNotFoundException', texts.noSecret)
  // Another account's secret is never looked for here; who may not see what is there learns nothing else.
  const foreign = ARN.replace('111122223333', '444455556666')
  const text = `User: arn:aws:iam::111122223333:root is not authorized to perform: secretsmanager:GetSecretValue on resource: ${foreign} because no resource-based policy allows the secretsmanager:GetSecretValue action`
  await refused(read(foreign), 'AccessDeniedException', text)
})

test('trap 44: suffixes have letters of both cases and digits, and a secret made again has another', async () => {
  const suffixes: string[] = []
  for (let n = 0; n < 12; n++) {
    const { ARN = '' } = await secrets.createSecret({ Name: 'trap44', SecretString: `${n}` })
    const [, suffix = ''] = /:secret:trap44-([A-Za-z0-9]{6})$/.exec(ARN) ?? []
    suffixes.push(suffix)
    await secrets.deleteSecret({ SecretId: 'trap44', ForceDeleteWithoutRecovery: true })
  }
  assert.equal(new Set(suffixes).size, 12)
  const all = suffixes.join('')
  assert.match(all, /[a-z]/)
  assert.match(all, /[A-Z]/)
  // Who was let in to the secret that is gone is not let in to the new one.
  const { ARN: old = '' } = await secrets.createSecret({ Name: 'trap44', SecretString: 'old' })
  await anna.may(allow('secretsmanager:GetSecretValue', old))
  assert.equal((await anna.secrets.getSecretValue({ SecretId: 'trap44' })).SecretString, 'old')
  await secrets.deleteSecret({ SecretId: 'trap44', ForceDeleteWithoutRecovery: true })
  await secrets.createSecret({ Name: 'trap44', SecretString: 'new' })
  const again = anna.secrets.getSecretValue({ SecretId: 'trap44' })
  await refused(again, 'AccessDeniedException', anna.denied('GetSecretValue', 'trap44'))
})

test('trap 45: policies see the full ARN however the secret is named; who is not allowed learns nothing of what is there', async () => {
  const { ARN = '' } = await secrets.createSecret({ Name: 'trap45', SecretString: 'x' })
  const partial = ARN.slice(0, -7)
  const get = 'secretsmanager:GetSecretValue'
  const ids = ['trap45', partial, ARN]
  for (const resource of [ARN, `${partial}-??????`, `${partial}-*`]) {
    await anna.may(allow(get, resource))
    for (const SecretId of ids) assert.equal((await anna.secrets.getSecretValue({ SecretId })).SecretString, 'x')
  }
  await anna.may(allow(get, partial))
  for (const SecretId of ids) {
    const read = anna.secrets.getSecretValue({ SecretId })
    await refused(read, 'AccessDeniedException', anna.denied('GetSecretValue', SecretId))
  }
  // The condition on the id holds the full ARN too (recorded): the bare name never matches.
  const onId = (value: string) => allow(get, '*', { Condition: { StringEquals: { 'secretsmanager:SecretId': value } } })
  await anna.may(onId('trap45'))
  await refused(anna.secrets.getSecretValue({ SecretId: 'trap45' }), 'AccessDeniedException')
  await anna.may(onId(ARN))
  assert.equal((await anna.secrets.getSecretValue({ SecretId: 'trap45' })).SecretString, 'x')
  // A wildcard suffix matches a longer name as well.
  await secrets.createSecret({ Name: 'trap45-db', SecretString: 'longer' })
  await anna.may(allow(get, `${partial}-*`))
  assert.equal((await anna.secrets.getSecretValue({ SecretId: 'trap45-db' })).SecretString, 'longer')
  // Not allowed: the same refusal for what is there and what is not. Allowed by name: not found.
  await refused(
    anna.secrets.getSecretValue({ SecretId: 'none45' }),
    'AccessDeniedException',
    anna.denied('GetSecretValue', 'none45'),
  )
  await anna.may(allow(get, `${ARN.slice(0, -'trap45-xxxxxx'.length)}none45-*`))
  await refused(anna.secrets.getSecretValue({ SecretId: 'none45' }), 'ResourceNotFoundException', texts.noSecret)
})

test('trap 46: the text of AccessDeniedException names the secret as it was sent', async () => {
  const { ARN = '' } = await secrets.createSecret({ Name: 'trap46', SecretString: 'x' })
  await anna.may(allow('sts:GetCallerIdentity'))
  for (const SecretId of ['trap46', ARN.slice(0, -7), ARN, 'missing46']) {
    await refused(
      anna.secrets.getSecretValue({ SecretId }),
      'AccessDeniedException',
      anna.denied('GetSecretValue', SecretId),
    )
    await refused(
      anna.secrets.deleteSecret({ SecretId }),
      'AccessDeniedException',
      anna.denied('DeleteSecret', SecretId),
    )
  }
  // The three without a resource name none; CreateSecret names what was to be made.
  await refused(anna.secrets.listSecrets({}), 'AccessDeniedException', anna.denied('ListSecrets'))
  await refused(anna.secrets.getRandomPassword({}), 'AccessDeniedException', anna.denied('GetRandomPassword'))
  const batch = anna.secrets.batchGetSecretValue({ SecretIdList: ['trap46'] })
  await refused(batch, 'AccessDeniedException', anna.denied('BatchGetSecretValue'))
  const made = anna.secrets.createSecret({ Name: 'new46', SecretString: 'x' })
  await refused(made, 'AccessDeniedException', anna.denied('CreateSecret', 'new46'))
  // An explicit Deny says so, of which kind it is, and neither text ends in a full stop.
  const start = `User: ${anna.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: trap46 with an explicit deny in `
  await anna.may(allow('secretsmanager:*'), deny('secretsmanager:GetSecretValue'))
  const get = () => anna.secrets.getSecretValue({ SecretId: 'trap46' })
  await refused(get(), 'AccessDeniedException', `${start}an identity-based policy`)
  await anna.may(allow('secretsmanager:*'))
  await secrets.putResourcePolicy({
    SecretId: 'trap46',
    ResourcePolicy: documentOf(deny('secretsmanager:GetSecretValue', '*', { Principal: { AWS: anna.arn } })),
  })
  await refused(get(), 'AccessDeniedException', `${start}a resource-based policy`)
  refusedOnWire(
    await wire('GetSecretValue', { SecretId: 'trap46' }, { keys: anna.credentials }),
    'AccessDeniedException',
    `${start}a resource-based policy`,
  )
})

test('trap 52: a page may be short or empty while a token says that more follows; nothing is lost or told twice', async () => {
  const many = Array.from({ length: 25 }, (_, n) => `trap52/${String(n).padStart(2, '0')}`)
  for (const Name of many) await secrets.createSecret({ Name, Description: Name.endsWith('7') ? 'lucky' : 'plain' })
  const filters: Filter[][] = [
    [{ Key: 'name', Values: ['trap52/'] }],
    [
      { Key: 'name', Values: ['trap52/'] },
      { Key: 'description', Values: ['luck'] },
    ],
    [
      { Key: 'name', Values: ['trap52/'] },
      { Key: 'description', Values: ['!luck'] },
    ],
  ]
  const lucky = many.filter((name) => name.endsWith('7'))
  const expected = [many, lucky, many.filter((name) => !lucky.includes(name))]
  for (const [at, Filters] of filters.entries())
    for (const MaxResults of [1, 7, 100]) {
      const seen: string[] = []
      let NextToken: string | undefined
      do {
        const page = await secrets.listSecrets({ Filters, MaxResults, ...(NextToken && { NextToken }) })
        assert.ok((page.SecretList?.length ?? 0) <= MaxResults)
        seen.push(...(page.SecretList ?? []).map(({ Name = '' }) => Name))
        NextToken = page.NextToken
      } while (NextToken !== undefined)
      assert.deepEqual(seen, expected[at], `${at} in pages of ${MaxResults}`)
    }
  // What is deleted between two pages is not missed for others, whichever it is.
  const first = await secrets.listSecrets({ Filters: filters[0], MaxResults: 5 })
  await secrets.deleteSecret({ SecretId: many[4], ForceDeleteWithoutRecovery: true })
  await secrets.deleteSecret({ SecretId: many[5], ForceDeleteWithoutRecovery: true })
  const rest = await secrets.listSecrets({ Filters: filters[0], NextToken: first.NextToken })
  assert.deepEqual(
    rest.SecretList?.map(({ Name }) => Name),
    many.slice(6),
  )
})

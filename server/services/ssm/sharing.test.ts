import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { compile as compileStatement } from '#kernel/storage/dialect'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { statement } from '#kernel/storage/storage'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'
import { DEFAULT_TIER } from './model/settings.ts'
import { pageOfShares } from './sharing.sql.ts'
import { allow, arnOf, beside, type Opening, OTHER, REGION, root, type Trial, trial, user } from './test/trial.ts'

const THIRD = '777788889999'
const ROLE = `arn:aws:iam::${OTHER}:role/app`
const share = (AWS: string, actions: string | string[] = ['GetParameter', 'DescribeParameters']) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ ...allow(actions), Principal: { AWS } }] })

async function shared(one: Trial, name: string, AWS: string, owner = root()): Promise<void> {
  const put = { Name: name, Value: 'v', Type: 'String', Tier: 'Advanced' }
  await one.call('PutParameter', put, { caller: owner })
  const ResourceArn = arnOf(name, owner.account)
  await one.call('PutResourcePolicy', { ResourceArn, Policy: share(AWS) }, { caller: owner })
}

const consumer = user('ext', [allow('*')], OTHER)
const list = async (one: Trial, more: object = {}) =>
  one.call('DescribeParameters', { Shared: true, ...more }, { caller: consumer })
const arns = ({ Parameters }: { Parameters: { ARN: string }[] }) => Parameters.map(({ ARN }) => ARN)

/** What holds on both engines. */
function holds(engine: string, open?: (opening: Opening) => ReturnType<typeof openPostgres>): void {
  const begin = () => (open === undefined ? trial() : trial({}, open))

  test(`${engine}: what is shared is listed by owner and name, each once, whoever else is named`, async () => {
    await using one = await begin()
    one.people.ids.set(ROLE, 'AROAAPP')
    await shared(one, '/b', OTHER)
    await shared(one, '/a', '*')
    await shared(one, '/c', ROLE)
    await shared(one, '/a', OTHER, root(THIRD))
    await shared(one, '/x', OTHER, root(OTHER))
    const ResourceArn = arnOf('/b')
    await one.call('PutResourcePolicy', { ResourceArn, Policy: share('*') })
    // Its own is not among them, nor what its role is let in to.
    const all = [arnOf('/a'), arnOf('/b'), arnOf('/a', THIRD)]
    assert.deepEqual(arns(await list(one)), all)
    const pages = await one.pages('DescribeParameters', { Shared: true, MaxResults: 1 }, { caller: consumer })
    assert.deepEqual(pages.flatMap(arns), all)
  })

  test(`${engine}: a page looks at so many entries and no more, and says where to go on`, async () => {
    await using one = await begin()
    one.people.ids.set(ROLE, 'AROAAPP')
    await shared(one, '/role', ROLE)
    const many = statement(
      'test/fill-shares',
      `insert into parameter_share (consumer, region, account, key, parameter)
      select :consumer, :region, :account, 'many/' || n, 'none' from (${NUMBERS}) as numbers`,
    )
    const row = { consumer: OTHER, region: REGION, account: '111122223333' }
    await one.storage.unit('write', (unit) => unit.run(many, row))
    await shared(one, '/z', OTHER)
    const before = one.storage.steps
    const first = await list(one)
    assert.deepEqual(first.Parameters, [])
    assert.ok(one.storage.steps - before < 250, `${one.storage.steps - before} questions`)
    const pages = await one.pages('DescribeParameters', { Shared: true }, { caller: consumer })
    assert.deepEqual(pages.flatMap(arns), [arnOf('/z')])
    // A token shows nothing of where it stands.
    assert.equal(Buffer.from(first.NextToken, 'base64url').toString('latin1').includes('many'), false)
  })

  test(`${engine}: of two who change the same policy one is told of the conflict`, async () => {
    await using one = await begin()
    await shared(one, '/a', OTHER)
    const ResourceArn = arnOf('/a')
    const [{ Policy: _, ...meant }] = (await one.call('GetResourcePolicies', { ResourceArn })).Policies
    const puts = [THIRD, '*', OTHER].map((AWS) =>
      one.call('PutResourcePolicy', { ResourceArn, Policy: share(AWS, 'GetParameters'), ...meant }).then(
        () => 'ok',
        ({ code }) => code,
      ),
    )
    const conflict = 'ResourcePolicyConflictException'
    assert.deepEqual((await Promise.all(puts)).sort(), [conflict, conflict, 'ok'])
    assert.equal((await one.call('GetResourcePolicies', { ResourceArn })).Policies.length, 1)
  })

  test(`${engine}: another process sees a policy, and its end, at its next read`, async () => {
    await using one = await begin()
    const other = beside(one)
    await one.put('/a', 'v', { Tier: 'Advanced' })
    const read = (where: Trial) => where.ask('GetParameter', { Name: arnOf('/a') }, consumer)
    for (const where of [one, other]) await assert.rejects(read(where), { code: 'AccessDeniedException' })
    const ResourceArn = arnOf('/a')
    const made = await one.call('PutResourcePolicy', { ResourceArn, Policy: share(OTHER) })
    for (const where of [one, other]) assert.equal((await read(where)).Parameter.Value, 'v')
    await other.call('DeleteResourcePolicy', { ResourceArn, ...made })
    for (const where of [one, other]) await assert.rejects(read(where), { code: 'AccessDeniedException' })
  })

  test(`${engine}: settings are kept, changed and reset`, async () => {
    await using one = await begin()
    const SettingId = DEFAULT_TIER
    for (const SettingValue of ['Advanced', 'Intelligent-Tiering']) {
      await one.call('UpdateServiceSetting', { SettingId, SettingValue })
      const { ServiceSetting } = await beside(one).call('GetServiceSetting', { SettingId })
      assert.equal(ServiceSetting.SettingValue, SettingValue)
    }
    const { ServiceSetting } = await one.call('ResetServiceSetting', { SettingId })
    assert.equal(ServiceSetting.SettingValue, 'Standard')
  })
}

const NUMBERS = `with recursive numbers(n) as (select 100 union all select n + 1 from numbers where n < 550) select n from numbers`

holds('SQLite')

test('SQLite: a page of shares is a range of the primary key, in its order', async () => {
  await using one = await trial()
  const explained = await one.storage.unit('write', (unit) =>
    unit.all<{ detail: string }>(statement('test/explain', `explain query plan ${pageOfShares.sql}`), {
      ...{ consumer: OTHER, region: REGION, account: '', key: '', limit: 10 },
    }),
  )
  const plan = explained.map(({ detail }) => detail).join('\n')
  assert.match(plan, /SEARCH parameter_share USING .*\(consumer=\? AND region=\? AND \(account,key\)>\(\?,\?\)\)/)
  assert.doesNotMatch(plan, /SCAN|TEMP/)
  assert.ok(compileStatement(pageOfShares, 'postgres').text.includes('$1'))
})

describe('on PostgreSQL', { skip: postgresMissing() ?? false }, () => {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())
  holds('PostgreSQL', async (opening) =>
    openPostgres({ url: await server.database(), random: systemRandom, onProblem: () => undefined, ...opening }),
  )
})

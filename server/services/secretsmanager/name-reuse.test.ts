import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApiError } from '#kernel/error'
import { systemRandom } from '#kernel/random'
import { faulty } from '#kernel/storage/faulty'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'
import { idleSecrets } from './oversight.ts'
import { beside, DAY, MARKED, MIGRATIONS, NOT_FOUND, type Trial, token, trial } from './test/trial.ts'

/* --name-reuse: a name may be used again while the secret that had it waits to be deleted. Beyond AWS, and off by default. */

const Name = 'app/db'
const WAITS = "You can't create this secret because a secret with this name is already scheduled for deletion."
const REUSED =
  "You can't restore a secret by the name app/db because several secrets have had it. Use the full ARN of the one you want back."

interface Row {
  readonly arn: string
  readonly holds: number
}

/** Which secrets share the name, oldest first, and which holds it: never none, never two. */
async function holder(one: Trial): Promise<{ holder: string | undefined; all: readonly string[] }> {
  const sql = `select 'arn:aws:secretsmanager:' || region || ':' || account || ':secret:' || name || '-' || suffix as arn, holds
    from secret where name = 'app/db' order by created_at, id`
  const rows = await one.storage.unit('read', (unit) => unit.all<Row>({ name: 'test/holders', sql }, {}))
  const holders = rows.filter(({ holds }) => holds === 1)
  assert.equal(holders.length, Math.min(rows.length, 1))
  return { holder: holders[0]?.arn, all: rows.map(({ arn }) => arn) }
}

const value = async (one: Trial, SecretId: string) => (await one.call('GetSecretValue', { SecretId })).SecretString

const make = async (one: Trial, text: string) => {
  await one.advance(1)
  const made = { Name, SecretString: text, ClientRequestToken: token(`first of ${text}`) }
  return (await one.call('CreateSecret', made)).ARN as string
}

const listed = async (one: Trial, more: Record<string, unknown> = {}) =>
  (await one.call('ListSecrets', more)).SecretList.map(({ ARN }: { ARN: string }) => ARN) as string[]

/** A secret, deleted, and another one of its name. */
async function twice(one: Trial): Promise<{ old: string; young: string }> {
  const old = await make(one, 'old')
  await one.call('DeleteSecret', { SecretId: Name })
  return { old, young: await make(one, 'young') }
}

/** What must hold on either engine. */
async function walk(one: Trial): Promise<void> {
  const { old, young } = await twice(one)
  assert.notEqual(young, old)
  assert.deepEqual(await holder(one), { holder: young, all: [old, young] })

  // the name and the partial ARN mean the new one, the old one is there by its full ARN alone
  assert.equal(await value(one, Name), 'young')
  assert.equal(await value(one, young.slice(0, -7)), 'young')
  assert.equal((await one.call('DescribeSecret', { SecretId: Name })).ARN, young)
  const described = await one.call('DescribeSecret', { SecretId: old })
  assert.deepEqual([described.ARN, described.Name], [old, Name])
  assert.ok(described.DeletedDate instanceof Date)
  await one.refused('GetSecretValue', { SecretId: old }, 'InvalidRequestException', MARKED)
  await one.refused(
    'GetSecretValue',
    { SecretId: `${young.slice(0, -6)}AAAAAA` },
    'ResourceNotFoundException',
    NOT_FOUND,
  )
  assert.deepEqual(await listed(one), [young])
  assert.deepEqual(await listed(one, { IncludePlannedDeletion: true }), [old, young])

  // by name it can't be said which one is to come back; the name is still taken
  await one.refused('RestoreSecret', { SecretId: Name }, 'InvalidRequestException', REUSED)
  await one.refused('RestoreSecret', { SecretId: old.slice(0, -7) }, 'InvalidRequestException', REUSED)
  await one.refused(
    'CreateSecret',
    { Name, SecretString: 'third', ClientRequestToken: token('third') },
    'ResourceExistsException',
  )

  // by ARN it comes back: both live, the name means who holds it
  await one.call('RestoreSecret', { SecretId: old })
  assert.deepEqual(await holder(one), { holder: young, all: [old, young] })
  assert.deepEqual([await value(one, old), await value(one, young), await value(one, Name)], ['old', 'young', 'young'])
  const batch = await one.call('BatchGetSecretValue', { SecretIdList: [Name, old] })
  assert.deepEqual(
    batch.SecretValues.map(({ ARN, SecretString }: Record<string, string>) => [ARN, SecretString]),
    [
      [young, 'young'],
      [old, 'old'],
    ],
  )
  await one.call('PutSecretValue', { SecretId: old, SecretString: 'old too', ClientRequestToken: token('old 2') })
  await one.call('TagResource', { SecretId: old, Tags: [{ Key: 'k', Value: 'v' }] })
  assert.deepEqual([await value(one, old), await value(one, Name)], ['old too', 'young'])

  // while the holder waits its name is still its own; when it is gone, who lives takes it
  await one.call('DeleteSecret', { SecretId: Name, RecoveryWindowInDays: 7 })
  await one.refused('GetSecretValue', { SecretId: Name }, 'InvalidRequestException', MARKED)
  await one.call('RestoreSecret', { SecretId: Name })
  assert.equal(await value(one, Name), 'young')
  await one.call('DeleteSecret', { SecretId: Name, RecoveryWindowInDays: 7 })
  await one.advance(7 * DAY)
  assert.deepEqual(await holder(one), { holder: old, all: [old] })
  assert.equal(await value(one, Name), 'old too')
}

test('a name is used again: the old secret waits, comes back by its ARN, and takes the name when the new one is gone', async () => {
  await using one = await trial({ nameReuse: true })
  await walk(one)
})

test('by default a name stays taken while its secret waits, as in AWS', async () => {
  await using one = await trial()
  await make(one, 'old')
  await one.call('DeleteSecret', { SecretId: Name })
  const again = { Name, SecretString: 'new', ClientRequestToken: token('new') }
  await one.refused('CreateSecret', again, 'InvalidRequestException', WAITS)
  assert.equal((await holder(one)).all.length, 1)
})

test('without the setting again, what shares a name stays as it is, and the name of a waiting holder stays taken', async () => {
  await using one = await trial({ nameReuse: true })
  const { old, young } = await twice(one)
  const plain = beside(one)
  assert.equal(await value(plain, Name), 'young')
  await plain.call('DeleteSecret', { SecretId: Name })
  await plain.refused('CreateSecret', { Name }, 'InvalidRequestException', WAITS)
  await plain.refused('RestoreSecret', { SecretId: Name }, 'InvalidRequestException', REUSED)
  await plain.call('RestoreSecret', { SecretId: young })
  assert.deepEqual(await holder(plain), { holder: young, all: [old, young] })
})

test('restored while the holder waits, a secret has its name again', async () => {
  await using one = await trial({ nameReuse: true })
  const { old, young } = await twice(one)
  await one.call('DeleteSecret', { SecretId: young })
  await one.call('RestoreSecret', { SecretId: old })
  assert.deepEqual(await holder(one), { holder: old, all: [old, young] })
  assert.equal(await value(one, Name), 'old')
  await one.call('RestoreSecret', { SecretId: young })
  assert.deepEqual([await value(one, Name), await value(one, young)], ['old', 'young'])
})

test('a forced deletion takes the one that is meant; the newest that lives inherits the name, else the newest that waits', async () => {
  await using one = await trial({ nameReuse: true })
  const arns: string[] = []
  for (const text of ['a', 'b', 'c', 'd']) {
    arns.push(await make(one, text))
    if (text !== 'd') await one.call('DeleteSecret', { SecretId: Name })
  }
  const [a, b, c, d] = arns as [string, string, string, string]
  await one.call('RestoreSecret', { SecretId: a })
  await one.call('RestoreSecret', { SecretId: b })
  const force = { ForceDeleteWithoutRecovery: true }
  await one.call('DeleteSecret', { SecretId: Name, ...force })
  assert.deepEqual(await holder(one), { holder: b, all: [a, b, c] })
  assert.equal(await value(one, Name), 'b')
  await one.call('DeleteSecret', { SecretId: a, ...force })
  assert.deepEqual(await holder(one), { holder: b, all: [b, c] })
  await one.call('DeleteSecret', { SecretId: Name, ...force })
  assert.deepEqual(await holder(one), { holder: c, all: [c] })
  await one.refused('GetSecretValue', { SecretId: Name }, 'InvalidRequestException', MARKED)
  assert.equal((await one.call('RestoreSecret', { SecretId: Name })).ARN, c)
  assert.equal(await value(one, Name), 'c')
  await one.call('DeleteSecret', { SecretId: d, ...force })
  assert.deepEqual(await holder(one), { holder: c, all: [c] })
})

test('what was read is not what the name means after it has passed to another secret', async () => {
  await using one = await trial({ nameReuse: true })
  const { old, young } = await twice(one)
  await one.call('RestoreSecret', { SecretId: old })
  // each from memory the second time
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(
      [await value(one, old), await value(one, Name), await value(one, young)],
      ['old', 'young', 'young'],
    )
  }
  await one.call('DeleteSecret', { SecretId: Name, ForceDeleteWithoutRecovery: true })
  assert.deepEqual([await value(one, Name), await value(one, old)], ['old', 'old'])
  await one.refused('GetSecretValue', { SecretId: young }, 'ResourceNotFoundException', NOT_FOUND)
})

test('namesakes stand beside each other on pages of every order, each once', async () => {
  await using one = await trial({ nameReuse: true })
  const all: string[] = []
  for (let n = 0; n < 5; n++) {
    // at one and the same time: nothing but the suffix tells them apart
    all.push((await one.call('CreateSecret', { Name })).ARN)
    await one.call('DeleteSecret', { SecretId: Name })
  }
  for (const SecretId of all) await one.call('RestoreSecret', { SecretId })
  for (const SortBy of ['created-date', 'last-changed-date', 'last-accessed-date', 'name']) {
    for (const SortOrder of ['asc', 'desc']) {
      const seen: string[] = []
      for (let NextToken: string | undefined; ; ) {
        const page = await one.call('ListSecrets', {
          SortBy,
          SortOrder,
          MaxResults: 1,
          ...(NextToken && { NextToken }),
        })
        seen.push(...page.SecretList.map(({ ARN }: { ARN: string }) => ARN))
        NextToken = page.NextToken
        if (NextToken === undefined) break
      }
      assert.deepEqual(
        seen,
        SortOrder === 'asc' ? all.toSorted() : all.toSorted().toReversed(),
        `${SortBy} ${SortOrder}`,
      )
    }
  }
  const idle: string[] = []
  const read = one.storage.unit.bind(one.storage, 'read') as Parameters<typeof idleSecrets>[0]
  for await (const page of idleSecrets(read, one.clock.now() + 1, {})) idle.push(...page.map(({ arn }) => arn))
  assert.deepEqual(idle, all.toSorted())
})

describe('name reuse on PostgreSQL', { skip: postgresMissing() ?? false }, () => {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  /** Two nodes, each with connections of its own. */
  async function nodes(): Promise<{ one: Trial; two: Trial } & AsyncDisposable> {
    const url = await server.database()
    const one = await trial({ nameReuse: true }, (opening) => openPostgres({ url, random: systemRandom, ...opening }))
    const own = await openPostgres({ url, random: systemRandom, migrations: MIGRATIONS, clock: one.clock })
    const two = beside(one, {}, faulty(own), { nameReuse: true })
    return {
      one,
      two,
      async [Symbol.asyncDispose]() {
        await own.close()
        await one[Symbol.asyncDispose]()
      },
    }
  }

  test('the same walk', async () => {
    await using both = await nodes()
    await walk(both.one)
  })

  test('one node sees at once whom a name means after a call to the other', async () => {
    await using both = await nodes()
    const { one, two } = both
    const { old, young } = await twice(one)
    assert.deepEqual([await value(two, Name), await value(one, Name)], ['young', 'young'])
    await two.call('RestoreSecret', { SecretId: old })
    await two.call('DeleteSecret', { SecretId: young, ForceDeleteWithoutRecovery: true })
    assert.deepEqual([await value(one, Name), await value(two, Name)], ['old', 'old'])
  })

  test('creations, restorations and deletions at once: AWS’s answers, and one holder', async () => {
    await using both = await nodes()
    const { one, two } = both
    const allowed = ['InvalidRequestException', 'ResourceExistsException', 'ResourceNotFoundException']
    const outcome = async (call: Promise<unknown>) => {
      try {
        return await call
      } catch (error) {
        assert.ok(error instanceof ApiError, String(error))
        assert.ok(allowed.includes(error.code), `${error.code} ${error.message}`)
        return undefined
      }
    }
    const { old } = await twice(one)
    for (let round = 0; round < 12; round++) {
      const { all } = await holder(one)
      const create = (node: Trial, text: string) =>
        node.call('CreateSecret', { Name, SecretString: text, ClientRequestToken: token(`${text} ${round}`) })
      const deletion = { SecretId: Name, ...(round % 4 === 3 && { ForceDeleteWithoutRecovery: true }) }
      await Promise.all([
        outcome(one.call('DeleteSecret', deletion)),
        outcome(create(one, 'x')),
        outcome(create(two, 'y')),
        outcome(two.call('RestoreSecret', { SecretId: all[round % all.length] ?? old })),
        outcome(two.call('DeleteSecret', { SecretId: all.at(-1) ?? old })),
        outcome(one.call('RestoreSecret', { SecretId: Name })),
      ])
      await holder(two)
    }
    // the database itself refuses two holders, whatever the code does
    const { all } = await holder(one)
    assert.ok(all.length > 1, `${all.length} namesakes`)
    const both2 = { name: 'test/both', sql: `update secret set holds = 1 where name = 'app/db'` }
    await assert.rejects(
      one.storage.unit('write', (unit) => unit.run(both2, {})),
      /23505|unique/i,
    )
  })

  test('who has waited for a secret that is gone by then finds the one that has its name', async () => {
    await using both = await nodes()
    const { one, two } = both
    await make(one, 'old')
    await one.call('DeleteSecret', { SecretId: Name })
    const young = `arn:aws:secretsmanager:us-east-1:111122223333:secret:${Name}-young1`
    const put: Promise<{ ARN: string }>[] = []
    await one.storage.unit('write', async (unit) => {
      const { secrets } = one.service.env(unit, one.request())
      const old = await secrets.findByName(Name)
      assert.ok(old)
      await secrets.insert({ ...old, id: 'young', arn: young, deletedAt: undefined, purgeAt: undefined }, old)
      await secrets.remove(old)
      const asked = { SecretId: Name, SecretString: 'x', ClientRequestToken: token('waits') }
      put.push(two.call('PutSecretValue', asked))
      const sql = 'select count(*) as waiting from pg_locks where not granted'
      const waits = () => unit.get<{ waiting: number }>({ name: 'test/waiting', sql }, {})
      while ((await waits())?.waiting === 0);
    })
    assert.deepEqual(
      (await Promise.all(put)).map(({ ARN }) => ARN),
      [young],
    )
  })

  test('many creations over one that waits: one of them makes the secret', async () => {
    await using both = await nodes()
    const { one, two } = both
    await make(one, 'old')
    await one.call('DeleteSecret', { SecretId: Name })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        (n % 2 === 0 ? one : two).call('CreateSecret', {
          Name,
          SecretString: `${n}`,
          ClientRequestToken: token(`try ${n}`),
        }),
      ),
    )
    const refused = outcomes.filter((one) => one.status === 'rejected')
    assert.equal(refused.length, 7)
    for (const { reason } of refused) assert.equal((reason as ApiError).code, 'ResourceExistsException')
    assert.equal((await holder(one)).all.length, 2)
  })
})

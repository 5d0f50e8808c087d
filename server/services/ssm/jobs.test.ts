import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { JobRunner } from '#kernel/jobs/runner'
import { jobs } from '#kernel/jobs/store'
import { Fault, faulty } from '#kernel/storage/faulty'
import { statement } from '#kernel/storage/storage'
import { postgresMissing } from '../../test/postgres.ts'
import { Emptied } from './test/emptied.ts'
import { ACCOUNT, arnOf, beside, MIGRATIONS, START, type Trial, trial } from './test/trial.ts'

const HOUR = 3_600_000
const iso = (at: number) => new Date(at).toISOString()
const policy = (Type: string, Attributes: object) => ({ Type, Version: '1.0', Attributes })
const expiration = (at: number) => policy('Expiration', { Timestamp: iso(at) })
const ahead = (Before: string, Unit: string) => policy('ExpirationNotification', { Before, Unit })
const unchanged = (After: string, Unit: string) => policy('NoChangeNotification', { After, Unit })
const Policies = (...policies: object[]) => ({ Tier: 'Advanced', Policies: JSON.stringify(policies) })

const waiting = statement('test/policy-jobs', "select key, due_at from job where kind = 'ssm/policies' order by due_at")
const kept = statement('test/policy-rows', 'select count(*) as n from parameter_policy')

const dues = async ({ storage }: Trial) =>
  (await storage.unit('read', (unit) => unit.all<{ due_at: number }>(waiting, {}))).map(({ due_at }) => due_at)
const rows = async ({ storage }: Trial) =>
  Number((await storage.unit('read', (unit) => unit.get<{ n: number }>(kept, {})))?.n)

/** Events as `time operation-or-policy name`, hours from the start. */
async function told(one: Trial): Promise<string[]> {
  return (await one.announced()).map(({ time, detail }) => {
    const hours = (Date.parse(time) - START) / HOUR
    const what = detail.operation ?? `${detail['policy-type']} ${detail['action-status']}`
    return `${hours} h ${what} ${detail.name ?? detail['parameter-name']}`
  })
}

const statuses = async (one: Trial, name: string) => {
  const { Parameters } = await one.call('DescribeParameters', {
    ParameterFilters: [{ Key: 'Name', Values: [name] }],
  })
  return Parameters[0]?.Policies.map(({ PolicyStatus }: { PolicyStatus: string }) => PolicyStatus)
}

const isGone = async (one: Trial, name: string) => {
  await one.refused('GetParameter', { Name: name }, 'ParameterNotFound')
  await one.refused('GetParameterHistory', { Name: name }, 'ParameterNotFound')
  assert.deepEqual((await one.call('GetParameters', { Names: [name] })).InvalidParameters, [name])
  for (const Recursive of [true, false])
    assert.deepEqual((await one.call('GetParametersByPath', { Path: '/', Recursive })).Parameters, [])
  assert.deepEqual((await one.call('DescribeParameters', {})).Parameters, [])
}

function holds(engine: string, open?: Emptied['open']): void {
  const on = (name: string, check: (one: Trial) => Promise<void>) =>
    test(`${engine}: ${name}`, async () => {
      await using one = await trial({}, open)
      await check(one)
    })

  on(
    'Expiration deletes the parameter at its time, tells of it twice and leaves a record as the service',
    async (one) => {
      await one.put('/a/b', 'x', { ...Policies(expiration(START + 2 * HOUR)), Description: 'short' })
      await one.call('GetParameter', { Name: '/a/b' })
      await one.pass(2 * HOUR - 1)
      assert.equal((await one.call('GetParameter', { Name: '/a/b' })).Parameter.Value, 'x')
      assert.deepEqual(await statuses(one, '/a/b'), ['Pending'])
      await one.pass(1)
      await isGone(one, '/a/b')
      const arn = arnOf('/a/b')
      const [, acted, deleted, ...more] = await one.announced()
      assert.deepEqual(more, [])
      assert.equal(acted?.['detail-type'], 'Parameter Store Policy Action')
      assert.deepEqual(acted?.resources, [arn])
      assert.deepEqual(acted?.detail, {
        'policy-type': 'Expiration',
        'parameter-name': '/a/b',
        'parameter-type': 'String',
        'policy-content': JSON.stringify(expiration(START + 2 * HOUR)),
        'action-status': 'SUCCESS',
        'action-reason': 'Parameter expired and was deleted',
      })
      assert.equal(deleted?.['detail-type'], 'Parameter Store Change')
      assert.deepEqual(deleted?.detail, { operation: 'Delete', name: '/a/b', type: 'String', description: 'short' })
      const [record, ...others] = one.recorded
      assert.deepEqual(others, [])
      assert.deepEqual(
        [record?.eventName, record?.eventSource, record?.readOnly, record?.call.caller.kind, record?.requestParameters],
        ['DeleteParameter', 'ssm.amazonaws.com', false, 'service', { name: '/a/b' }],
      )
      assert.deepEqual(record?.resources, [{ accountId: ACCOUNT, ARN: arn }])
      assert.deepEqual([await dues(one), await rows(one)], [[], 0])
    },
  )

  on('an expiration of long ago, before 1970 too, deletes at once', async (one) => {
    for (const [name, year] of [
      ['a', 2020],
      ['b', 1970],
      ['c', 1969],
      ['d', 0],
    ] as const) {
      await one.put(name, 'x', Policies(expiration(Date.parse(`${String(year).padStart(4, '0')}-01-01T00:00:00Z`))))
    }
    await isGone(one, 'c')
    await one.pass(0)
    assert.deepEqual(await told(one), [
      ...['a', 'b', 'c', 'd'].map((name) => `0 h Create ${name}`),
      ...['d', 'c', 'b', 'a'].flatMap((name) => [`0 h Expiration SUCCESS ${name}`, `0 h Delete ${name}`]),
    ])
    assert.deepEqual([await dues(one), await rows(one)], [[], 0])
  })

  on('an expired parameter is hidden although its job is late (parameterstore.md 9)', async (one) => {
    await one.put('x', 'secret', Policies(expiration(START + HOUR)))
    // what is kept in memory of a reading does not outlive it
    for (let i = 0; i < 3; i++) {
      assert.equal((await one.call('GetParameter', { Name: 'x' })).Parameter.Value, 'secret')
      assert.equal((await one.call('GetParametersByPath', { Path: '/', Recursive: true })).Parameters.length, 1)
      assert.equal((await one.call('GetParametersByPath', { Path: '/' })).Parameters.length, 1)
      assert.equal((await one.call('DescribeParameters', {})).Parameters.length, 1)
    }
    one.clock.set(START + HOUR)
    await isGone(one, 'x')
    await one.refused('LabelParameterVersion', { Name: 'x', Labels: ['l'] }, 'ParameterNotFound')
    await one.refused('DeleteParameter', { Name: 'x' }, 'ParameterNotFound')
    await one.refused('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: 'x' }, 'InvalidResourceId')
    await one.refused('GetParameter', { Name: arnOf('x') }, 'ParameterNotFound')
    await one.refused('GetParameter', { Name: 'x:1' }, 'ParameterNotFound')
    assert.deepEqual(await dues(one), [START + HOUR])
    await one.runner.runDue(one.clock.now())
    assert.deepEqual(await told(one), ['0 h Create x', '1 h Expiration SUCCESS x', '1 h Delete x'])
  })

  on('notifications are told at their times, once, and DescribeParameters says which are Finished', async (one) => {
    await one.put('n', 'x', Policies(ahead('2', 'Hours'), expiration(START + 5 * HOUR), unchanged('1', 'hours')))
    assert.deepEqual(await statuses(one, 'n'), ['Pending', 'Pending', 'Pending'])
    await one.pass(HOUR)
    assert.deepEqual(await statuses(one, 'n'), ['Pending', 'Pending', 'Finished'])
    one.clock.set(START + 3 * HOUR)
    assert.deepEqual(await statuses(one, 'n'), ['InProgress', 'Pending', 'Finished'])
    await one.pass(HOUR)
    assert.deepEqual(await statuses(one, 'n'), ['Finished', 'Pending', 'Finished'])
    assert.deepEqual(await told(one), [
      '0 h Create n',
      '1 h NoChangeNotification SUCCESS n',
      '3 h ExpirationNotification SUCCESS n',
    ])
    const [, first, second] = await one.announced()
    assert.equal(first?.detail['policy-content'], JSON.stringify(unchanged('1', 'hours')))
    assert.equal(second?.detail['policy-content'], JSON.stringify(ahead('2', 'Hours')))
    await one.pass(10 * HOUR)
    assert.deepEqual((await told(one)).slice(3), ['5 h Expiration SUCCESS n', '5 h Delete n'])
    assert.equal(await rows(one), 0)
  })

  on(
    'trap 17: an overwrite that says no policies keeps them; the NoChange timer restarts, the end does not move',
    async (one) => {
      await one.put('k', '1', Policies(ahead('6', 'Hours'), expiration(START + 10 * HOUR), unchanged('2', 'Hours')))
      await one.pass(5 * HOUR)
      assert.deepEqual((await told(one)).slice(1), [
        '2 h NoChangeNotification SUCCESS k',
        '4 h ExpirationNotification SUCCESS k',
      ])
      await one.put('k', '2', { Overwrite: true })
      // that it is about to expire was told: the expiration is the same
      assert.deepEqual(await statuses(one, 'k'), ['Finished', 'Pending', 'Pending'])
      await one.pass(12 * HOUR)
      assert.deepEqual((await told(one)).slice(3), [
        '5 h Update k',
        '7 h NoChangeNotification SUCCESS k',
        '10 h Expiration SUCCESS k',
        '10 h Delete k',
      ])
    },
  )

  on('a value that changes often enough is never told of', async (one) => {
    await one.put('k', '0', Policies(unchanged('2', 'Hours')))
    for (let i = 1; i <= 5; i++) {
      await one.pass(2 * HOUR - 1)
      await one.put('k', String(i), { Overwrite: true })
    }
    assert.ok((await one.announced()).every((event) => event['detail-type'] === 'Parameter Store Change'))
    assert.deepEqual(await dues(one), [one.clock.now() + 2 * HOUR])
  })

  on('trap 17: other policies take the place of the old ones, [{}] takes all away', async (one) => {
    await one.put('r', '1', Policies(expiration(START + HOUR)))
    await one.put('r', '2', { Overwrite: true, ...Policies(unchanged('3', 'Hours')) })
    assert.deepEqual(await dues(one), [START + 3 * HOUR])
    await one.pass(3 * HOUR)
    assert.equal((await one.call('GetParameter', { Name: 'r' })).Parameter.Value, '2')
    assert.equal(await rows(one), 1)
    await one.put('r', '3', { Overwrite: true, Policies: '[{}]' })
    assert.deepEqual([await dues(one), await statuses(one, 'r'), await rows(one)], [[], [], 0])
    await one.pass(12 * HOUR)
    assert.deepEqual((await told(one)).slice(2), ['3 h NoChangeNotification SUCCESS r', '3 h Update r'])
  })

  on('the same policies sent again tell nothing again; a later end is told of anew', async (one) => {
    const soon = Policies(ahead('1', 'Hours'), expiration(START + 2 * HOUR))
    await one.put('s', '1', soon)
    await one.pass(HOUR)
    await one.put('s', '2', { Overwrite: true, ...soon })
    assert.deepEqual(await statuses(one, 's'), ['Finished', 'Pending'])
    await one.put('s', '3', { Overwrite: true, ...Policies(ahead('1', 'Hours'), expiration(START + 4 * HOUR)) })
    await one.pass(2 * HOUR)
    assert.deepEqual(await told(one), [
      ...['0 h Create s', '1 h ExpirationNotification SUCCESS s', '1 h Update s', '1 h Update s'],
      '3 h ExpirationNotification SUCCESS s',
    ])
  })

  on(
    'an expiration that has passed is taken, and the parameter expires at once (parameterstore.md 20)',
    async (one) => {
      const past = Policies(ahead('1', 'Days'), expiration(START - HOUR))
      assert.equal(await one.put('p', 'x', past), 1)
      await isGone(one, 'p')
      await one.runner.runDue(one.clock.now())
      assert.deepEqual(await told(one), [
        ...['0 h Create p', '0 h ExpirationNotification SUCCESS p', '0 h Expiration SUCCESS p', '0 h Delete p'],
      ])
      await one.put('q', '1')
      assert.equal(await one.put('q', '2', { ...past, Overwrite: true }), 2)
      await one.refused('GetParameter', { Name: 'q' }, 'ParameterNotFound')
      await one.pass(1)
      assert.deepEqual((await told(one)).at(-1), '0 h Delete q')
    },
  )

  on(
    'a name that has expired and waits for its job can be given again at once; all is told of the first',
    async (one) => {
      await one.put('again', '1', Policies(ahead('1', 'Hours'), expiration(START + 2 * HOUR)))
      one.clock.set(START + 3 * HOUR)
      assert.equal(await one.put('again', '2'), 1)
      await one.runner.runDue(one.clock.now())
      assert.equal((await one.call('GetParameter', { Name: 'again' })).Parameter.Value, '2')
      assert.deepEqual(await told(one), [
        '0 h Create again',
        '3 h ExpirationNotification SUCCESS again',
        '3 h Expiration SUCCESS again',
        '3 h Delete again',
        '3 h Create again',
      ])
      assert.equal(one.recorded.length, 1)
      assert.deepEqual([await dues(one), await rows(one)], [[], 0])
    },
  )

  on('a deletion takes the jobs along; a parameter made anew is not hit by those of the old one', async (one) => {
    await one.put('d', '1', Policies(expiration(START + 2 * HOUR), unchanged('1', 'Hours')))
    const [job] = await one.storage.unit('read', (unit) => unit.all<{ key: string }>(waiting, {}))
    assert.ok(job)
    await one.pass(HOUR)
    await one.call('DeleteParameter', { Name: 'd' })
    assert.deepEqual([await dues(one), await rows(one)], [[], 0])
    await one.put('d', '2')
    // as if it had been there all the same
    const [account, region, id] = job.key.split('/')
    await one.storage.unit('write', (unit) =>
      jobs.schedule(unit, {
        ...{ kind: 'ssm/policies', key: job.key, dueAt: START + 2 * HOUR },
        payload: { account, region, key: 'd', id },
      }),
    )
    await one.pass(12 * HOUR)
    assert.equal((await one.call('GetParameter', { Name: 'd' })).Parameter.Value, '2')
    assert.deepEqual((await told(one)).slice(1), ['1 h NoChangeNotification SUCCESS d', '1 h Delete d', '1 h Create d'])
  })

  on('a write that is refused changes nothing of what is due', async (one) => {
    await one.put('w', '1', Policies(expiration(START + 2 * HOUR)))
    await one.refused(
      'PutParameter',
      { Name: 'w', Value: 'x', Overwrite: true, Tier: 'Standard', Policies: '[{}]' },
      'ValidationException',
      /downgrade/,
    )
    assert.deepEqual(await dues(one), [START + 2 * HOUR])
    assert.deepEqual(await told(one), ['0 h Create w'])
  })

  on('a server that was down does all that was due, in its order, each once', async (one) => {
    await one.put('late', 'x', Policies(unchanged('1', 'Hours'), ahead('1', 'Hours'), expiration(START + 3 * HOUR)))
    one.clock.set(START + 9 * HOUR)
    const next = beside(one)
    await next.runner.runDue(next.clock.now())
    await one.runner.runDue(one.clock.now())
    assert.deepEqual((await told(one)).slice(1), [
      '9 h NoChangeNotification SUCCESS late',
      '9 h ExpirationNotification SUCCESS late',
      '9 h Expiration SUCCESS late',
      '9 h Delete late',
    ])
    await one.refused('GetParameter', { Name: 'late' }, 'ParameterNotFound')
  })

  on('wherever the store fails, everything is told once', async (one) => {
    const { storage, clock, service } = one
    const quiet = () => undefined
    const runner = new JobRunner({ storage, clock, handlers: service.handlers, onFailure: quiet, onProblem: quiet })
    for (let at = 1; at <= 14; at++)
      for (const kind of open === undefined ? (['error', 'conflict', 'lost'] as const) : (['conflict'] as const)) {
        const name = `f${at}-${kind}`
        const now = clock.now()
        await one.put(name, 'x', Policies(unchanged('1', 'Hours'), expiration(now + 2 * HOUR)))
        clock.set(now + HOUR)
        storage.failAt(at, kind)
        // a failed look at the list, or a commit whose answer was lost, is the runner's own failure
        await runner.runDue(clock.now()).catch((error: unknown) => assert.ok(error instanceof Fault, String(error)))
        // a step that has been: what was planned and did not happen is planned no more
        storage.failAt(0)
        await one.pass(3 * HOUR)
        const since = (await one.announced())
          .filter(({ detail }) => [detail.name, detail['parameter-name']].includes(name))
          .map(({ detail }) => detail.operation ?? detail['policy-type'])
        assert.deepEqual(since, ['Create', 'NoChangeNotification', 'Expiration', 'Delete'], `${kind} at ${at}`)
      }
  })
}

holds('SQLite')

describe('on PostgreSQL', { skip: postgresMissing() ?? false }, () => {
  let store: Emptied
  before(async () => {
    store = await Emptied.start()
  })
  after(() => store[Symbol.asyncDispose]())
  holds('PostgreSQL', (opening) => store.open(opening))

  test('several nodes do what is due of each parameter once', async () => {
    await using one = await trial({}, store.open)
    const others = await Promise.all(
      [1, 2, 3].map(async () => faulty(await store.beside({ migrations: MIGRATIONS, clock: one.clock }))),
    )
    try {
      for (let i = 0; i < 20; i++)
        await one.put(`/n/${i}`, 'x', Policies(unchanged('1', 'Hours'), expiration(START + (1 + (i % 3)) * HOUR)))
      one.clock.set(START + 4 * HOUR)
      const nodes = [one, ...others.map((storage) => beside(one, storage))]
      // somebody gives half of the names again meanwhile
      await Promise.all([
        ...nodes.map(({ runner }) => runner.runDue(one.clock.now())),
        ...Array.from({ length: 10 }, (_, i) => one.put(`/n/${i}`, 'new')),
      ])
      await one.runner.runDue(one.clock.now())
      const counts = new Map<string, number>()
      for (const line of await told(one)) counts.set(line, (counts.get(line) ?? 0) + 1)
      for (let i = 0; i < 20; i++) {
        for (const what of ['NoChangeNotification SUCCESS', 'Expiration SUCCESS', 'Delete'])
          assert.equal(counts.get(`4 h ${what} /n/${i}`), 1, `${what} /n/${i}`)
        const { Parameters } = await one.call('GetParameters', { Names: [`/n/${i}`] })
        assert.deepEqual(
          Parameters.map(({ Value }: { Value: string }) => Value),
          i < 10 ? ['new'] : [],
        )
      }
      assert.equal(one.recorded.length, 20)
    } finally {
      for (const storage of others) await storage.close()
    }
  })
})

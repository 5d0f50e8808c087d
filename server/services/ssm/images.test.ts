import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RowForged } from '#kernel/sealing/row-mac'
import { statement } from '#kernel/storage/storage'
import { postgresMissing } from '../../test/postgres.ts'
import { Emptied } from './test/emptied.ts'
import { type Trial, trial } from './test/trial.ts'

/** Parameters of data type `aws:ec2:image`. Source: parameterstore.md 3.2, 7.1, 10. */

const GOOD = 'ami-0123456789abcdef0'
const OTHER_GOOD = 'ami-12345678'
const IMAGE = { DataType: 'aws:ec2:image' }

/** What a read answers; undefined: nothing is there. */
const read = async (one: Trial, name: string) =>
  (await one.call('GetParameters', { Names: [name] })).Parameters[0] as { Value: string; Version: number } | undefined
const value = async (one: Trial, name: string) => (await read(one, name))?.Value
const told = async (one: Trial) =>
  (await one.announced()).map(({ detail }) => [detail.operation, detail.dataType, detail.exception])
const look = (one: Trial) => one.runner.runDue(one.clock.now())

function holds(engine: string, open?: Emptied['open']): void {
  const on = (name: string, check: (one: Trial) => Promise<void>) =>
    test(`${engine}: ${name}`, async () => {
      await using one = await trial({}, open)
      await check(one)
    })

  on('an image is answered with a number at once and seen when it was looked at', async (one) => {
    const tags = { Tags: [{ Key: 'team', Value: 'blue' }], Description: 'golden' }
    assert.equal(await one.put('/ami', GOOD, { ...IMAGE, ...tags }), 1)
    assert.equal(await read(one, '/ami'), undefined)
    assert.deepEqual(await told(one), [])
    await look(one)
    assert.equal(await value(one, '/ami'), GOOD)
    assert.deepEqual(await told(one), [['Create', 'aws:ec2:image', undefined]])
    const { Parameters } = await one.call('DescribeParameters', {})
    assert.deepEqual([Parameters[0].DataType, Parameters[0].Description], ['aws:ec2:image', 'golden'])
    const { TagList } = await one.call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/ami' })
    assert.deepEqual(TagList, tags.Tags)
  })

  on('until then an overwrite shows the old version; data type and the rest are kept', async (one) => {
    await one.put('/ami', GOOD, IMAGE)
    await look(one)
    await one.call('LabelParameterVersion', { Name: '/ami', Labels: ['prod'] })
    assert.equal(await one.put('/ami', OTHER_GOOD, { Overwrite: true }), 2)
    assert.deepEqual([await value(one, '/ami'), (await read(one, '/ami'))?.Version], [GOOD, 1])
    await look(one)
    assert.deepEqual([await value(one, '/ami'), (await read(one, '/ami'))?.Version], [OTHER_GOOD, 2])
    assert.equal(await value(one, '/ami:prod'), GOOD)
    const { Parameters } = await one.call('GetParameterHistory', { Name: '/ami' })
    assert.deepEqual(
      Parameters.map(({ Version, Value }: { Version: number; Value: string }) => [Version, Value]),
      [
        [1, GOOD],
        [2, OTHER_GOOD],
      ],
    )
    assert.deepEqual(
      (await told(one)).map(([operation]) => operation),
      ['Create', 'LabelParameterVersion', 'Update'],
    )
  })

  on(
    'what is no image never becomes visible: the event says so by its exception, and its number is given again',
    async (one) => {
      for (const wrong of ['no image', 'ami-1234567', 'ami-123456789012345678', 'ami-ABCDEF0123', ` ${GOOD}`]) {
        assert.equal(await one.put('/ami', wrong, IMAGE), 1, wrong)
        await look(one)
        assert.equal(await read(one, '/ami'), undefined, wrong)
      }
      const failed = ['Create', 'aws:ec2:image', 'Unable to Describe Resource']
      assert.deepEqual(await told(one), [failed, failed, failed, failed, failed])
      await one.put('/ami', GOOD, IMAGE)
      await look(one)
      assert.equal(await one.put('/ami', 'none', { Overwrite: true }), 2)
      await look(one)
      assert.equal(await value(one, '/ami'), GOOD)
      assert.deepEqual((await told(one)).at(-1), ['Update', 'aws:ec2:image', 'Unable to Describe Resource'])
      // as text it may be anything
      assert.equal(await one.put('/ami', 'none', { Overwrite: true, DataType: 'text' }), 2)
      assert.equal(await value(one, '/ami'), 'none')
    },
  )

  on('while one waits no other can be written (parameterstore.md 7.1)', async (one) => {
    await one.put('/ami', GOOD, IMAGE)
    const again = { Name: '/ami', Value: OTHER_GOOD, Type: 'String', Overwrite: true }
    await one.refused('PutParameter', again, 'TooManyUpdates')
    await one.refused('PutParameter', { ...again, Overwrite: false, ...IMAGE }, 'TooManyUpdates')
    await look(one)
    assert.equal((await one.call('PutParameter', again)).Version, 2)
    await one.refused('PutParameter', again, 'TooManyUpdates')
    await one.refused('PutParameter', { ...again, Overwrite: false }, 'ParameterAlreadyExists')
  })

  on('two that make the same image at once: one of them waits, the other is refused', async (one) => {
    const ways = await Promise.allSettled([one.put('/ami', GOOD, IMAGE), one.put('/ami', OTHER_GOOD, IMAGE)])
    assert.deepEqual(ways.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await look(one)
    assert.equal((await read(one, '/ami'))?.Version, 1)
  })

  on('a parameter that is deleted takes the version along that waits', async (one) => {
    await one.put('/ami', GOOD, IMAGE)
    await look(one)
    await one.put('/ami', OTHER_GOOD, { Overwrite: true })
    await one.call('DeleteParameter', { Name: '/ami' })
    assert.equal(await one.put('/ami', 'new'), 1)
    await look(one)
    assert.equal(await value(one, '/ami'), 'new')
    assert.deepEqual(
      (await told(one)).map(([operation]) => operation),
      ['Create', 'Delete', 'Create'],
    )
  })

  on('one that has expired, and whose job is late, does not take along the version that follows it', async (one) => {
    const at = new Date(one.clock.now() + 1000).toISOString()
    const Policies = JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: at } }])
    await one.put('/ami', GOOD, { Tier: 'Advanced', Policies })
    one.clock.set(one.clock.now() + 2000)
    assert.equal(await one.put('/ami', OTHER_GOOD, IMAGE), 1)
    await look(one)
    assert.equal(await value(one, '/ami'), OTHER_GOOD)
    assert.deepEqual(
      (await told(one)).map(([operation]) => operation),
      ['Create', undefined, 'Delete', 'Create'],
    )
  })

  on('tags and labels that came meanwhile stay; policies count', async (one) => {
    await one.put('/ami', GOOD, IMAGE)
    await look(one)
    const at = new Date(one.clock.now() + 3_600_000).toISOString()
    const Policies = JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: at } }])
    await one.put('/ami', OTHER_GOOD, { Overwrite: true, Tier: 'Advanced', Policies })
    const Tags = [{ Key: 'a', Value: 'b' }]
    await one.call('AddTagsToResource', { ResourceType: 'Parameter', ResourceId: '/ami', Tags })
    await look(one)
    const { TagList } = await one.call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/ami' })
    assert.deepEqual(TagList, Tags)
    assert.equal(await value(one, '/ami'), OTHER_GOOD)
    await one.pass(3_600_000)
    assert.equal(await read(one, '/ami'), undefined)
  })

  on('a version that was changed in the store is not shown', async (one) => {
    await one.put('/ami', GOOD, IMAGE)
    const forge = statement('test/forge', "update parameter_pending set write = replace(write, '/ami', '/amy')")
    await one.storage.unit('write', (unit) => unit.run(forge, {}))
    const [handler] = one.service.handlers.filter(({ kind }) => kind === 'ssm/image')
    await assert.rejects(
      one.storage.unit('write', async (unit) =>
        handler?.run(unit, { account: '111122223333', region: 'us-east-1', key: 'ami' }, one.clock.now()),
      ),
      RowForged,
    )
  })

  on(
    'the history is full: the oldest goes when the new one is seen, and a label on it refuses at once (trap 33)',
    async (one) => {
      await one.put('/ami', GOOD, IMAGE)
      await look(one)
      for (let i = 2; i <= 100; i++) await one.put('/ami', GOOD, { Overwrite: true, DataType: 'text' })
      await one.put('/ami', 'none', { ...IMAGE, Overwrite: true })
      await look(one)
      assert.equal((await one.call('GetParameterHistory', { Name: '/ami' })).Parameters[0].Version, 1)
      await one.put('/ami', OTHER_GOOD, { ...IMAGE, Overwrite: true })
      await one.call('LabelParameterVersion', { Name: '/ami', ParameterVersion: 1, Labels: ['old'] })
      await look(one)
      // labelled meanwhile: nothing is written
      assert.equal((await read(one, '/ami'))?.Version, 100)
      assert.match(String((await told(one)).at(-1)?.[2]), /^You attempted to create a new version of \/ami /)
      await one.refused(
        'PutParameter',
        { Name: '/ami', Value: OTHER_GOOD, Overwrite: true, ...IMAGE },
        'ParameterMaxVersionLimitExceeded',
      )
      await one.call('UnlabelParameterVersion', { Name: '/ami', ParameterVersion: 1, Labels: ['old'] })
      await one.put('/ami', OTHER_GOOD, { ...IMAGE, Overwrite: true })
      await look(one)
      assert.equal((await one.call('GetParameterHistory', { Name: '/ami' })).Parameters[0].Version, 2)
      assert.equal((await read(one, '/ami'))?.Version, 101)
    },
  )
}

holds('SQLite')

describe('on PostgreSQL', { skip: postgresMissing() ?? false }, () => {
  let store: Emptied
  before(async () => {
    store = await Emptied.start()
  })
  after(() => store[Symbol.asyncDispose]())
  holds('PostgreSQL', (opening) => store.open(opening))
})

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { statement } from '#kernel/storage/storage'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'
import { type Started, type StartOptions, start } from '../../test/start.ts'

/** Rules, targets and buses as they are kept, on both engines; and what becomes of rows that somebody else wrote. */

const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:f'
const EventPattern = '{"source": ["my.app"]}'

const forge = {
  pattern: statement('test/forge-pattern', `update event_rule set pattern = '{"source": ["x"]}' where name = 'forged'`),
  arn: statement('test/forge-arn', `update event_target set arn = arn || 'x' where rule = 'forged'`),
  moved: statement('test/forge-rule', `update event_target set rule = 'other' where rule = 'forged'`),
  bus: statement('test/forge-bus', `update event_bus set policy = '{}' where name = 'forged'`),
}
const sealed = statement('test/sealed', 'select sealed from event_target')

async function holds(server: Started): Promise<void> {
  const events = new EventBridge({ endpoint: server.url, region: 'us-east-1', credentials: server.credentials })
  const forgeRow = (name: keyof typeof forge) =>
    server.inside.storage.unit('write', async (unit) => {
      assert.equal(await unit.run(forge[name], {}), 1, name)
      unit.touch('events')
    })
  const fails = (answer: Promise<unknown>) => assert.rejects(answer, { name: 'InternalException' })
  try {
    const names = ['B', '_x', 'a', 'a.b', 'a_b', 'aa', 'b', 'B2', '-']
    for (const Name of names) await events.putRule({ Name, EventPattern })
    const inOrder = names.toSorted((a, b) => (a < b ? -1 : 1))
    const found: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const page = await events.listRules({ Limit: 2, NextToken })
      found.push(...(page.Rules ?? []).map(({ Name }) => Name))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    assert.deepEqual(found, inOrder)
    const prefixed = async (NamePrefix: string) =>
      (await events.listRules({ NamePrefix })).Rules?.map(({ Name }) => Name)
    assert.deepEqual(await prefixed('a'), ['a', 'a.b', 'a_b', 'aa'])
    assert.deepEqual(await prefixed('a_'), ['a_b'])
    assert.deepEqual(await prefixed('_'), ['_x'])
    for (const Rule of ['B', 'a', 'b'])
      await events.putTargets({ Rule, Targets: ['1', '2'].map((Id) => ({ Id, Arn: FUNCTION })) })
    const first = await events.listRuleNamesByTarget({ TargetArn: FUNCTION, Limit: 2 })
    assert.deepEqual(first.RuleNames, ['B', 'a'])
    const second = await events.listRuleNamesByTarget({ TargetArn: FUNCTION, Limit: 2, NextToken: first.NextToken })
    assert.deepEqual([second.RuleNames, second.NextToken], [['b'], undefined])
    // one target takes the place of another
    await events.putTargets({ Rule: 'a', Targets: [{ Id: '1', Arn: `${FUNCTION}2`, Input: '"canary"' }] })
    assert.deepEqual((await events.listTargetsByRule({ Rule: 'a' })).Targets, [
      { Id: '1', Arn: `${FUNCTION}2`, Input: '"canary"' },
      { Id: '2', Arn: FUNCTION },
    ])
    const rows = await server.inside.storage.unit('read', (unit) => unit.all<{ sealed: Uint8Array }>(sealed, {}))
    assert.ok(rows.length >= 6 && rows.every((row) => !Buffer.from(row.sealed).includes('canary')))

    const other = { Name: 'other', EventPattern }
    await events.putRule(other)
    const makeForged = async () => {
      await events.putRule({ Name: 'forged', EventPattern })
      await events.putTargets({ Rule: 'forged', Targets: [{ Id: '1', Arn: FUNCTION }] })
    }
    await makeForged()
    await forgeRow('arn')
    await fails(events.listTargetsByRule({ Rule: 'forged' }))
    await events.putTargets({ Rule: 'forged', Targets: [{ Id: '2', Arn: FUNCTION }] }).catch(() => undefined)
    await events.removeTargets({ Rule: 'forged', Ids: ['1', '2'] })
    await makeForged()
    await forgeRow('moved')
    await fails(events.listTargetsByRule({ Rule: 'other' }))
    await makeForged()
    await forgeRow('pattern')
    await fails(events.describeRule({ Name: 'forged' }))
    await events.createEventBus({ Name: 'forged' })
    await forgeRow('bus')
    await fails(events.describeEventBus({ Name: 'forged' }))
  } finally {
    events.destroy()
    await server[Symbol.asyncDispose]()
  }
}

const opened = (engine: NonNullable<StartOptions['engine']>) => start({ engine, level: 'error' })

test('SQLite: rules and targets are kept in order, and rows that somebody else wrote decide nothing', async () => {
  await holds(await opened('memory'))
})

describe('on PostgreSQL', { skip: postgresMissing() ?? false }, () => {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  test('PostgreSQL: rules and targets are kept in order, and rows that somebody else wrote decide nothing', async () => {
    await holds(await opened({ postgres: await server.database() }))
  })
})

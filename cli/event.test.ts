import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configure } from '@strongroom/server/config'
import { EventOutbox } from '../server/kernel/events/outbox.ts'
import { systemRandom } from '../server/kernel/random.ts'
import { postgresMissing, startPostgres } from '../server/test/postgres.ts'
import { Secret } from '../server/kernel/values/bytes.ts'
import { rootOf } from '../server/test/start.ts'
import { print } from './event.ts'
import { run, running } from './test/rig.ts'

type Data = Awaited<ReturnType<typeof running>>

const ACCOUNT = '111122223333'
const put = ({ server }: Data, Name: string, more: object = {}) =>
  server.local('AmazonSSM.PutParameter', { Name, Value: 'geheim', Type: 'String', ...more }, rootOf(ACCOUNT))

test('event list prints what was announced, beside the running server, for people and as EventBridge has it', async () => {
  await using data = await running()
  const at = ['--data', data.directory]
  assert.deepEqual(await run('event', 'list', ...at), { code: 0, out: '', err: '' })
  await put(data, '/a/b', { Description: 'two words \u001b[31mred' })
  await put(data, '/a/b', { Overwrite: true })
  await data.server.local('AmazonSSM.DeleteParameter', { Name: '/a/b' }, rootOf(ACCOUNT))
  const { code, out, err } = await run('event', 'list', ...at)
  assert.deepEqual([code, err], [0, ''])
  const lines = out.trimEnd().split('\n')
  assert.equal(lines.length, 3)
  // What a description says must not paint the terminal.
  assert.match(
    lines[0] as string,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}111122223333 {2}us-east-1 {2}Parameter Store Change {2}operation=Create name=\/a\/b type=String description="two words \\u001b\[31mred"$/,
  )
  assert.match(lines[1] as string, / operation=Update name=\/a\/b /)
  assert.match(lines[2] as string, / operation=Delete name=\/a\/b /)
  const [first] = (await run('event', 'list', '--json', ...at)).out.split('\n')
  const { id, time, ...rest } = JSON.parse(first as string)
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000)
  assert.deepEqual(rest, {
    version: '0',
    'detail-type': 'Parameter Store Change',
    source: 'aws.ssm',
    account: ACCOUNT,
    region: 'us-east-1',
    resources: [`arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/a/b`],
    detail: { operation: 'Create', name: '/a/b', type: 'String', description: 'two words \u001b[31mred' },
  })
  assert.ok(!out.includes('geheim'))
})

test('event list takes a source, an account, a region and a span', async () => {
  await using data = await running()
  const outbox = new EventOutbox(systemRandom)
  const emit = (name: string, more: object, time = Date.now()) =>
    data.server.storage.unit('write', (unit) => {
      const event = { source: 'aws.ssm', detailType: 'Test', account: ACCOUNT, region: 'us-east-1', resources: [] }
      return outbox.emit(unit, { ...event, detail: { name }, ...more }, time)
    })
  await emit('old', {}, Date.now() - 7_200_000)
  await emit('a', {})
  await emit('b', { source: 'aws.secretsmanager' })
  await emit('c', { account: '444455556666' })
  await emit('d', { region: 'eu-west-1' })
  const names = async (...more: string[]) => {
    const { code, out, err } = await run('event', 'list', '--json', '--data', data.directory, ...more)
    assert.equal(code, 0, err)
    return out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).detail.name)
  }
  assert.deepEqual(await names(), ['old', 'a', 'b', 'c', 'd'])
  assert.deepEqual(await names('--since', '1h'), ['a', 'b', 'c', 'd'])
  assert.deepEqual(await names('--source', 'aws.secretsmanager'), ['b'])
  assert.deepEqual(await names('--account=444455556666'), ['c'])
  assert.deepEqual(await names('--region', 'eu-west-1'), ['d'])
})

async function follows(data: Data, config: Parameters<typeof print>[0]): Promise<void> {
  let out = ''
  let looks = 0
  const io = {
    out: (text: string) => {
      out += text
    },
    err: () => undefined,
    env: {},
    colour: false,
  }
  const query = { account: undefined, region: undefined, source: undefined, span: undefined }
  await put(data, 'x')
  await print(config, { ...query, json: true, following: true }, io, async () => {
    looks++
    if (looks <= 3) await put(data, 'x', { Overwrite: true, Description: String(looks) })
    return looks <= 4
  })
  const seen = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).detail.description)
  assert.deepEqual(seen, [undefined, '1', '2', '3'])
}

const configOf = (directory: string) => {
  const configured = configure('serve', ['--data', directory], {})
  assert.ok('config' in configured && configured.config.mode === 'serve')
  return configured.config
}

test('event list --follow goes on with what comes, each event once', async () => {
  await using data = await running()
  await follows(data, configOf(data.directory))
})

test('event list reads a server that keeps its state in PostgreSQL', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  const url = new Secret(await postgres.database())
  await using data = await running({ kind: 'postgres', url })
  await follows(data, { ...configOf(data.directory), database: url })
})

test('event tells what is wrong with a command line', async () => {
  const told = async (...args: string[]) => {
    const { code, err } = await run('event', ...args)
    return `${code} ${err.split('\n')[0]}`
  }
  assert.equal(await told(), '2 error: strongroom event: say what to do: event list, event failed or event redeliver')
  assert.equal(await told('list', '--account', '12'), '2 error: strongroom event: --account takes 12 digits')
  assert.equal(
    await told('list', '--since', '1w'),
    '2 error: strongroom event: --since takes a span such as 90s, 10m, 2h or 7d',
  )
  assert.equal(await told('list', '--source'), '2 error: strongroom event: --source needs a value')
  assert.equal(await told('list', '--source=a', '--source=b'), '2 error: strongroom event: --source is given twice')
  assert.match(await told('list', '--data', '/nowhere/at/all'), /^1 error: strongroom event: there is no /)
})

test('event failed prints what could not be delivered and why; event redeliver sends it once more', async () => {
  await using data = await running()
  const at = ['--data', data.directory]
  const call = (target: string, input: object) => data.server.local(`AWSEvents.${target}`, input, rootOf(ACCOUNT))
  const gone = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:gone`
  await call('PutRule', { Name: 'orders', EventPattern: '{"source":["my.app"]}' })
  await call('PutTargets', { Rule: 'orders', Targets: [{ Id: 'one', Arn: gone }] })
  const entry = { Source: 'my.app', DetailType: 'Order', Detail: '{"card":"kartennummer"}' }
  await call('PutEvents', { Entries: [entry, entry] })
  await data.server.runner.runDue(Date.now() + 1000)
  const { code, out } = await run('event', 'failed', ...at)
  assert.equal(code, 0)
  const lines = out.trimEnd().split('\n')
  assert.equal(lines.length, 2)
  assert.match(
    lines[0] as string,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}[0-9a-f-]{36} {2}arn:aws:events:us-east-1:111122223333:rule\/orders {2}arn:aws:lambda:us-east-1:111122223333:function:gone {2}tries=1 {2}NO_RESOURCE {2}arn:\S+ is not there$/,
  )
  assert.ok(!out.includes('kartennummer'), 'what an event holds is printed when it is asked for')
  const [first] = (await run('event', 'failed', '--json', '--rule', 'orders', ...at)).out.split('\n')
  const { id, event, code: why } = JSON.parse(first as string)
  assert.deepEqual([event.detail, why], [{ card: 'kartennummer' }, 'NO_RESOURCE'])
  assert.equal((await run('event', 'failed', '--rule', 'other', ...at)).out, '')

  assert.deepEqual(await run('event', 'redeliver', id, ...at), { code: 0, out: '1 event goes out again\n', err: '' })
  assert.equal((await run('event', 'failed', ...at)).out.trimEnd().split('\n').length, 1)
  assert.match((await run('event', 'redeliver', id, ...at)).err, /no event with the id \S+ failed/)
  assert.equal((await run('event', 'redeliver', '--rule', 'orders', ...at)).out, '1 event goes out again\n')
  assert.equal((await run('event', 'failed', ...at)).out, '')
  await data.server.runner.runDue(Date.now() + 1000)
  assert.equal((await run('event', 'failed', ...at)).out.trimEnd().split('\n').length, 2)
  assert.equal((await run('event', 'redeliver', ...at)).code, 2)
})

test('event list --trail prints the calls too, as the events that rules see', async () => {
  await using data = await running()
  const at = ['--data', data.directory]
  await data.server.local(
    'secretsmanager.CreateSecret',
    { Name: 'app/db', SecretString: 'geheim', ClientRequestToken: 'c'.repeat(32) },
    rootOf(ACCOUNT),
  )
  await data.server.trail.flushed()
  const types = async (...more: string[]) => {
    const { out } = await run('event', 'list', '--json', ...more, ...at)
    assert.ok(!out.includes('geheim'))
    return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)['detail-type']]))
  }
  assert.deepEqual(await types(), ['Secret Label Updated'])
  const both = await types('--trail', '--source', 'aws.secretsmanager')
  assert.deepEqual(both.sort(), ['AWS API Call via CloudTrail', 'Secret Label Updated'])
})

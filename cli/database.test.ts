import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Secret } from '../server/kernel/values/bytes.ts'
import { selfSigned } from '../server/test/certificate.ts'
import { postgresMissing, startPostgres } from '../server/test/postgres.ts'
import { rootOf } from '../server/test/start.ts'
import { run, running } from './test/rig.ts'

type Data = Awaited<ReturnType<typeof running>>

/** A running server with the account 111122223333, and what the command is told of its place. */
async function ready(data: Data, ...more: string[]): Promise<string[]> {
  const place = ['--data', data.directory, ...more]
  assert.equal((await run('account', 'create', '--id', '111122223333', ...place)).code, 0)
  return place
}

/** A file that only this user can read. */
function fileWith(text: string): { readonly path: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-file-'))
  const path = join(directory, 'file')
  writeFileSync(path, text, { mode: 0o600 })
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
}

const register = (place: readonly string[], ...flags: string[]) => run('database', 'register', ...flags, ...place)
const shop = ['--identifier', 'Shop', '--engine', 'postgres', '--host', 'db.example.com', '--username', 'admin']

interface Described {
  readonly DBInstances: readonly {
    readonly DBInstanceIdentifier: string
    readonly Endpoint: { readonly Address: string; readonly Port: number }
    readonly MasterUserSecret?: { readonly SecretArn: string; readonly SecretStatus: string }
  }[]
}

const described = async ({ server }: Data) =>
  ((await server.local('rds.DescribeDBInstances', {}, rootOf('111122223333'))) as Described).DBInstances

test('database register makes a database known to the running server at once', async () => {
  await using data = await running()
  const place = await ready(data)
  using ca = fileWith(selfSigned().certificate)
  const { code, out, err } = await register(
    place,
    ...shop,
    ...[
      '--dbname',
      'shop',
      '--ca',
      ca.path,
      '--alias',
      'shop.internal',
      '--alias=10.0.0.7',
      '--tag',
      'team=blue',
      '--json',
    ],
  )
  assert.deepEqual([code, err], [0, ''])
  const { createdAt, ...made } = JSON.parse(out)
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000)
  assert.deepEqual(made, {
    account: '111122223333',
    region: 'us-east-1',
    kind: 'instance',
    identifier: 'shop',
    arn: 'arn:aws:rds:us-east-1:111122223333:db:shop',
    engine: 'postgres',
    host: 'db.example.com',
    port: 5432,
    aliases: ['shop.internal', '10.0.0.7'],
    dbname: 'shop',
    username: 'admin',
    writer: false,
    ca: true,
    passwordKnown: false,
  })
  const [known] = await described(data)
  assert.deepEqual(known?.Endpoint, { Address: 'db.example.com', Port: 5432 })
})

test('list, show and remove; replicas and members need what they belong to, and keep it', async () => {
  await using data = await running()
  const place = await ready(data)
  await register(place, ...shop)
  const copy = ['--engine', 'postgres', '--username', 'admin', '--host']
  await register(place, '--identifier', 'copy', ...copy, 'copy.example.com', '--replica-of', 'shop')
  const cluster = ['--identifier', 'pay', '--kind', 'cluster', '--engine', 'aurora-mysql', '--username', 'root']
  await register(place, ...cluster, '--host', 'pay.example.com', '--reader-host', 'pay-ro.example.com')
  const member = [
    '--engine',
    'aurora-mysql',
    '--username',
    'root',
    '--cluster',
    'pay',
    '--writer',
    '--host',
    'p1.example.com',
  ]
  await register(place, '--identifier', 'pay-1', ...member)

  const { out } = await run('database', 'list', ...place)
  assert.deepEqual(
    out.split('\n').map((line) => line.split(/\s+/).slice(2, 6).join(' ')),
    [
      'KIND IDENTIFIER ENGINE ENDPOINT',
      'cluster pay aurora-mysql pay.example.com:3306',
      'instance copy postgres copy.example.com:5432',
      'instance pay-1 aurora-mysql p1.example.com:3306',
      'instance shop postgres db.example.com:5432',
      '',
    ],
  )
  const one = await run('database', 'show', 'pay-1', '--json', ...place)
  assert.deepEqual([JSON.parse(one.out).cluster, JSON.parse(one.out).writer], ['pay', true])
  assert.match((await run('database', 'show', 'pay-1', ...place)).out, /^cluster +pay \(writer\)$/m)

  const failed = (err: string) => ({ code: 1, out: '', err: `error: strongroom database: ${err}\n` })
  assert.deepEqual(
    await run('database', 'remove', 'shop', ...place),
    failed('shop has read replicas\nhint: strongroom database remove copy'),
  )
  assert.deepEqual(
    await run('database', 'remove', 'pay', ...place),
    failed('pay has members\nhint: strongroom database remove pay-1'),
  )
  assert.deepEqual(await run('database', 'remove', 'pay-1', ...place), {
    code: 0,
    out: 'arn:aws:rds:us-east-1:111122223333:db:pay-1 is not known any more\n',
    err: '',
  })
  assert.equal((await run('database', 'remove', 'pay', ...place)).code, 0)
  assert.deepEqual(
    await run('database', 'show', 'pay', ...place),
    failed('account 111122223333 has no database pay in us-east-1\nhint: strongroom database list'),
  )
})

test('a flag that nobody knows is told with where this command is explained', async () => {
  const { code, err } = await run('database', 'register', '--frob')
  assert.equal(code, 2)
  assert.match(
    err,
    /strongroom database did nothing, 1 setting is wrong\n {2}--frob is not a flag\nsee strongroom database --help\n$/,
  )
})

test('what can not be is refused with what to do, and nothing is kept', async () => {
  await using data = await running()
  const place = await ready(data)
  const usage = async (...flags: string[]) => {
    const { code, err } = await register(place, ...flags)
    assert.equal(code, 2, err)
    return err.split('\n')[0]?.replace('error: strongroom database: ', '')
  }
  assert.equal(await usage('--identifier', 'x'), 'database register needs --engine')
  assert.equal(await usage(...shop, '--port', '1e3'), '--port takes a number from 1 to 65535')
  assert.equal(await usage(...shop, '--writer'), '--writer and --reader are said of a member of a --cluster')
  assert.equal(await usage(...shop, '--host', 'b'), '--host is given twice')
  assert.equal(await usage(...shop, '--tag', 'x'), '--tag takes KEY=VALUE')
  assert.equal(
    await usage(...shop, '--manage-master-user-password'),
    'the password that the master user has now is needed',
  )
  assert.equal((await run('database', 'register', ...shop, '--nonsense', 'x', ...place)).code, 2)

  const refused = async (...flags: string[]) => {
    const { code, err } = await register(place, ...flags)
    assert.equal(code, 1)
    return err.split('\n')[0]?.replace('error: strongroom database: ', '')
  }
  const at = (...flags: string[]) => ['--engine', 'postgres', '--username', 'a', ...flags]
  assert.match((await refused('--identifier', '1x', '--host', 'h', ...at())) ?? '', /is not a valid identifier/)
  assert.match((await refused('--identifier', 'x', '--host', '/tmp/s', ...at())) ?? '', /^A host is a name/)
  assert.match((await refused('--identifier', 'x', '--host', 'h', ...at('--port', '0'))) ?? '', /from 1 to 65535$/)
  assert.equal(await refused('--identifier', 'x', '--host', 'h', ...at('--replica-of', 'y')), 'DBInstance y not found')
  assert.equal(await refused(...shop.with(3, 'db3')), 'Invalid DB engine: db3')
  using text = fileWith('no certificate')
  assert.match((await refused(...shop, '--ca', text.path)) ?? '', /must be certificates in PEM$/)
  assert.match((await refused(...shop, '--ca', '/nowhere')) ?? '', /^--ca: \/nowhere can not be read: ENOENT$/)
  assert.equal((await run('database', 'list', '--json', ...place)).out, '')

  await register(place, ...shop)
  assert.equal(await refused(...shop), 'DB instance already exists')
  await run('account', 'create', '--id', '444455556666', ...place)
  assert.equal(await refused(...shop), 'there are several accounts')
  assert.equal((await register(place, ...shop, '--account', '444455556666')).code, 0)
})

test('with a password to manage the secret is there at once; the password is in no output, and a file that others read is refused', async () => {
  await using data = await running()
  const place = await ready(data)
  using password = fileWith('the-first-password\n')
  const { code, out, err } = await register(
    place,
    ...[...shop, '--manage-master-user-password', '--password-file', password.path],
  )
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /is kept in arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db-[0-9a-f-]{36}-\w{6} and is/)
  assert.ok(!out.includes('the-first-password'))
  const [known] = await described(data)
  assert.equal(known?.MasterUserSecret?.SecretStatus, 'creating')
  const value = (await data.server.local(
    'secretsmanager.GetSecretValue',
    { SecretId: known?.MasterUserSecret?.SecretArn },
    rootOf('111122223333'),
  )) as { SecretString: string }
  assert.equal(value.SecretString, '{"username":"admin","password":"the-first-password"}')

  // what the server had read of it before is not what counts
  const { out: removed } = await run('database', 'remove', 'shop', ...place)
  assert.match(removed, /is not known any more/)
  await data.server.runner.runDue(Date.now() + 1000)
  const gone = data.server.local(
    'secretsmanager.GetSecretValue',
    { SecretId: known?.MasterUserSecret?.SecretArn },
    rootOf('111122223333'),
  )
  await assert.rejects(gone, /marked for deletion/)

  writeFileSync(password.path, 'x', { mode: 0o644 })
  const { chmodSync } = await import('node:fs')
  chmodSync(password.path, 0o644)
  const exposed = await register(place, '--identifier', 'y', ...shop.slice(2), '--password-file', password.path)
  assert.equal(exposed.code, 1)
  assert.match(exposed.err, /--password-file: .* can not be read: /)
})

test('show says why a managed password is not active', async () => {
  await using data = await running()
  const place = await ready(data)
  using password = fileWith('the-first-password\n')
  const nowhere = ['--identifier', 'shop', '--engine', 'postgres', '--host', '127.0.0.1', '--port', '1']
  const manage = ['--username', 'admin', '--manage-master-user-password', '--password-file', password.path]
  await register(place, ...nowhere, ...manage)
  assert.doesNotMatch((await run('database', 'show', 'shop', ...place)).out, /last error/)
  await data.server.runner.runDue(Date.now())
  for (const service of data.server.services) await (service as { idle?: () => Promise<void> }).idle?.()
  const { out } = await run('database', 'show', 'shop', ...place)
  assert.match(out, /^password +kept in \S+, creating\nlast error +setSecret: OperationalError: .*ECONNREFUSED/m)
  assert.match(
    JSON.parse((await run('database', 'show', 'shop', '--json', ...place)).out).secret.failure,
    /ECONNREFUSED/,
  )
  assert.ok(!out.includes('the-first-password'))
  // its rotation has no function: it is said who manages it, and for what
  const arn = /kept in (\S+),/.exec(out)?.[1] as string
  assert.match(
    (await run('rotation', 'show', arn, ...place)).out,
    /^function +none: managed by rds, for arn:aws:rds:us-east-1:111122223333:db:shop$/m,
  )
})

test('the same beside a server on PostgreSQL', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  const url = await postgres.database()
  await using data = await running({ kind: 'postgres', url: new Secret(url) })
  const place = await ready(data, '--database', url)
  assert.deepEqual(
    (await register(place, ...shop)).out,
    'arn:aws:rds:us-east-1:111122223333:db:shop is registered: postgres at db.example.com:5432\n',
  )
  assert.equal((await described(data))[0]?.DBInstanceIdentifier, 'shop')
  assert.equal(JSON.parse((await run('database', 'list', '--json', ...place)).out).identifier, 'shop')
  assert.equal((await run('database', 'remove', 'shop', ...place)).code, 0)
  assert.deepEqual(await described(data), [])
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Connection, Request, TYPES } from 'tedious'
import { hashed } from './model.ts'
import { SA_PASSWORD, TdsServer } from './server.ts'
import { parse } from './sql.ts'
import { SqlError } from './words.ts'

/** The server in small has to be strict, or the tests that rest on it show nothing. */

async function connected(server: TdsServer, options: object = {}): Promise<Connection & AsyncDisposable> {
  const connection = new Connection({
    server: '127.0.0.1',
    authentication: { type: 'default', options: { userName: 'sa', password: SA_PASSWORD } },
    options: { port: server.port, encrypt: false, rowCollectionOnRequestCompletion: true, ...options },
  })
  await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())))
  return Object.assign(connection, {
    async [Symbol.asyncDispose]() {
      connection.close()
      await server.idle()
    },
  })
}

function ask(connection: Connection, sql: string, values: Readonly<Record<string, string | null>> = {}) {
  return new Promise<unknown[][]>((resolve, reject) => {
    const request = new Request(sql, (error, _count, rows: { value: unknown }[][] = []) =>
      error ? reject(error) : resolve(rows.map((row) => row.map(({ value }) => value))),
    )
    for (const [name, value] of Object.entries(values)) request.addParameter(name, TYPES.NVarChar, value)
    connection.execSql(request)
  })
}

test('queries: parameters, joins that find nothing, texts longer than a packet', async () => {
  await using server = await TdsServer.start()
  await using connection = await connected(server)
  const long = 'ü]😀'.repeat(2000)
  assert.deepEqual(await ask(connection, 'SELECT @a AS a, @b AS b, 7 AS c, DB_NAME() AS d', { a: long, b: null }), [
    [long, null, 7, 'master'],
  ])
  assert.deepEqual(
    await ask(
      connection,
      `SELECT p.name, m.role_principal_id FROM sys.server_principals AS p
       LEFT JOIN sys.server_role_members AS m ON m.member_principal_id = p.principal_id
       WHERE p.type = N'R' AND p.name = @name`,
      { name: 'SysAdmin ' },
    ),
    [['sysadmin', null]],
  )
  for (const [sql, number] of [
    ['SELECT name FROM sys.nothing', 208],
    ['SELECT nothing FROM sys.databases', 207],
    ['SELECT name FROM sys.databases AS a JOIN sys.sql_logins AS b ON a.name = b.name', 207],
    ['SELECT @c AS c', 137],
    ['SELECT 1 AS a; SELECT 2 AS b', 102],
  ] as const)
    await assert.rejects(ask(connection, sql), { number })
})

// Source: MS-TDS 2.2.1.7
test('a request that hangs is given up at the word of the client, and the connection lives on', async () => {
  await using server = await TdsServer.start()
  await using connection = await connected(server)
  server.hook = ({ at }) => (at === 'before' ? 'stall' : 'go')
  const hanging = ask(connection, 'SELECT 1 AS a')
  while (server.statements.at(-1) !== 'SELECT 1 AS a') await new Promise(setImmediate)
  connection.cancel()
  await assert.rejects(hanging, { code: 'ECANCEL' })
  server.hook = () => 'go'
  assert.deepEqual(await ask(connection, 'SELECT 2 AS a'), [[2]])
})

test('a transaction is seen by nobody else until it is committed, and is gone when the connection breaks', async () => {
  await using server = await TdsServer.start()
  const begin = (connection: Connection) =>
    new Promise<void>((resolve, reject) => connection.beginTransaction((error) => (error ? reject(error) : resolve())))
  const create = "CREATE LOGIN [x] WITH PASSWORD=N'p', CHECK_POLICY=OFF"
  const logins = () => server.state.principals.filter(({ name }) => name === 'x').length
  for (const end of ['break', 'rollback', 'commit'] as const) {
    await using connection = await connected(server)
    await begin(connection)
    await ask(connection, create)
    assert.equal((await ask(connection, "SELECT name FROM sys.sql_logins WHERE name = N'x'")).length, 1)
    assert.equal(logins(), 0)
    if (end === 'commit')
      await new Promise<void>((resolve, reject) =>
        connection.commitTransaction((error) => (error ? reject(error) : resolve())),
      )
    if (end === 'rollback') await new Promise((resolve) => connection.rollbackTransaction(resolve))
    if (end === 'break') {
      connection.close()
      await server.idle()
    }
    assert.equal(logins(), end === 'commit' ? 1 : 0)
  }
})

test('a trigger has the rights of who sets it off, unless these were put down before', async () => {
  await using server = await TdsServer.start()
  const [master] = server.state.databases
  server.state.principals.push({ id: 900, name: 'app', sid: 'app', type: 'S', password: hashed('x') })
  master?.principals.push({ id: 900, name: 'app', sid: 'app', type: 'S' })
  master?.triggers.push({ name: 't', login: 'app' })
  const sysadmins = () => server.state.members.length
  await using connection = await connected(server)
  const run = (sql: string) =>
    new Promise<void>((resolve, reject) => {
      connection.execSqlBatch(new Request(sql, (error) => (error ? reject(error) : resolve())))
    })
  await run("EXECUTE AS USER = N'dbo'")
  await run('GRANT CONNECT TO [app]')
  await assert.rejects(run('USE [master]'), { number: 916 })
  await assert.rejects(run('ALTER SERVER ROLE [sysadmin] ADD MEMBER [app]'), { number: 15151 })
  assert.equal(sysadmins(), 1)
  await run('REVERT')
  await run('GRANT CONNECT TO [app]')
  assert.equal(sysadmins(), 2)
})

test('statements that are not quoted right, or are two, or are unknown, are refused', () => {
  for (const sql of [
    "ALTER LOGIN app WITH PASSWORD=N'x'",
    "ALTER LOGIN [a]b] WITH PASSWORD=N'x'",
    "ALTER LOGIN [app] WITH PASSWORD='x'",
    "ALTER LOGIN [app] WITH PASSWORD=N'it's'",
    "ALTER LOGIN [app] WITH PASSWORD=N'x",
    "ALTER LOGIN [app] WITH PASSWORD=N'x' DROP LOGIN [canary]",
    "ALTER LOGIN [app] WITH PASSWORD=N'x'; ALTER LOGIN [b] WITH PASSWORD=N'y'",
    "ALTER LOGIN [app] WITH PASSWORD=N'x', PASSWORD=N'y'",
    'DROP LOGIN [app]',
    'GRANT SELECT ON OBJECT::[dbo].[t] TO app',
    'GRANT SELECT ON OBJECT::[dbo].t TO [app]',
    'ALTER ROLE db_owner ADD MEMBER [app]',
    'USE master',
    `USE [${'d'.repeat(129)}]`,
    '',
  ])
    assert.throws(() => parse(sql), SqlError, sql)
})

test('the policy and the own password: who may change what', async () => {
  await using server = await TdsServer.start()
  for (const name of ['app', 'other'])
    server.state.principals.push({
      id: name.length + 900,
      name,
      sid: name,
      type: 'S',
      password: hashed('First-password1'),
      policy: true,
    })
  const options = { userName: 'app', password: 'First-password1' }
  const connection = new Connection({
    server: '127.0.0.1',
    authentication: { type: 'default', options },
    options: { port: server.port, encrypt: false },
  })
  connection.connect()
  await once(connection, 'connect')
  for (const [sql, number] of [
    ["ALTER LOGIN [other] WITH PASSWORD=N'Next-password1'", 15151],
    ["ALTER LOGIN [other] WITH PASSWORD=N'Next-password1' OLD_PASSWORD=N'First-password1'", 15151],
    ["ALTER LOGIN [app] WITH PASSWORD=N'Next-password1'", 15151],
    ["ALTER LOGIN [app] WITH PASSWORD=N'Next-password1' OLD_PASSWORD=N'wrong'", 15151],
    ["ALTER LOGIN [app] WITH PASSWORD=N'next' OLD_PASSWORD=N'First-password1'", 15118],
    ["CREATE LOGIN [x] WITH PASSWORD=N'Next-password1'", 15247],
    ['GRANT VIEW SERVER STATE TO [app]', 4613],
    ['ALTER SERVER ROLE [sysadmin] ADD MEMBER [app]', 15151],
  ] as const)
    await assert.rejects(ask(connection, sql), { number }, sql)
  await ask(connection, "ALTER LOGIN [app] WITH PASSWORD=N'Next-password1' OLD_PASSWORD=N'First-password1'")
  connection.close()
  await server.idle()
})

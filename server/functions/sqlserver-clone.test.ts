import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { sqlserver } from './sqlserver.ts'
import { fault } from './test/fault.ts'
import { add, type Database, find, hashed, type Principal, type Row } from './test/tds/model.ts'
import { accepts, databaseNow, given, newDatabase, newLogin, saOf, standingOf } from './test/tds/rig.ts'
import { TdsServer } from './test/tds/server.ts'

/** The second user: who it is, and that it has the very rights of the first. Source: rotation.md 8.6, 8.7. */

const signal = AbortSignal.timeout(60_000)

async function clone(server: TdsServer, original: string, other: string, password: string, dbname?: string) {
  const session = await sqlserver.connect(saOf(server, { dbname }), signal)
  try {
    await session.setClone(original, other, new Secret(password))
  } finally {
    await session.close()
    await server.idle()
  }
}

/** Things of every class, with names that need quoting: their classes and ids. */
function things(database: Database): [number, number][] {
  const put = (view: string, row: Row) => database.securables[view]?.push(row)
  put('schemas', { schema_id: 5, name: "sal]es' --" })
  put('all_objects', { object_id: 101, name: 'or.d]ers', schema_id: 5 })
  put('all_objects', { object_id: 102, name: 'or.d]ers', schema_id: 1 })
  put('all_objects', { object_id: -7, name: 'sp_help', schema_id: 1 })
  put('all_columns', { column_id: 2, name: 'pr]ice', object_id: 101 })
  put('all_columns', { column_id: 3, name: "it's", object_id: 101 })
  put('assemblies', { assembly_id: 65_536, name: 'a]b' })
  put('types', { user_type_id: 257, name: 'money]', schema_id: 5 })
  put('xml_schema_collections', { xml_collection_id: 65_537, name: 'x', schema_id: 5 })
  put('service_message_types', { message_type_id: 1, name: '//x.example/]m' })
  put('service_contracts', { service_contract_id: 2, name: '//x.example/c' })
  put('services', { service_id: 3, name: '//x.example/s' })
  put('remote_service_bindings', { remote_service_binding_id: 4, name: 'b]' })
  put('routes', { route_id: 5, name: 'r' })
  put('fulltext_catalogs', { fulltext_catalog_id: 6, name: 'f' })
  put('symmetric_keys', { symmetric_key_id: 7, name: 'k' })
  put('certificates', { certificate_id: 8, name: 'c' })
  put('asymmetric_keys', { asymmetric_key_id: 9, name: 'ak' })
  const user = add(database, { name: 'some]one', type: 'S' })
  const role = add(database, { name: 'rôle]', type: 'R' })
  const application = add(database, { name: 'application', type: 'A' })
  return [
    [1, 101],
    [1, 102],
    [1, -7],
    [3, 5],
    [4, user.id],
    [4, role.id],
    [4, application.id],
    [5, 65_536],
    [6, 257],
    [10, 65_537],
    [15, 1],
    [16, 2],
    [17, 3],
    [18, 4],
    [19, 5],
    [23, 6],
    [24, 7],
    [25, 8],
    [26, 9],
  ]
}

/** A login with a user of another name in the database shop. */
function shopper(
  server: TdsServer,
  login = 'app',
  user = 'app user',
): { shop: Database; login: Principal; user: Principal } {
  const shop = newDatabase(server, 'shop')
  const made = newLogin(server, login, 'First-password1', { database: 'shop', language: 'Deutsch', policy: true })
  return { shop, login: made, user: add(shop, { name: user, type: 'S', sid: made.sid, schema: 'sales' }) }
}

test('a login and its user: properties, roles and permissions of every class, granted, with grant option, denied', async () => {
  await using server = await TdsServer.start()
  const { shop, login, user } = shopper(server)
  for (const [on, id] of things(shop)) {
    given(shop, user, 'G', on, 'VIEW DEFINITION', id)
    given(shop, user, 'W', on, 'CONTROL', id)
    given(shop, user, 'D', on, 'ALTER', id)
  }
  given(shop, user, 'G', 0, 'CREATE TABLE')
  given(shop, user, 'W', 0, 'VIEW DATABASE STATE')
  given(shop, user, 'D', 0, 'BACKUP DATABASE')
  // one column granted, one denied, one taken out of the table
  given(shop, user, 'G', 1, 'SELECT', 101, 0)
  given(shop, user, 'R', 1, 'SELECT', 101, 2)
  given(shop, user, 'D', 1, 'SELECT', 101, 3)
  given(shop, user, 'W', 1, 'UPDATE', 101, 2)
  for (const role of ['db_datareader', 'rôle]']) shop.members.push([find(shop, role)?.id as number, user.id])
  // and on the server
  server.state.endpoints.push({ endpoint_id: 4, name: 'TSQL ]x' })
  const operators = add(server.state, { name: 'oper]ators', type: 'R' })
  server.state.members.push([operators.id, login.id])
  given(server.state, login, 'W', 100, 'VIEW SERVER STATE')
  given(server.state, login, 'D', 100, 'ALTER TRACE')
  given(server.state, login, 'G', 101, 'IMPERSONATE', newLogin(server, 'an]other', 'x').id)
  given(server.state, login, 'D', 101, 'ALTER', operators.id)
  given(server.state, login, 'G', 105, 'CONNECT', 4)

  const expected = standingOf(shop, 'app user')
  const ofServer = standingOf(server.state, 'app')
  assert.equal(expected.length, 1 + 3 * 19 + 3 + 4 + 2)
  assert.equal(ofServer.length, 1 + 5 + 1)
  await clone(server, 'app', 'app_clone', "Cl'one]password1", 'shop')

  assert.deepEqual(standingOf(databaseNow(server, 'shop'), 'app user_clone'), expected)
  assert.deepEqual(standingOf(server.state, 'app_clone'), ofServer)
  assert.deepEqual(standingOf(databaseNow(server, 'shop'), 'app user'), expected)
  const { sid, database, language, policy, expiration } = find(server.state, 'app_clone') as Principal
  assert.deepEqual([database, language, policy, expiration], ['shop', 'Deutsch', true, false])
  const made = find(databaseNow(server, 'shop'), 'app user_clone')
  assert.deepEqual([made?.sid, made?.schema], [sid, 'sales'])
  assert.equal(accepts(server, 'app_clone', "Cl'one]password1", 'shop'), true)
  assert.equal(accepts(server, 'app', 'First-password1', 'shop'), true)

  // again: only the password
  server.statements.length = 0
  await clone(server, 'app', 'app_clone', 'Second-password1', 'shop')
  const changes = server.statements.filter((sql) => !/^(SELECT|set|EXECUTE AS|REVERT)\b/.test(sql))
  assert.deepEqual(changes, ['BEGIN', "ALTER LOGIN [app_clone] WITH PASSWORD=N'Second-password1'", 'COMMIT'])
  // and the other way round, with what the clone has got since
  const now = databaseNow(server, 'shop')
  given(now, find(now, 'app user_clone') as Principal, 'G', 1, 'EXECUTE', 102)
  await clone(server, 'app_clone', 'app', 'Third-password1', 'shop')
  assert.deepEqual(
    standingOf(databaseNow(server, 'shop'), 'app user'),
    standingOf(databaseNow(server, 'shop'), 'app user_clone'),
  )
  assert.equal(accepts(server, 'app', 'Third-password1', 'shop'), true)
  assert.equal(accepts(server, 'app', 'First-password1', 'shop'), false)
})

test('in master a login gets no user, and its rights on the server', async () => {
  await using server = await TdsServer.start()
  const login = newLogin(server, 'app', 'first')
  given(server.state, login, 'W', 100, 'VIEW SERVER STATE')
  given(server.state, login, 'G', 100, 'ALTER ANY LOGIN')
  await clone(server, 'app', 'app_clone', 'second')
  assert.deepEqual(standingOf(server.state, 'app_clone'), standingOf(server.state, 'app'))
  assert.equal(find(databaseNow(server, 'master'), 'app_clone'), undefined)
  assert.ok(!server.statements.some((sql) => sql.startsWith('USE')))
  assert.ok(server.statements.includes('GRANT VIEW SERVER STATE TO [app_clone] WITH GRANT OPTION'))
})

test('a user of a contained database: its own password, roles and permissions; no login is made', async () => {
  await using server = await TdsServer.start()
  const shop = newDatabase(server, 'shop', 1)
  const app = add(shop, {
    name: 'app',
    type: 'S',
    password: hashed('First-password1'),
    schema: 'sales',
    language: 'Deutsch',
  })
  for (const [on, id] of things(shop)) given(shop, app, 'G', on, 'CONTROL', id)
  shop.members.push([find(shop, 'db_owner')?.id as number, app.id])
  const logins = server.state.principals.length
  await clone(server, 'app', 'app_clone', 'Second-password1', 'shop')
  await clone(server, 'app', 'app_clone', 'Third-password1', 'shop')
  const now = databaseNow(server, 'shop')
  assert.deepEqual(standingOf(now, 'app_clone'), standingOf(now, 'app'))
  const made = find(now, 'app_clone')
  assert.deepEqual([made?.schema, made?.language], ['sales', 'Deutsch'])
  assert.equal(server.state.principals.length, logins)
  assert.equal(accepts(server, 'app_clone', 'Third-password1', 'shop'), true)
  assert.equal(accepts(server, 'app_clone', 'Second-password1', 'shop'), false)
})

test('a login with a user in a contained database stays a login', async () => {
  await using server = await TdsServer.start()
  const { sid } = newLogin(server, 'app', 'First-password1')
  add(newDatabase(server, 'shop', 1), { name: 'app', type: 'S', sid })
  await clone(server, 'app', 'app_clone', 'Second-password1', 'shop')
  assert.equal(find(databaseNow(server, 'shop'), 'app_clone')?.sid, find(server.state, 'app_clone')?.sid)
  assert.equal(accepts(server, 'app_clone', 'Second-password1', 'shop'), true)
})

test('a login that comes in without a user of its own gets a clone without one', async () => {
  await using server = await TdsServer.start()
  newDatabase(server, 'shop')
  const { id } = newLogin(server, 'admin', 'First-password1')
  server.state.members.push([find(server.state, 'sysadmin')?.id as number, id])
  await clone(server, 'admin', 'admin_clone', 'Second-password1', 'shop')
  assert.equal(accepts(server, 'admin_clone', 'Second-password1', 'shop'), true)
  assert.equal(
    databaseNow(server, 'shop').principals.some(({ name }) => name === 'admin_clone'),
    false,
  )
})

// Source: Manage Trigger Security (SQL Server): a DDL trigger has the rights of who sets it off
for (const containment of [0, 1])
  test(`triggers of the database do not get the rights of the superuser, containment ${containment}`, async () => {
    await using server = await TdsServer.start()
    const shop = newDatabase(server, 'shop', containment)
    const { sid } = newLogin(server, 'app', 'First-password1')
    add(shop, { name: 'app', type: 'S', sid, ...(containment === 0 ? {} : { password: hashed('First-password1') }) })
    const app = find(shop, 'app') as Principal
    shop.members.push([find(shop, 'db_owner')?.id as number, app.id])
    given(shop, app, 'G', 0, 'CREATE TABLE')
    shop.triggers.push({ name: 'audit', login: 'app' })
    const sysadmins = () => server.state.members.filter(([role]) => role === find(server.state, 'sysadmin')?.id).length
    for (const password of ['Second-password1', 'Third-password1']) {
      await clone(server, 'app', 'app_clone', password, 'shop')
      assert.equal(accepts(server, 'app_clone', password, 'shop'), true)
      assert.equal(sysadmins(), 1)
    }
    const now = databaseNow(server, 'shop')
    assert.deepEqual(standingOf(now, 'app_clone'), standingOf(now, 'app'))

    // without an owner nobody can be limited: not with triggers, without them as before
    now.ownerless = true
    now.members.length = 1
    now.principals.pop()
    server.state.principals = server.state.principals.filter(({ name }) => name !== 'app_clone')
    await assert.rejects(
      clone(server, 'app', 'app_clone', 'Fourth-password1', 'shop'),
      fault(/^the database has triggers \(audit\) that would run with all rights of the superuser/),
    )
    assert.equal(sysadmins(), 1)
    databaseNow(server, 'shop').triggers = []
    await clone(server, 'app', 'app_clone', 'Fourth-password1', 'shop')
    assert.equal(accepts(server, 'app_clone', 'Fourth-password1', 'shop'), true)
  })

test('what a rotation would do is said, and not done', async () => {
  await using server = await TdsServer.start()
  const { shop, user } = shopper(server)
  things(shop)
  given(shop, user, 'G', 3, 'SELECT', 5)
  shop.members.push([find(shop, 'db_owner')?.id as number, user.id])
  const contained = newDatabase(server, 'contained', 1)
  add(contained, { name: 'app', type: 'S', password: hashed('First-password1') })
  const examined = async (dbname: string, secret = saOf(server, { dbname })) => {
    const session = await sqlserver.connect(secret, signal)
    const before = JSON.stringify(server.state)
    try {
      return await session.examine?.('app', 'app_clone')
    } finally {
      await session.close()
      assert.equal(JSON.stringify(server.state), before)
    }
  }
  const ok = (what: string) => ({ state: 'ok', what })
  assert.deepEqual(await examined('shop'), [ok('the login app_clone would be made with 4 roles and permissions')])
  assert.deepEqual(await examined('contained'), [ok('the user app_clone would be made with 1 roles and permissions')])
  await clone(server, 'app', 'app_clone', 'Second-password1', 'shop')
  assert.deepEqual(await examined('shop'), [
    ok('the login app_clone is there, would get a password and 0 more roles and permissions'),
  ])
  const app = { ...saOf(server), username: 'app', password: new Secret('First-password1') }
  assert.deepEqual((await examined('master', app))?.[0], {
    state: 'wrong',
    what: 'the superuser may not make or change users: it lacks ALTER ANY LOGIN',
  })
  const now = databaseNow(server, 'shop')
  given(now, find(now, 'app user_clone') as Principal, 'G', 0, 'CONTROL')
  await assert.rejects(examined('shop'), fault(/which has rights that app user lacks: CONTROL$/))
})

// Source: rotation.md 8.6
test('a class that is not known is refused, and nothing is left of the clone', async () => {
  await using server = await TdsServer.start()
  const { shop, user, login } = shopper(server)
  given(shop, user, 'G', 29, 'CONTROL', 1)
  const before = JSON.stringify(server.state)
  await assert.rejects(
    clone(server, 'app', 'app_clone', 'Second-password1', 'shop'),
    fault('Invalid database permission class 29'),
  )
  assert.equal(JSON.stringify(server.state), before)
  shop.permissions.length = 0
  given(server.state, login, 'G', 108, 'CONTROL', 1)
  await assert.rejects(
    clone(server, 'app', 'app_clone', 'Second-password1', 'shop'),
    fault('Invalid server permission class 108'),
  )
  assert.equal(find(server.state, 'app_clone'), undefined)
})

test('a permission on what cannot be seen is not left out', async () => {
  await using server = await TdsServer.start()
  const { shop, user } = shopper(server)
  given(shop, user, 'G', 1, 'SELECT', 999)
  await assert.rejects(
    clone(server, 'app', 'app_clone', 'Second-password1', 'shop'),
    fault(/permission on a object schema that the superuser cannot see: it cannot be copied/),
  )
  assert.equal(find(server.state, 'app_clone'), undefined)
})

test('who has more rights than the current user is no clone of it: nothing is changed', async () => {
  await using server = await TdsServer.start()
  const { shop, user } = shopper(server)
  given(shop, user, 'G', 1, 'SELECT', 102)
  things(shop)
  const other = newLogin(server, 'app_clone', 'of-somebody-Else1')
  const password = 'Second-password1'
  const refused = (what: string) =>
    assert.rejects(
      clone(server, 'app', 'app_clone', password, 'shop'),
      fault(`Attempting to modify user ${what}`),
      what,
    )
  const lacks = (clone: string, original: string, what: string) =>
    refused(`${clone}, which has rights that ${original} lacks: ${what}`)

  server.state.members.push([find(server.state, 'securityadmin')?.id as number, other.id])
  await lacks('app_clone', 'app', 'securityadmin')
  server.state.members.pop()
  given(server.state, other, 'G', 100, 'ALTER ANY LOGIN')
  await lacks('app_clone', 'app', 'ALTER ANY LOGIN')
  server.state.permissions.pop()

  const its = add(shop, { name: 'somebody', type: 'S', sid: other.sid })
  shop.members.push([find(shop, 'db_owner')?.id as number, its.id])
  await lacks('somebody', 'app user', 'db_owner')
  shop.members.pop()
  given(shop, its, 'W', 1, 'SELECT', 102)
  given(shop, its, 'G', 4, 'IMPERSONATE', find(shop, 'some]one')?.id)
  // in the order of the catalog of the double: the last first
  await lacks('somebody', 'app user', 'IMPERSONATE ON USER::[some]]one], SELECT ON OBJECT::[dbo].[or.d]]ers]')
  assert.equal(accepts(server, 'app_clone', 'of-somebody-Else1', 'shop'), true)
  // denied to the one, granted to the other: the denial is passed on
  shop.permissions.length = 0
  given(shop, user, 'D', 1, 'SELECT', 102)
  given(shop, its, 'G', 1, 'SELECT', 102)
  await clone(server, 'app', 'app_clone', password, 'shop')
  assert.deepEqual(standingOf(databaseNow(server, 'shop'), 'somebody'), ['D 1/102/0 SELECT'])
  assert.equal(accepts(server, 'app_clone', password, 'shop'), true)
})

test('what stands in the way of a clone is said', async () => {
  await using server = await TdsServer.start()
  const { shop, user, login } = shopper(server)
  const password = 'Second-password1'
  const attempt = (original = 'app', other = 'app_clone') => clone(server, original, other, password, 'shop')
  await assert.rejects(attempt('nobody'), fault(/the current user is no login/))
  add(shop, { name: 'app user_clone', type: 'S' })
  await assert.rejects(attempt(), fault('the user app user_clone of the database is not one of the login app_clone'))
  shop.principals.pop()
  shop.principals.pop()
  shop.principals[0] = { ...(shop.principals[0] as Principal), sid: login.sid }
  await assert.rejects(attempt(), fault(/^app owns the database: ownership cannot be cloned/))
  shop.principals[0] = { ...(shop.principals[0] as Principal), sid: '01' }
  shop.principals.push({ ...user, name: 'u'.repeat(125) })
  await assert.rejects(
    attempt(),
    fault('Unable to clone user, username length with _clone appended would exceed 128 characters'),
  )
  shop.principals.pop()
  shop.principals.push(user)
  // a role of the server has the name; the server's own words, without the statement
  add(server.state, { name: 'app_clone', type: 'R' })
  await assert.rejects(attempt(), fault('SQL Server: 15025 a statement was refused', 'DatabaseError'))
  assert.equal(accepts(server, 'app', 'First-password1', 'shop'), true)

  const contained = newDatabase(server, 'contained', 1)
  add(contained, { name: 'app', type: 'S', password: hashed('x') })
  add(contained, { name: 'app_clone', type: 'R' })
  await assert.rejects(
    clone(server, 'app', 'app_clone', password, 'contained'),
    fault('app_clone is there, but is no user of the database with a password of its own'),
  )
})

test('a superuser that is none: the server refuses, in its words', async () => {
  await using server = await TdsServer.start()
  newLogin(server, 'app', 'first')
  const session = await sqlserver.connect({ ...saOf(server), username: 'app', password: new Secret('first') }, signal)
  await assert.rejects(session.setClone('app', 'app_clone', new Secret('x')), { name: 'FunctionFault' })
  await session.close()
  assert.equal(find(server.state, 'app_clone'), undefined)
})

test('names of any shape are cloned and change nothing else', async () => {
  await using server = await TdsServer.start()
  const part = fc.constantFrom(
    ']',
    '[',
    "'",
    '"',
    '\\',
    ';',
    '--',
    '/*',
    '\n',
    '.',
    '::',
    'é',
    '密',
    '😀',
    'a',
    'B',
    '] TO [sa',
  )
  const text = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''))
  const shop = newDatabase(server, 'shop')
  const ids = things(shop)
  let users = 0
  await fc.assert(
    fc.asyncProperty(text, text, text, fc.subarray(ids), async (shape, shape2, schema, some) => {
      const original = `${shape}${++users}`
      const { sid } = newLogin(server, original, 'first')
      const now = databaseNow(server, 'shop')
      now.securables.all_objects?.push({ object_id: 1000 + users, name: shape2, schema_id: 2000 + users })
      now.securables.schemas?.push({ schema_id: 2000 + users, name: `${schema}${users}` })
      const user = add(now, { name: `${shape2}${users}`, type: 'S', sid, schema })
      for (const [on, id] of some) given(now, user, 'G', on, 'CONTROL', id)
      given(now, user, 'W', 1, 'SELECT', 1000 + users)
      const permissions = now.permissions.length
      await clone(server, original, `${original}_clone`, 'second', 'shop')
      const after = databaseNow(server, 'shop')
      assert.deepEqual(standingOf(after, `${user.name}_clone`), standingOf(after, user.name))
      assert.equal(after.permissions.length, permissions + some.length + 2)
      assert.equal(accepts(server, `${original}_clone`, 'second', 'shop'), true)
    }),
    { numRuns: 25 },
  )
})

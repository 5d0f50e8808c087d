import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { mongodb } from './mongodb.ts'
import { fault } from './test/fault.ts'
import { as, failure, login, never, using } from './test/mongo/login.ts'
import { startMongo } from './test/mongo/server.ts'
import { MongoFault } from './test/mongo/users.ts'

/** The driver is the real one; the server is ours (test/mongo). Sources: rotation.md 8.2, 8.5, 8.6, 9. */

test('a clone gets the roles of all databases, restrictions, mechanisms and custom data, exactly', async () => {
  await using server = await startMongo()
  server.users.customRoles.add('reports@shop')
  const roles = [
    { role: 'reports', db: 'shop' },
    { role: 'readWrite', db: 'stock' },
    { role: 'backup', db: 'admin' },
  ]
  const more = {
    customData: { team: 'shop', since: new Date(0), limits: { a: 1.5, b: [1, 'x', null] }, pattern: /a.b/i },
    authenticationRestrictions: [{ clientSource: ['10.0.0.0/8', '127.0.0.1'], serverAddress: ['127.0.0.1'] }],
    mechanisms: ['SCRAM-SHA-256'],
  }
  server.users.add('app', 'shop', 'first', roles, more)
  await using(login(server, { usersOf: 'shop' }), (session) => session.setClone('app', 'app_clone', new Secret('p')))
  const { credentials: _, user, ...clone } = server.users.find('app_clone', 'shop') ?? assert.fail()
  const { credentials: __, user: ___, ...original } = server.users.find('app', 'shop') ?? assert.fail()
  assert.equal(user, 'app_clone')
  assert.deepEqual(JSON.parse(JSON.stringify(clone)), JSON.parse(JSON.stringify(original)))
  assert.equal(server.users.find('app_clone', 'admin'), undefined)
  // the second time its password only: what it may do is left alone
  await using(login(server, { usersOf: 'shop' }), (session) => session.setClone('app', 'app_clone', new Secret('q')))
  assert.equal(server.accepts('app_clone', 'q', 'shop'), true)
  assert.equal(server.asked.filter((name) => name === 'shop.createUser').length, 1)
})

test('a clone that may do more than the user who is logged in is left alone', async () => {
  await using server = await startMongo()
  server.users.add('app', 'admin', 'first', [{ role: 'read', db: 'shop' }])
  server.users.add('app_clone', 'admin', 'its own', [{ role: 'root', db: 'admin' }])
  await assert.rejects(
    using(login(server), (session) => session.setClone('app', 'app_clone', new Secret('chosen'))),
    fault('Attempting to modify user app_clone, which has rights that app lacks: root on admin'),
  )
  assert.equal(server.accepts('app_clone', 'its own'), true)
})

test('a dry run says what would become of the clone, and changes nothing', async () => {
  await using server = await startMongo()
  server.users.add('app', 'shop', 'first', [{ role: 'read', db: 'shop' }])
  server.users.add('far', 'shop', 'first', [])
  server.users.add('far_clone', 'shop', 'first', [{ role: 'userAdmin', db: 'stock' }])
  const found = (original: string) =>
    using(login(server, { usersOf: 'shop' }), async (session) => session.examine?.(original, `${original}_clone`))
  const made = 'the user app_clone of the database shop would be made with 1 roles'
  assert.deepEqual(await found('app'), [{ state: 'ok', what: made }])
  assert.deepEqual(await found('nobody'), [{ state: 'wrong', what: 'there is no user nobody in the database shop' }])
  const more = 'far_clone has rights that far lacks: userAdmin on stock'
  assert.deepEqual(await found('far'), [{ state: 'wrong', what: more }])
  server.users.add('app_clone', 'shop', 'its own', [])
  const there = 'the user app_clone of the database shop is there, and would get a password'
  assert.deepEqual(await found('app'), [{ state: 'ok', what: there }])
  assert.equal(server.accepts('app_clone', 'its own', 'shop'), true)
})

test('what a server says of a user and we do not understand is not copied: no clone is made', async () => {
  const said = [
    { roles: 'all' },
    { roles: [{ role: 'read' }] },
    { roles: [], mechanisms: ['PLAIN'] },
    { roles: [], authenticationRestrictions: [[{ clientSource: ['10.0.0.0/8'] }], [{ serverAddress: ['10.0.0.1'] }]] },
    { roles: [], authenticationRestrictions: [{ clientSource: '10.0.0.0/8' }] },
    { roles: [], authenticationRestrictions: [{ other: ['x'] }] },
    { roles: [], user: 'another' },
  ]
  for (const part of said) {
    await using server = await startMongo()
    const find = server.users.run.bind(server.users)
    server.users.run = (db, command, who) =>
      'usersInfo' in command ? { users: [{ user: 'app', db, ...part }] } : find(db, command, who)
    await assert.rejects(
      using(login(server), (session) => session.setClone('app', 'app_clone', new Secret('x'))),
      fault('what the database says of the user cannot be copied to a clone'),
    )
    assert.ok(!server.asked.includes('admin.createUser'))
  }
})

test('restrictions in brackets of their own, as MongoDB describes those of roles, are the same', async () => {
  await using server = await startMongo()
  const authenticationRestrictions = [{ clientSource: ['127.0.0.1'] }]
  server.users.add('app', 'admin', 'first', [], { authenticationRestrictions: [authenticationRestrictions] })
  await using(login(server), (session) => session.setClone('app', 'app_clone', new Secret('p')))
  assert.deepEqual(server.users.find('app_clone', 'admin')?.authenticationRestrictions, authenticationRestrictions)
})

test('an error tells its number and its words, and no password', async () => {
  await using server = await startMongo()
  server.users.add('weak', 'admin', 'of the weak', [])
  await assert.rejects(
    using(login(server, as('weak', 'of the weak')), (s) =>
      s.setOwnPassword('weak', new Secret('new one'), new Secret('x')),
    ),
    fault(/^MongoDB: 13 Unauthorized not authorized on admin to execute command/, 'DatabaseError'),
  )
  await assert.rejects(
    using(login(server), (session) => session.setClone('nobody', 'nobody_clone', new Secret('x'))),
    fault('the user nobody is not among the users of the database admin'),
  )
  server.next('updateUser', new MongoFault(1, 'InternalError', 'cannot do { pwd: "the new one" }'))
  await assert.rejects(
    using(login(server), (session) => session.setOwnPassword('chief', new Secret('the new one'), new Secret('x'))),
    fault('MongoDB: 1 InternalError (what the database said holds a secret and is not shown)', 'DatabaseError'),
  )
  server.next('updateUser', new MongoFault(10_107, 'NotWritablePrimary', 'not primary'))
  await assert.rejects(
    using(login(server), (session) => session.setOwnPassword('chief', new Secret('the new one'), new Secret('x'))),
    fault(
      /^MongoDB: 10107 NotWritablePrimary not primary \(the host of the secret must be the primary/,
      'DatabaseError',
    ),
  )
  server.next('saslStart', new MongoFault(18, 'AuthenticationFailed', 'no: "very secret"\n[ERROR] forged'))
  await assert.rejects(
    mongodb.connect(login(server, as('nobody', 'very secret')), never),
    failure('auth', /^18 [^\n]*$/),
  )
})

test('a connection that is cut before or after the change: an error, and what is in the database is whole', async () => {
  await using server = await startMongo()
  server.users.add('app', 'admin', 'first', [{ role: 'read', db: 'shop' }])
  const clone = () => using(login(server), (session) => session.setClone('app', 'app_clone', new Secret('made')))
  server.next('createUser', 'cut before')
  await assert.rejects(clone(), fault(/^MongoDB: /, 'DatabaseError'))
  assert.equal(server.users.find('app_clone', 'admin'), undefined)
  server.next('createUser', 'cut after')
  await assert.rejects(clone(), fault(/^MongoDB: /, 'DatabaseError'))
  assert.equal(server.accepts('app_clone', 'made'), true)
  assert.deepEqual(server.users.find('app_clone', 'admin')?.roles, [{ role: 'read', db: 'shop' }])
  // nothing was sent twice by the driver
  assert.equal(server.asked.filter((name) => name === 'admin.createUser').length, 2)
  await server.closed()
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { builtIn, builtInNames } from './index.ts'
import { type Engine, NotConnected, type Session } from './function.ts'
import { postgres } from './postgres.ts'
import { singleUser } from './single-user.ts'
import { passwordOptions } from './environment.ts'
import { FakeSecrets, run } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { told } from './untold.ts'

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })
const json = { engine: 'postgres', host: 'h', username: 'app', password: 'the current one' }
const rotate = singleUser(postgres)

function setUp(value: string = JSON.stringify(json)): FakeSecrets {
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', value, 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return secrets
}

test('before every step: the guards, in the words of the published functions. Source: rotation.md 4', async () => {
  for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) {
    const secrets = setUp()
    const refused = (token: string, message: string) =>
      assert.rejects(run(rotate, secrets, event(token), [step]), fault(message))
    await refused('v9', `Secret version v9 has no stage for rotation of secret ${ARN}.`)
    await refused('constructor', `Secret version constructor has no stage for rotation of secret ${ARN}.`)
    secrets.put(ARN, 'v3', '{}', 'MINE')
    await refused('v3', `Secret version v3 not set as AWSPENDING for rotation of secret ${ARN}.`)
    assert.deepEqual(await run(rotate, secrets, event('v1'), [step]), [
      `Secret version v1 already set as AWSCURRENT for secret ${ARN}.`,
    ])
    secrets.disable(ARN)
    await refused('v2', `Secret ${ARN} is not enabled for rotation`)
  }
  const unknown = run(rotate, setUp(), event('v2'), ['create_secret'])
  await assert.rejects(unknown, fault(`Invalid step parameter create_secret for secret ${ARN}`))
})

test('a secret that was never configured has no RotationEnabled: that is fine', async () => {
  const secrets = setUp()
  const { VersionIdsToStages } = await secrets.describeSecret(ARN)
  const plain = Object.assign(secrets, { describeSecret: async () => ({ VersionIdsToStages }) })
  await run(rotate, plain, event('v2'), ['createSecret'])
  assert.equal(secrets.asked.length, 1)
})

test('createSecret keeps the order of keys and all other values, and asks for a password by the environment', async () => {
  const text = '{"zone": 1.0, "password":"old", "username":"app","host":"h","engine":"postgres","2":"x"}'
  const secrets = setUp(text)
  secrets.passwords.push('new one')
  await run(rotate, secrets, event('v2'), ['createSecret'], { PASSWORD_LENGTH: '40', EXCLUDE_NUMBERS: 'Yes' })
  assert.equal(secrets.text(ARN, 'AWSPENDING'), text.replace('"old"', '"new one"'))
  assert.deepEqual(secrets.asked, [
    {
      PasswordLength: 40,
      ExcludeCharacters: ':/@"\'\\',
      ExcludeNumbers: true,
      ExcludePunctuation: false,
      ExcludeUppercase: false,
      ExcludeLowercase: false,
      RequireEachIncludedType: true,
    },
  ])
})

test('createSecret leaves a pending value that is there, and refuses one that is broken', async () => {
  const secrets = setUp()
  secrets.put(ARN, 'v2', JSON.stringify({ ...json, password: 'chosen by hand' }), 'AWSPENDING')
  await run(rotate, secrets, event('v2'), ['createSecret'])
  assert.equal(secrets.json(ARN, 'AWSPENDING').password, 'chosen by hand')
  assert.deepEqual(secrets.asked, [])
  secrets.put(ARN, 'v2', '{"engine":"postgres"}', 'AWSPENDING')
  const trying = run(rotate, secrets, event('v2'), ['createSecret'])
  await assert.rejects(trying, fault('host key is missing from secret JSON', 'KeyError'))
})

test('a current value that is no JSON fails createSecret, and no password is made', async () => {
  const secrets = setUp('hunter2')
  const trying = run(rotate, secrets, event('v2'), ['createSecret'])
  await assert.rejects(trying, fault('the secret value is not JSON', 'JSONDecodeError'))
  assert.deepEqual(secrets.asked, [])
})

test('finishSecret moves the label once; repeated, it has nothing to do', async () => {
  const secrets = setUp()
  secrets.put(ARN, 'v2', JSON.stringify(json), 'AWSPENDING')
  await run(rotate, secrets, event('v2'), ['finishSecret', 'finishSecret'])
  assert.deepEqual(secrets.stages(ARN), { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT', 'AWSPENDING'] })
})

test('booleans and numbers of the environment. Source: rotation.md 8.3', () => {
  const of = (name: string, value: string) => passwordOptions(postgres, new Map([[name, value]]))
  for (const yes of ['true', 'TRUE', '1', 'y', 'YES'])
    assert.equal(of('EXCLUDE_PUNCTUATION', yes).ExcludePunctuation, true)
  for (const no of ['false', '0', '', 'on'])
    assert.equal(of('REQUIRE_EACH_INCLUDED_TYPE', no).RequireEachIncludedType, false)
  assert.equal(of('EXCLUDE_CHARACTERS', '').ExcludeCharacters, '')
  assert.equal(of('EXCLUDE_UPPERCASE', 'true').ExcludeUppercase, true)
  assert.equal(of('EXCLUDE_LOWERCASE', 'true').ExcludeLowercase, true)
  for (const wrong of ['', 'x', '-1', '1e3'])
    assert.throws(
      () => of('PASSWORD_LENGTH', wrong),
      fault('PASSWORD_LENGTH of the environment must be a whole number'),
    )
})

/** An engine whose logins go as the test says; it counts what is left open. */
function engineOf(login: (password: string) => NotConnected | Error | undefined, failing?: Error) {
  const seen = { open: 0, tried: [] as string[], set: [] as string[] }
  const engine: Engine = {
    ...postgres,
    async connect({ password }) {
      seen.tried.push(password.reveal())
      const problem = login(password.reveal())
      if (problem !== undefined) throw problem
      seen.open++
      const session: Session = {
        async probe() {
          if (failing !== undefined) throw failing
        },
        async setOwnPassword(_, next, current) {
          if (failing !== undefined) throw failing
          seen.set.push(`${current.reveal()} > ${next.reveal()}`)
        },
        async setClone() {},
        async close() {
          seen.open--
        },
      }
      return session
    },
  }
  return { seen, rotate: singleUser(engine) }
}

const prepared = (): FakeSecrets => {
  const secrets = setUp(JSON.stringify({ ...json, password: 'previous' }))
  secrets.put(ARN, 'v1b', JSON.stringify(json), 'AWSCURRENT')
  secrets.put(ARN, 'v2', JSON.stringify({ ...json, password: 'pending' }), 'AWSPENDING')
  return secrets
}

test('older passwords are tried after a wrong one only. Source: rotation.md 9', async () => {
  for (const failure of ['tls', 'network', 'missing database', 'other', 'not admitted'] as const) {
    const { seen, rotate } = engineOf(() => new NotConnected(failure, 'no'))
    const trying = run(rotate, prepared(), event('v2'), ['setSecret'])
    await assert.rejects(trying, fault(/AWSPENDING secret of .*: no$/, 'OperationalError'))
    assert.deepEqual(seen.tried, ['pending'])
  }
  const { seen, rotate } = engineOf((password) =>
    password === 'previous' ? undefined : new NotConnected('auth', 'no'),
  )
  await run(rotate, prepared(), event('v2'), ['setSecret'])
  assert.deepEqual(seen.tried, ['pending', 'the current one', 'previous'])
  // with the password that it logged in with. Source: rotation.md 8.7
  assert.deepEqual(seen.set, ['previous > pending'])
  assert.equal(seen.open, 0)
})

test('what a driver says is not told when it holds a password; sessions are closed', async () => {
  const leaks = ["syntax error near 'pending'", 'bad: the current one']
  for (const text of leaks) {
    const { seen, rotate } = engineOf(
      (password) => (password === 'pending' ? new NotConnected('auth', 'x') : undefined),
      new Error(text),
    )
    const trying = run(rotate, prepared(), event('v2'), ['setSecret'])
    await assert.rejects(trying, fault('(what the database said holds a secret and is not shown)', 'Error'))
    assert.equal(seen.open, 0)
  }
  const { rotate } = engineOf(() => new NotConnected('network', 'no way to pending:5432'))
  const trying = run(rotate, prepared(), event('v2'), ['testSecret'])
  await assert.rejects(trying, fault(/network: \(what the database said/, 'OperationalError'))
})

test('a password is recognised in whatever way it is quoted', () => {
  const secret = new Secret(`a'b"c\\d e`)
  const shown = (text: string) => !told(text, [secret]).startsWith('(what the database said')
  for (const text of [
    `a'b"c\\d e`,
    `'a''b"c\\d e'`,
    `E'a''b"c\\\\d e'`,
    `a\\'b"c\\\\d e`,
    `a'b\\"c\\\\d e`,
    `a'b""c\\d e`,
  ])
    assert.equal(shown(text), false, text)
  assert.equal(shown(encodeURIComponent(secret.reveal())), false)
  assert.equal(told('one\r\ntwo\u001b[31m', []), 'one two [31m')
  assert.equal(told('x'.repeat(600), []).length, 500)
})

test('the functions bear the published names', () => {
  for (const name of ['SecretsManagerRDSPostgreSQLRotationSingleUser', 'SecretsManagerRDSPostgreSQLRotationMultiUser'])
    assert.equal(typeof builtIn(name), 'function')
  assert.equal(builtIn('SecretsManagerRDSPostgreSQLRotation'), undefined)
  assert.equal(builtIn('__proto__'), undefined)
  assert.ok(builtInNames.includes('SecretsManagerRDSMariaDBRotationMultiUser'))
})

test('a function loads its driver when it runs', async () => {
  const secrets = setUp()
  const mysql = builtIn('SecretsManagerRDSMySQLRotationSingleUser')
  assert.ok(mysql)
  await assert.rejects(
    run(mysql, secrets, event('v2'), ['createSecret']),
    fault("Database engine must be set to 'mysql' in order to use this rotation lambda", 'KeyError'),
  )
  const own = builtIn('SecretsManagerRDSPostgreSQLRotationSingleUser')
  assert.ok(own)
  await run(own, secrets, event('v2'), ['createSecret'])
  assert.equal(secrets.asked.length, 1)
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { RDS } from '@aws-sdk/client-rds'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { Secret } from '#kernel/values/bytes'
import { startRig } from '../../functions/test/postgres-rig.ts'
import { registerWith } from '../../services/rds/test/registering.ts'
import { selfSigned } from '../certificate.ts'
import { mariadbMissing, startMariadb } from '../mariadb.ts'
import { postgresMissing } from '../postgres.ts'
import { clientsOf, labelsOf, refused, region, session, version } from './session.ts'

/**
 * Passwords of master users that the server keeps: the unmodified SDK, a started server, real databases. Sources: rotation.md 8.5,
 * 11; surroundings.md 7; secretsmanager.md 13.
 */

const { server, secrets, iam } = await session()
const rds = new RDS({ endpoint: server.url, region, credentials: server.credentials })
after(() => rds.destroy())

interface Login {
  readonly username: string
  readonly password: string
}

/** A database with the superuser `chief`, whose password is `the-first-one`. */
interface Database extends AsyncDisposable {
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly ca?: string
  accepts(login: Login): Promise<boolean>
  stop(): Promise<void>
  start(): Promise<void>
}

const first = { username: 'chief', password: 'the-first-one' }

async function postgres(): Promise<Database> {
  const rig = await startRig()
  await rig.sql(`create role chief superuser login password 'the-first-one'`)
  return {
    ...rig,
    engine: 'postgres',
    host: '127.0.0.1',
    accepts: ({ username, password }) => rig.accepts(username, password),
  }
}

async function mariadb(): Promise<Database> {
  const rig = await startMariadb()
  const { host, port } = rig
  await rig.run(
    `create user chief@'%' identified by 'the-first-one'`,
    `grant all on *.* to chief@'%' with grant option`,
  )
  return {
    ...rig,
    engine: 'mariadb',
    async accepts({ username, password }) {
      try {
        await (await mysql.createConnection({ host, port, user: username, password })).end()
        return true
      } catch (error) {
        if ((error as { code?: string }).code === 'ER_ACCESS_DENIED_ERROR') return false
        throw error
      }
    },
  }
}

async function current(SecretId: string): Promise<Login> {
  const { SecretString = '' } = await secrets.getSecretValue({ SecretId })
  return JSON.parse(SecretString) as Login
}

/** Registers a database over the wire, the server keeping its password. */
async function managed(id: string, { engine, host, port }: Database) {
  const { DBInstance } = await rds.createDBInstance({
    DBInstanceIdentifier: id,
    DBInstanceClass: 'db.t3.micro',
    Engine: engine,
    MasterUsername: first.username,
    MasterUserPassword: first.password,
    ManageMasterUserPassword: true,
    Port: port,
    Tags: [{ Key: 'strongroom:host', Value: host }],
  })
  assert.ok(DBInstance?.MasterUserSecret?.SecretArn)
  return { instance: DBInstance, SecretId: DBInstance.MasterUserSecret.SecretArn }
}

const status = async (id: string) =>
  (await rds.describeDBInstances({ DBInstanceIdentifier: id })).DBInstances?.[0]?.MasterUserSecret?.SecretStatus

const missing = postgresMissing() ?? mariadbMissing() ?? false

for (const [name, make] of Object.entries({ postgres, mariadb })) {
  test(`${name}: the password that people know is replaced at once, then every 7 days, without a function`, {
    skip: missing,
  }, async () => {
    await using database = await make()
    const id = `managed-${name}`
    const { instance, SecretId } = await managed(id, database)
    assert.equal(instance.MasterUserSecret?.SecretStatus, 'creating')
    assert.match(instance.MasterUserSecret?.KmsKeyId ?? '', /^arn:aws:kms:us-east-1:\d{12}:key\//)
    const described = await secrets.describeSecret({ SecretId })
    assert.match(described.Name ?? '', /^rds!db-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.equal(described.OwningService, 'rds')
    assert.equal(described.RotationEnabled, true)
    assert.equal(described.RotationLambdaARN, undefined)
    assert.equal(described.RotationRules?.AutomaticallyAfterDays, 7)
    assert.deepEqual(described.Tags, [
      { Key: 'aws:secretsmanager:owningService', Value: 'rds' },
      { Key: 'aws:rds:primaryDBInstanceArn', Value: instance.DBInstanceArn },
    ])

    await server.clock.advance({ seconds: 5 })
    assert.equal(await status(id), 'active')
    const second = await current(SecretId)
    assert.deepEqual(Object.keys(second), ['username', 'password'])
    assert.deepEqual([second.username, second.password.length], ['chief', 32])
    assert.deepEqual([await database.accepts(first), await database.accepts(second)], [false, true])

    await server.clock.advance({ days: 8 })
    const third = await current(SecretId)
    assert.deepEqual([await database.accepts(second), await database.accepts(third)], [false, true])

    // at once: by RotateSecret, with other rules, or by RDS
    await secrets.rotateSecret({
      SecretId,
      ClientRequestToken: version(1),
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
    })
    await server.clock.advance({ seconds: 5 })
    const fourth = await current(SecretId)
    assert.ok(await database.accepts(fourth))
    assert.deepEqual((await labelsOf(secrets, SecretId))[version(1)], ['AWSCURRENT', 'AWSPENDING'])
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, RotateMasterUserPassword: true, ApplyImmediately: true })
    await server.clock.advance({ seconds: 5 })
    const fifth = await current(SecretId)
    assert.notEqual(fifth.password, fourth.password)
    assert.ok(await database.accepts(fifth))
    await server.clock.advance({ days: 8 })
    assert.deepEqual(await current(SecretId), fifth, 'every 30 days from now on')

    // turned off: the password that is chosen is set, and the secret is gone
    await rds.modifyDBInstance({
      DBInstanceIdentifier: id,
      ManageMasterUserPassword: false,
      MasterUserPassword: 'chosen-by-hand',
    })
    await server.clock.advance({ seconds: 5 })
    assert.ok(await database.accepts({ username: 'chief', password: 'chosen-by-hand' }))
    assert.equal(await database.accepts(fifth), false)
    assert.equal(await status(id), undefined)
    const gone = "Secrets Manager can't find the specified secret."
    await refused(secrets.describeSecret({ SecretId }), 'ResourceNotFoundException', gone)

    // and on again
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, ManageMasterUserPassword: true })
    await server.clock.advance({ seconds: 5 })
    assert.equal(await status(id), 'active')
    assert.equal(await database.accepts({ username: 'chief', password: 'chosen-by-hand' }), false)
    assert.doesNotMatch(server.log(), /the-first-one|chosen-by-hand/)
  })
}

test('a managed secret is its keeper’s: values, labels and existence are not for others, tags and policies are', {
  skip: missing,
}, async () => {
  await using database = await postgres()
  const { SecretId } = await managed('guarded', database)
  await server.clock.advance({ seconds: 5 })
  const held = await current(SecretId)
  const text = 'This secret is managed by rds, and you must use that service to update it.'
  const before = await labelsOf(secrets, SecretId)
  const [VersionId = ''] = Object.keys(before)
  for (const call of [
    () => secrets.putSecretValue({ SecretId, SecretString: 'mine' }),
    () => secrets.putSecretValue({ SecretId, SecretString: 'mine', VersionStages: ['MINE'] }),
    () => secrets.updateSecret({ SecretId, SecretString: 'mine' }),
    () => secrets.updateSecret({ SecretId, Description: 'mine' }),
    () => secrets.updateSecretVersionStage({ SecretId, VersionStage: 'MINE', MoveToVersionId: VersionId }),
    () => secrets.deleteSecret({ SecretId }),
    () => secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true }),
    () => secrets.cancelRotateSecret({ SecretId }),
  ])
    await refused(call(), 'InvalidRequestException', text)
  await refused(
    secrets.rotateSecret({
      SecretId,
      RotationLambdaARN: `arn:aws:lambda:us-east-1:${server.account}:function:SecretsManagerRDSPostgreSQLRotationSingleUser`,
    }),
    'InvalidRequestException',
    'Rotation Lambda ARN is not supported for a service-managed secret.',
  )
  assert.deepEqual([await current(SecretId), await labelsOf(secrets, SecretId)], [held, before])

  await secrets.tagResource({ SecretId, Tags: [{ Key: 'team', Value: 'blue' }] })
  const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:RestoreSecret', Resource: '*' }]
  await secrets.putResourcePolicy({ SecretId, ResourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement }) })
  await secrets.deleteResourcePolicy({ SecretId })
  await assert.rejects(
    secrets.tagResource({ SecretId, Tags: [{ Key: 'aws:rds:primaryDBInstanceArn', Value: 'another' }] }),
    /aws:/,
  )
  await assert.rejects(secrets.untagResource({ SecretId, TagKeys: ['aws:rds:primaryDBInstanceArn'] }), /aws:/)
  const { Tags = [] } = await secrets.describeSecret({ SecretId })
  assert.deepEqual(
    Tags.map(({ Key }) => Key),
    ['aws:secretsmanager:owningService', 'aws:rds:primaryDBInstanceArn', 'team'],
  )
  const listed = await secrets.listSecrets({ Filters: [{ Key: 'owning-service', Values: ['rds'] }] })
  assert.ok(listed.SecretList?.some(({ ARN }) => ARN === SecretId))

  // forgotten, its server goes on: the secret can be had back, and is nobody's but its owner's
  await rds.deleteDBInstance({ DBInstanceIdentifier: 'guarded', SkipFinalSnapshot: true })
  assert.ok((await secrets.describeSecret({ SecretId })).DeletedDate)
  await secrets.restoreSecret({ SecretId })
  assert.deepEqual(await current(SecretId), held)
  const { OwningService, Tags: left } = await secrets.describeSecret({ SecretId })
  assert.deepEqual([OwningService, left], [undefined, [{ Key: 'team', Value: 'blue' }]])
  await secrets.putSecretValue({ SecretId, SecretString: 'mine' })
})

test('three runs that fail make it impaired; it heals when the database is there again', {
  skip: missing,
}, async () => {
  await using database = await postgres()
  const { SecretId } = await managed('impaired', database)
  await server.clock.advance({ seconds: 5 })
  await database.stop()
  await rds.modifyDBInstance({
    DBInstanceIdentifier: 'impaired',
    RotateMasterUserPassword: true,
    ApplyImmediately: true,
  })
  await server.clock.advance({ seconds: 5 })
  assert.equal(await status('impaired'), 'rotating')
  await server.clock.advance({ minutes: 2 })
  assert.equal(await status('impaired'), 'rotating')
  await server.clock.advance({ minutes: 10 })
  assert.equal(await status('impaired'), 'impaired')
  await assert.rejects(
    rds.modifyDBInstance({
      DBInstanceIdentifier: 'impaired',
      ManageMasterUserPassword: false,
      MasterUserPassword: 'chosen-by-hand',
    }),
    { name: 'InvalidDBInstanceStateFault' },
  )
  await database.start()
  await server.clock.advance({ minutes: 30 })
  assert.equal(await status('impaired'), 'active')
  assert.ok(await database.accepts(await current(SecretId)))
})

test('alternating users with a managed superuser: the host is found by the tag of its secret', {
  skip: missing,
}, async () => {
  await using database = await postgres()
  const { host, port } = database
  const { SecretId: masterarn } = await managed('found-by-tag', database)
  await server.clock.advance({ seconds: 5 })
  const chief = await current(masterarn)
  const client = new pg.Client({
    host,
    port,
    user: chief.username,
    password: chief.password,
    database: 'postgres',
  })
  await client.connect()
  await client.query(`create role app login password 'of-the-app'`)
  await client.end()
  const SecretId = 'app/alternating'
  const app = { engine: 'postgres', host, port, username: 'app', password: 'of-the-app', masterarn }
  await secrets.createSecret({ Name: SecretId, SecretString: JSON.stringify(app) })
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: `arn:aws:lambda:us-east-1:${server.account}:function:SecretsManagerRDSPostgreSQLRotationMultiUser`,
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  await server.clock.advance({ seconds: 5 })
  const next = await current(SecretId)
  assert.equal(next.username, 'app_clone')
  assert.ok(await database.accepts(next))
})

const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${server.account}:function:${name}`

test('a login at a registered replica is one on the superuser’s own database; on a stranger’s it is not', {
  skip: missing,
}, async () => {
  await using database = await startMariadb()
  const { port, root } = database
  await database.run(`create database replicated`, `create user app@'%' identified by 'of-the-app'`)
  const engine = 'mariadb'
  // the same server at both addresses: as near to a replica as one machine gets
  const login = (host: string, who: Login) => ({ engine, host, port, ...who })
  const { ARN: masterarn } = await secrets.createSecret({
    Name: 'replica/master',
    SecretString: JSON.stringify(login('127.0.0.1', root)),
  })
  const SecretId = 'replica/app'
  const app = { ...login('127.0.0.2', { username: 'app', password: 'of-the-app' }), masterarn }
  await secrets.createSecret({ Name: SecretId, SecretString: JSON.stringify(app) })
  await registerWith(server, { kind: 'instance', id: 'replica-source', engine, host: '127.0.0.1', port })
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: functionArn('SecretsManagerRDSMariaDBRotationMultiUser'),
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  await server.clock.advance({ seconds: 5 })
  assert.equal((await current(SecretId)).username, 'app')

  await registerWith(server, {
    ...{ kind: 'instance', id: 'replica-copy', engine, host: '127.0.0.2', port, replicaOf: 'replica-source' },
  })
  await server.clock.advance({ minutes: 2 })
  assert.equal((await current(SecretId)).username, 'app_clone')
})

test('a registered certificate authority is believed for its host, with no key in the secret', {
  skip: missing,
}, async () => {
  const tls = selfSigned()
  await using rig = await startRig({ tls })
  await rig.sql(`create role app login password 'of-the-app'`)
  const SecretId = 'authority/app'
  const app = {
    engine: 'postgres',
    host: '127.0.0.1',
    port: rig.port,
    ssl: true,
    username: 'app',
    password: 'of-the-app',
  }
  await secrets.createSecret({ Name: SecretId, SecretString: JSON.stringify(app) })
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: functionArn('SecretsManagerRDSPostgreSQLRotationSingleUser'),
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  await server.clock.advance({ seconds: 5 })
  assert.deepEqual(await current(SecretId), app, 'nobody signed it that is known')
  await registerWith(server, {
    ...{
      kind: 'instance',
      id: 'authority',
      engine: 'postgres',
      host: '127.0.0.1',
      port: rig.port,
      ca: tls.certificate,
    },
  })
  await server.clock.advance({ minutes: 2 })
  const next = await current(SecretId)
  assert.notEqual(next.password, app.password)
  assert.ok(await rig.accepts(next.username, next.password))
})

test('the database is looked up with the rights of who set the rotation up', { skip: missing }, async () => {
  await using database = await postgres()
  const { host, port } = database
  const { SecretId: masterarn } = await managed('looked-up', database)
  await server.clock.advance({ seconds: 5 })
  await iam.createUser({ UserName: 'rotator' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'rotator' })
  const allow = (Action: string[]) =>
    iam.putUserPolicy({
      UserName: 'rotator',
      PolicyName: 'Mine',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } }),
    })
  const enough = ['secretsmanager:*', 'lambda:InvokeFunction', 'kms:*']
  await allow(enough)
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const theirs = clientsOf(server, credentials)
  after(() => theirs.destroy())
  const chief = await current(masterarn)
  const client = new pg.Client({ host, port, user: chief.username, password: chief.password, database: 'postgres' })
  await client.connect()
  await client.query(`create role app login password 'of-the-app'`)
  await client.end()
  const SecretId = 'rights/app'
  const app = { engine: 'postgres', host, port, username: 'app', password: 'of-the-app', masterarn }
  await theirs.secrets.createSecret({ Name: SecretId, SecretString: JSON.stringify(app) })
  await theirs.secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: functionArn('SecretsManagerRDSPostgreSQLRotationMultiUser'),
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  await server.clock.advance({ seconds: 5 })
  assert.equal((await current(SecretId)).username, 'app')
  await allow([...enough, 'rds:DescribeDBInstances'])
  await server.clock.advance({ minutes: 2 })
  assert.equal((await current(SecretId)).username, 'app_clone')
})

test('clusters have managed passwords too, those of Redshift with tags and names of their own', {
  skip: missing,
}, async () => {
  await using database = await postgres()
  const { host, port } = database
  await registerWith(
    server,
    { kind: 'cluster', id: 'books', engine: 'aurora-postgresql', host, port, username: first.username },
    new Secret(first.password),
  )
  await rds.modifyDBCluster({ DBClusterIdentifier: 'books', ManageMasterUserPassword: true })
  await server.clock.advance({ seconds: 5 })
  const { DBClusters } = await rds.describeDBClusters({ DBClusterIdentifier: 'books' })
  const { SecretArn: SecretId = '', SecretStatus } = DBClusters?.[0]?.MasterUserSecret ?? {}
  assert.equal(SecretStatus, 'active')
  const { Name, Tags } = await secrets.describeSecret({ SecretId })
  assert.match(Name ?? '', /^rds!cluster-[0-9a-f-]{36}$/)
  assert.deepEqual(Tags?.at(-1), { Key: 'aws:rds:primaryDBClusterArn', Value: DBClusters?.[0]?.DBClusterArn })
  assert.deepEqual([await database.accepts(first), await database.accepts(await current(SecretId))], [false, true])

  // PostgreSQL stands in for Redshift, whose protocol it is
  const chief = await current(SecretId)
  for (const [kind, name, tag] of [
    ['redshift', /^redshift!cluster-/, 'aws:redshift:primaryClusterArn'],
    ['serverless', /^redshift!namespace-/, 'aws:redshift-serverless:namespaceArn'],
  ] as const) {
    const user = `of_${kind}`
    const client = new pg.Client({ host, port, user: chief.username, password: chief.password, database: 'postgres' })
    await client.connect()
    await client.query(`create role ${user} login password 'the-first-one'`)
    await client.end()
    const { secretArn = '' } = await registerWith(
      server,
      { kind, id: kind, engine: 'redshift', host, port, dbname: 'postgres', username: user },
      new Secret(first.password),
      { kmsKeyId: undefined },
    )
    await server.clock.advance({ seconds: 5 })
    const kept = await secrets.describeSecret({ SecretId: secretArn })
    assert.match(kept.Name ?? '', name)
    assert.deepEqual([kept.OwningService, kept.Tags?.at(-1)?.Key], ['redshift', tag])
    assert.deepEqual(
      [
        await database.accepts({ username: user, password: first.password }),
        await database.accepts(await current(secretArn)),
      ],
      [false, true],
    )
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

const wanted = {
  DBInstanceIdentifier: 'Shop',
  DBInstanceClass: 'db.t3.micro',
  Engine: 'mysql',
  MasterUsername: 'root',
  Tags: [{ Key: 'strongroom:host', Value: 'db.example.com' }],
}

test('CreateDBInstance registers what the tag names; without it no server can be made', async () => {
  await using t = await trial()
  const { DBInstance } = await t.call('CreateDBInstance', { ...wanted, Port: 3307, DBName: 'shop' })
  assert.deepEqual(
    [DBInstance.DBInstanceIdentifier, DBInstance.Endpoint, DBInstance.DBName, DBInstance.TagList],
    ['shop', { Address: 'db.example.com', Port: 3307 }, 'shop', wanted.Tags],
  )
  await t.refused('CreateDBInstance', wanted, 'DBInstanceAlreadyExists', 'DB instance already exists')
  const other = { ...wanted, DBInstanceIdentifier: 'other' }
  await t.refused('CreateDBInstance', { ...other, Tags: [] }, 'InvalidParameterCombination', /makes no databases/)
  await t.refused('CreateDBInstance', { ...other, Engine: 'db3' }, 'InvalidParameterValue', 'Invalid DB engine: db3')
  await t.refused(
    'CreateDBInstance',
    { ...other, MasterUsername: undefined },
    'InvalidParameterCombination',
    /MasterUser/,
  )
  const bad = { ...other, DBInstanceIdentifier: 'a--b' }
  await t.refused('CreateDBInstance', bad, 'InvalidParameterValue', /not a valid identifier/)
  const inside = { ...other, Tags: [{ Key: 'strongroom:host', Value: '/var/run/mysqld' }] }
  await t.refused('CreateDBInstance', inside, 'InvalidParameterValue', /^A host is/)
  await t.refused('CreateDBInstance', { ...other, DBClusterIdentifier: 'c' }, 'DBClusterNotFoundFault', /not found/)
})

test('CreateDBInstance with ManageMasterUserPassword puts the password into a secret of its own and keeps none itself', async () => {
  await using t = await trial()
  const managed = { ...wanted, ManageMasterUserPassword: true }
  await t.refused(
    'CreateDBInstance',
    managed,
    'InvalidParameterCombination',
    /The password that the master user has now/,
  )
  const { DBInstance } = await t.call('CreateDBInstance', { ...managed, MasterUserPassword: 'the-first-one' })
  const [secret] = t.secrets.kept.values()
  assert.equal(DBInstance.MasterUserSecret.SecretArn, secret?.arn)
  assert.deepEqual(
    [secret?.value, secret?.owner, secret?.days, [...(secret?.tags ?? [])]],
    [
      '{"username":"root","password":"the-first-one"}',
      'rds',
      7,
      [
        ['aws:secretsmanager:owningService', 'rds'],
        ['aws:rds:primaryDBInstanceArn', `arn:aws:rds:us-east-1:${ACCOUNT}:db:shop`],
      ],
    ],
  )
  assert.equal((await t.find('instance', 'shop'))?.password, undefined)
})

test('CreateDBInstance asks for the rights to tag, and for those on the secret that is made', async () => {
  await using t = await trial()
  const db = `arn:aws:rds:us-east-1:${ACCOUNT}:db:shop`
  const secret = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:rds!*`
  assert.deepEqual(await t.targets('CreateDBInstance', { ...wanted, ManageMasterUserPassword: true }), [
    `rds:CreateDBInstance ${db}`,
    `rds:AddTagsToResource ${db}`,
    `secretsmanager:CreateSecret ${secret}`,
    `secretsmanager:TagResource ${secret}`,
  ])
  // who may add a member says where the superuser of the cluster is shown the login of others
  assert.deepEqual(await t.targets('CreateDBInstance', { ...wanted, DBClusterIdentifier: 'Pay' }), [
    `rds:CreateDBInstance ${db}`,
    `rds:CreateDBInstance arn:aws:rds:us-east-1:${ACCOUNT}:cluster:pay`,
    `rds:AddTagsToResource ${db}`,
  ])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { selfSigned } from '../../test/certificate.ts'
import type { LookupsOf } from './port.ts'
import { ACCOUNT, REGION, type Trial, trial } from './test/trial.ts'

const cell = { account: ACCOUNT, region: REGION }
const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`

/** Lookups, and what was asked of RDS for them. */
function lookups(t: Trial, refuse = false): { readonly asked: string[]; readonly of: LookupsOf } {
  const asked: string[] = []
  const { storage, clock } = t
  const of = t.rds.registered({ storage, clock }).lookups(cell, async (operation, input) => {
    asked.push(`${operation} ${Object.values(input).join()}`)
    if (refuse) throw new ApiError('AccessDenied', 'no', 403)
    return {}
  })
  return { asked, of }
}

test('a database is found by the ARN of its kind, asked for in the name of who set the rotation up', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', { engine: 'sqlserver-ex', dbname: 'shop' })
  await t.register('cluster', 'pay', { engine: 'aurora-postgresql', port: 6000 })
  await t.register('redshift', 'dwh', { engine: 'redshift' })
  const { resourceId } = await t.register('serverless', 'adhoc', { engine: 'redshift' })
  const { asked, of } = lookups(t)
  const found = async (name: string) => {
    const { engine, host, port } = (await of.find(name)) ?? {}
    return [engine, host, port]
  }
  assert.deepEqual(await found(arn('rds', 'db:shop')), ['sqlserver', 'shop.example.com', 1433])
  assert.deepEqual(await found(arn('rds', 'cluster:pay')), ['postgres', 'pay.example.com', 6000])
  assert.deepEqual(await found(arn('redshift', 'cluster:dwh')), ['redshift', 'dwh.example.com', 5439])
  const hex = resourceId.slice('cluster-'.length).toLowerCase()
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  assert.deepEqual(await found(arn('redshift-serverless', `namespace/${uuid}`)), [
    'redshift',
    'adhoc.example.com',
    5439,
  ])
  assert.deepEqual(asked, [
    `rds.DescribeDBInstances ${arn('rds', 'db:shop')}`,
    `rds.DescribeDBClusters ${arn('rds', 'cluster:pay')}`,
    'redshift.DescribeClusters dwh',
    'redshift-serverless.ListNamespaces ',
    'redshift-serverless.ListWorkgroups ',
  ])
  for (const name of [
    'nonsense',
    arn('rds', 'db:x'),
    arn('rds', 'db:shop').replace(REGION, 'eu-west-1'),
    arn('s3', 'db:shop'),
  ])
    assert.equal(await of.find(name), undefined)
  await assert.rejects(lookups(t, true).of.find(arn('rds', 'db:shop')), { code: 'AccessDenied' })
})

test('who follows whom: replicas, readers, other names of the same server. Source: rotation.md 8.5 step 7', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', { aliases: ['shop.internal'] })
  await t.register('instance', 'copy', { replicaOf: 'shop', host: 'copy.elsewhere.net' })
  await t.register('instance', 'third', { replicaOf: 'copy' })
  await t.register('instance', 'stranger')
  const aurora = { engine: 'aurora-mysql' }
  await t.register('cluster', 'pay', {
    ...aurora,
    host: 'pay.cluster-x1.example.com',
    readerHost: 'pay.cluster-ro-x1.example.com',
  })
  await t.register('instance', 'pay-1', { ...aurora, cluster: 'pay', writer: true })
  await t.register('instance', 'pay-2', { ...aurora, cluster: 'pay' })
  await t.register('cluster', 'other', { ...aurora, host: 'other.cluster-x1.example.com' })
  await t.register('instance', 'other-1', { ...aurora, cluster: 'other' })
  const { of } = lookups(t)
  const follow = (host: string, master: string) => of.follows({ host }, { host: master })
  const shop = 'shop.example.com'
  const pay = 'pay.cluster-x1.example.com'
  for (const [host, master] of [
    ['copy.elsewhere.net', shop],
    ['COPY.elsewhere.net', 'shop.internal'],
    ['shop.internal', shop],
    // as functions of AWS's look: by the first label
    ['copy.example.com', shop],
    ['copy.a1.us-east-1.rds.amazonaws.com', 'shop.a1.us-east-1.rds.amazonaws.com'],
    ['pay-2.a1.us-east-1.rds.amazonaws.com', 'pay.cluster-a1.us-east-1.rds.amazonaws.com'],
    ['pay.cluster-ro-x1.example.com', pay],
    ['pay-2.example.com', pay],
    ['pay-2.example.com', 'pay-1.example.com'],
  ] as const)
    assert.equal(await follow(host, master), true, `${host} follows ${master}`)
  for (const [host, master] of [
    ['stranger.example.com', shop],
    ['copy.evil.net', shop],
    [shop, 'copy.elsewhere.net'],
    ['third.example.com', shop],
    ['nobody.example.com', shop],
    ['copy.elsewhere.net', 'nobody.example.com'],
    ['10.0.0.1', shop],
    ['copy', shop],
    ['other-1.example.com', pay],
    ['other.cluster-x1.example.com', pay],
    ['pay-2.example.com', shop],
    ['', shop],
  ] as const)
    assert.equal(await follow(host, master), false, `${host} does not follow ${master}`)
  await assert.rejects(lookups(t, true).of.follows({ host: 'copy.elsewhere.net' }, { host: shop }), {
    code: 'AccessDenied',
  })
})

test('the authority of a host is the one that is registered for its port', async () => {
  await using t = await trial()
  const [one, two] = [selfSigned().certificate.trim(), selfSigned().certificate.trim()]
  await t.register('instance', 'one', {
    host: 'db.example.com',
    port: 5432,
    ca: `comment\n${one}\n`,
    aliases: ['alias.example.com'],
  })
  await t.register('instance', 'two', { host: 'db.example.com', port: 5433, ca: two })
  await t.register('instance', 'none', { host: 'plain.example.com' })
  const { asked, of } = lookups(t, true)
  assert.equal(await of.authority('DB.example.com', 5432), `${one}\n`)
  assert.equal(await of.authority('alias.example.com', undefined), `${one}\n`)
  assert.equal(await of.authority('db.example.com', 5433), `${two}\n`)
  for (const host of ['plain.example.com', 'nobody.example.com', ''])
    assert.equal(await of.authority(host, 5432), undefined)
  assert.equal(await of.authority('db.example.com', 1), undefined)
  assert.deepEqual(asked, [], 'it is no secret')
})

test('the database of a managed secret, with the password that was chosen; then it is left', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', {}, 'the-first-one')
  await t.call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', ManageMasterUserPassword: true })
  const [secretArn = ''] = t.secrets.kept.keys()
  const registered = t.rds.registered({ storage: t.storage, clock: t.clock })
  const managed = await registered.managed(cell, secretArn)
  assert.deepEqual([managed?.database.username, managed?.chosen], ['chief', undefined])
  assert.equal(await registered.managed(cell, `${secretArn}x`), undefined)
  await registered.left(cell, secretArn)
  assert.equal((await t.find('instance', 'shop'))?.secretArn, secretArn, 'nobody has chosen to')

  const off = { DBInstanceIdentifier: 'shop', ManageMasterUserPassword: false, MasterUserPassword: 'chosen-by-hand' }
  await t.call('ModifyDBInstance', off)
  assert.equal((await registered.managed(cell, secretArn))?.chosen?.reveal(), 'chosen-by-hand')
  await registered.left(cell, secretArn)
  const after = await t.find('instance', 'shop')
  assert.deepEqual([after?.secretArn, after?.nextPassword, after?.password !== undefined], [undefined, undefined, true])
  assert.equal(t.secrets.asked.at(-1), `remove ${secretArn}`)
  await registered.left(cell, secretArn)
})

test('databases at one address are told apart by their ports', async () => {
  await using t = await trial()
  const host = '10.0.0.1'
  await t.register('instance', 'a-stranger', { host, port: 6000 })
  await t.register('instance', 'shop', { host, port: 6001 })
  await t.register('instance', 'copy', { host: '10.0.0.2', port: 6001, replicaOf: 'shop' })
  const { of } = lookups(t)
  const copy = { host: '10.0.0.2', port: 6001 }
  assert.equal(await of.follows(copy, { host, port: 6001 }), true)
  assert.equal(await of.follows(copy, { host, port: 6000 }), false)
  assert.equal(await of.follows(copy, { host }), true)
  assert.equal(await of.follows({ host: '10.0.0.2', port: 1 }, { host }), false)
})

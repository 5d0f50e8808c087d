import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DocDB } from '@aws-sdk/client-docdb'
import { RDS } from '@aws-sdk/client-rds'
import { Redshift } from '@aws-sdk/client-redshift'
import { RedshiftServerless } from '@aws-sdk/client-redshift-serverless'
import { registerWith } from '../../services/rds/test/registering.ts'
import { region, session } from './session.ts'
import { available, run } from './tool.ts'

/**
 * Registered databases as clients of RDS, DocumentDB and Redshift see them: unmodified SDKs, the AWS CLI, boto3. Source:
 * surroundings.md 0, 7.
 */

const { server } = await session()
const config = { endpoint: server.url, region, credentials: server.credentials }
const rds = new RDS(config)
const docdb = new DocDB(config)
const redshift = new Redshift(config)
const serverless = new RedshiftServerless(config)
after(() => {
  for (const client of [rds, docdb, redshift, serverless]) client.destroy()
})
const arn = (resource: string) => `arn:aws:rds:us-east-1:${server.account}:${resource}`

before(async () => {
  const instance = (id: string, more: object = {}) =>
    registerWith(server, { kind: 'instance', id, engine: 'postgres', host: `${id}.example.com`, ...more })
  await instance('shop', { dbname: 'shop', port: 6432, engineVersion: '16.4', tags: new Map([['team', 'blue']]) })
  await instance('shop-copy', { replicaOf: 'shop' })
  const engine = 'aurora-mysql'
  await registerWith(server, {
    ...{ kind: 'cluster', id: 'pay', engine, host: 'pay.example.com', readerHost: 'pay-ro.example.com', dbname: 'pay' },
  })
  await instance('pay-1', { engine, cluster: 'pay', writer: true })
  await instance('pay-2', { engine, cluster: 'pay' })
  await registerWith(server, { kind: 'cluster', id: 'docs', engine: 'docdb', host: 'docs.example.com' })
  await registerWith(server, { kind: 'redshift', id: 'dwh', engine: 'redshift', host: 'dwh.example.com' })
  await registerWith(server, { kind: 'serverless', id: 'adhoc', engine: 'redshift', host: 'adhoc.example.com' })
})

test('DescribeDBInstances: by identifier in any case, by ARN, by filter; the endpoint is a structure', async () => {
  const one = await rds.describeDBInstances({ DBInstanceIdentifier: 'SHOP' })
  assert.equal(one.DBInstances?.length, 1)
  const [shop] = one.DBInstances ?? []
  assert.deepEqual(
    [shop?.DBInstanceIdentifier, shop?.DBInstanceArn, shop?.DBInstanceStatus, shop?.Engine, shop?.EngineVersion],
    ['shop', arn('db:shop'), 'available', 'postgres', '16.4'],
  )
  assert.deepEqual([shop?.MasterUsername, shop?.DBName], ['admin', 'shop'])
  assert.deepEqual(shop?.Endpoint, { Address: 'shop.example.com', Port: 6432 })
  assert.deepEqual(shop?.ReadReplicaDBInstanceIdentifiers, ['shop-copy'])
  assert.deepEqual(shop?.TagList, [{ Key: 'team', Value: 'blue' }])
  assert.match(shop?.DbiResourceId ?? '', /^db-[0-9A-F]{32}$/)
  assert.equal(shop?.MasterUserSecret, undefined)

  const [copy] = (await rds.describeDBInstances({ DBInstanceIdentifier: arn('db:shop-copy') })).DBInstances ?? []
  assert.equal(copy?.ReadReplicaSourceDBInstanceIdentifier, 'shop')
  const ids = async (...Filters: { Name: string; Values: string[] }[]) =>
    (await rds.describeDBInstances({ Filters })).DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)
  assert.deepEqual(await ids(), ['pay-1', 'pay-2', 'shop', 'shop-copy'])
  assert.deepEqual(await ids({ Name: 'db-instance-id', Values: ['shop', arn('db:pay-1')] }), ['pay-1', 'shop'])
  assert.deepEqual(await ids({ Name: 'db-cluster-id', Values: ['pay'] }), ['pay-1', 'pay-2'])
  assert.deepEqual(await ids({ Name: 'db-cluster-id', Values: [arn('cluster:pay')] }), ['pay-1', 'pay-2'])
  assert.deepEqual(await ids({ Name: 'dbi-resource-id', Values: [shop?.DbiResourceId ?? ''] }), ['shop'])
  const both = [
    { Name: 'engine', Values: ['postgres'] },
    { Name: 'db-instance-id', Values: ['pay-1', 'shop'] },
  ]
  assert.deepEqual(await ids(...both), ['shop'])
  await assert.rejects(ids({ Name: 'colour', Values: ['red'] }), { name: 'InvalidParameterValue' })
})

test('what is not there: DBInstanceNotFound and DBClusterNotFoundFault with status 404', async () => {
  for (const DBInstanceIdentifier of [
    'nowhere',
    arn('db:nowhere'),
    arn('cluster:pay'),
    arn('db:shop').replace('us-', 'eu-'),
  ]) {
    await assert.rejects(rds.describeDBInstances({ DBInstanceIdentifier }), (error: unknown) => {
      const { name, message, $metadata } = error as {
        name: string
        message: string
        $metadata: { httpStatusCode: number }
      }
      assert.deepEqual(
        [name, message, $metadata.httpStatusCode],
        ['DBInstanceNotFoundFault', `DBInstance ${DBInstanceIdentifier} not found.`, 404],
      )
      return true
    })
  }
  await assert.rejects(rds.describeDBClusters({ DBClusterIdentifier: 'shop' }), {
    name: 'DBClusterNotFoundFault',
    message: 'DBCluster shop not found.',
  })
})

test('DescribeDBClusters: endpoint, reader endpoint and port are plain values; members say who writes', async () => {
  const { DBClusters = [] } = await rds.describeDBClusters({})
  assert.deepEqual(
    DBClusters.map(({ DBClusterIdentifier }) => DBClusterIdentifier),
    ['docs', 'pay'],
  )
  const [, pay] = DBClusters
  assert.deepEqual(
    [pay?.Endpoint, pay?.ReaderEndpoint, pay?.Port, pay?.DatabaseName, pay?.Status, pay?.DBClusterArn],
    ['pay.example.com', 'pay-ro.example.com', 3306, 'pay', 'available', arn('cluster:pay')],
  )
  assert.deepEqual(pay?.DBClusterMembers, [
    { DBInstanceIdentifier: 'pay-1', IsClusterWriter: true },
    { DBInstanceIdentifier: 'pay-2', IsClusterWriter: false },
  ])
})

test('pages: 20 to 100 records, a marker goes on, and the pages are the whole', async () => {
  for (let n = 0; n < 45; n++) {
    const id = `many-${n}`
    await registerWith(server, { kind: 'instance', id, engine: 'mariadb', host: 'many.example.com' })
  }
  const Filters = [{ Name: 'engine', Values: ['mariadb'] }]
  const sizes: number[] = []
  const seen: (string | undefined)[] = []
  for (let Marker: string | undefined; ; ) {
    const page = await rds.describeDBInstances({ Filters, MaxRecords: 20, ...(Marker === undefined ? {} : { Marker }) })
    sizes.push(page.DBInstances?.length ?? 0)
    seen.push(...(page.DBInstances ?? []).map(({ DBInstanceIdentifier }) => DBInstanceIdentifier))
    Marker = page.Marker
    if (Marker === undefined) break
  }
  assert.deepEqual([sizes, new Set(seen).size], [[20, 20, 5], 45])
  await assert.rejects(rds.describeDBInstances({ MaxRecords: 19 }), {
    name: 'InvalidParameterValue',
    message: 'Invalid value 19 for MaxRecords. Must be between 20 and 100',
  })
  await assert.rejects(rds.describeDBInstances({ Marker: '%%%' }), { name: 'InvalidParameterValue' })
})

test('tags of a database are listed, added and removed by its ARN', async () => {
  const ResourceName = arn('db:shop-copy')
  await rds.addTagsToResource({ ResourceName, Tags: [{ Key: 'stage', Value: 'test' }, { Key: 'team' }] })
  await rds.removeTagsFromResource({ ResourceName, TagKeys: ['team', 'nothing'] })
  assert.deepEqual((await rds.listTagsForResource({ ResourceName })).TagList, [{ Key: 'stage', Value: 'test' }])
  await assert.rejects(rds.addTagsToResource({ ResourceName, Tags: [{ Key: 'aws:mine', Value: '' }] }), /reserved/)
  await assert.rejects(rds.listTagsForResource({ ResourceName: arn('og:default') }), { name: 'InvalidParameterValue' })
})

test('DocumentDB asks the same endpoint', async () => {
  const { DBClusters } = await docdb.describeDBClusters({ DBClusterIdentifier: 'docs' })
  assert.deepEqual([DBClusters?.[0]?.Engine, DBClusters?.[0]?.Port], ['docdb', 27_017])
})

test('Redshift: clusters; Redshift Serverless: namespaces and their workgroups', async () => {
  const { Clusters } = await redshift.describeClusters({ ClusterIdentifier: 'DWH' })
  const [dwh] = Clusters ?? []
  assert.deepEqual(
    [dwh?.ClusterIdentifier, dwh?.Endpoint, dwh?.DBName, dwh?.MasterUsername, dwh?.ClusterStatus],
    ['dwh', { Address: 'dwh.example.com', Port: 5439 }, 'dev', 'admin', 'available'],
  )
  assert.deepEqual((await redshift.describeClusters({ TagKeys: ['nothing'] })).Clusters, [])
  await assert.rejects(redshift.describeClusters({ ClusterIdentifier: 'x' }), { name: 'ClusterNotFoundFault' })

  const { namespaces = [] } = await serverless.listNamespaces({})
  assert.equal(namespaces.length, 1)
  assert.match(
    namespaces[0]?.namespaceArn ?? '',
    /^arn:aws:redshift-serverless:us-east-1:\d{12}:namespace\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  )
  const { workgroups = [] } = await serverless.listWorkgroups({})
  assert.deepEqual(
    workgroups.map(({ namespaceName, endpoint }) => [namespaceName, endpoint?.address, endpoint?.port]),
    [['adhoc', 'adhoc.example.com', 5439]],
  )
  await assert.rejects(serverless.listNamespaces({ nextToken: 'nonsense' }), { name: 'ValidationException' })
})

const environment = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  AWS_ENDPOINT_URL: server.url,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
  AWS_EC2_METADATA_DISABLED: 'true',
}

// AWS CLI 1 sends rds of us-east-1 to rds.amazonaws.com, whatever AWS_ENDPOINT_URL says: the flag is needed. Observed with 1.45.
test('the AWS CLI shows databases', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  const describe = (id: string) =>
    run(
      'aws',
      ['--endpoint-url', server.url, 'rds', 'describe-db-instances', '--db-instance-identifier', id],
      environment,
    )
  const { code, stdout, stderr } = await describe('shop')
  assert.equal(code, 0, stderr)
  const { DBInstances } = JSON.parse(stdout) as { DBInstances: { Endpoint: unknown }[] }
  assert.deepEqual(
    DBInstances.map(({ Endpoint }) => Endpoint),
    [{ Address: 'shop.example.com', Port: 6432 }],
  )
  assert.match(
    (await describe('x')).stderr,
    /An error occurred \(DBInstanceNotFound\) when calling the DescribeDBInstances operation: DBInstance x not found\./,
  )
})

test("boto3, as a rotation function of one's own uses it, finds a database by its ARN", async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  const program = `
import boto3, sys
rds = boto3.client("rds")
found = rds.describe_db_instances(DBInstanceIdentifier=sys.argv[1])["DBInstances"]
assert len(found) == 1, found
print(found[0]["Endpoint"]["Address"], found[0]["Endpoint"]["Port"], found[0]["Engine"])
print(rds.describe_db_clusters(DBClusterIdentifier="pay")["DBClusters"][0]["ReaderEndpoint"])
try:
    rds.describe_db_instances(DBInstanceIdentifier="nowhere")
except rds.exceptions.DBInstanceNotFoundFault as error:
    print(error.response["Error"]["Code"])
`
  const { code, stdout, stderr } = await run('python3', ['-B', '-c', program, arn('db:shop')], environment)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'shop.example.com 6432 postgres\npay-ro.example.com\nDBInstanceNotFound\n')
})

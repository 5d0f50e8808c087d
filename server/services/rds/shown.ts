import type { DBCluster, DBInstance } from '@aws-sdk/client-rds'
import { shownTags } from '#kernel/values/tags'
import type { ManagedSecrets } from '../secretsmanager/port.ts'
import type { Databases } from './databases.ts'
import type { Database } from './model/database.ts'
import { databaseArn } from './model/identity.ts'

interface Around {
  readonly databases: Databases
  readonly secrets: ManagedSecrets
}

/** An instance as RDS shows it; what only a server that AWS runs has is left out. Source: surroundings.md 7. */
export async function shownInstance(database: Database, around: Around): Promise<DBInstance> {
  const replicas = await around.databases.replicas(database)
  return {
    DBInstanceIdentifier: database.id,
    DBInstanceClass: database.instanceClass ?? 'db.registered',
    Engine: database.engine,
    DBInstanceStatus: statusOf(database),
    MasterUsername: database.username,
    ...(database.dbname === undefined ? {} : { DBName: database.dbname }),
    Endpoint: { Address: database.host, Port: database.port },
    InstanceCreateTime: new Date(database.createdAt),
    ...(database.engineVersion === undefined ? {} : { EngineVersion: database.engineVersion }),
    DBSecurityGroups: [],
    VpcSecurityGroups: [],
    DBParameterGroups: [],
    PendingModifiedValues: {},
    ReadReplicaDBInstanceIdentifiers: replicas.map(({ id }) => id),
    ...(database.replicaOf === undefined ? {} : { ReadReplicaSourceDBInstanceIdentifier: database.replicaOf }),
    OptionGroupMemberships: [],
    StorageEncrypted: false,
    DbiResourceId: database.resourceId,
    DBInstanceArn: databaseArn(database),
    ...(database.cluster === undefined ? {} : { DBClusterIdentifier: database.cluster }),
    AssociatedRoles: [],
    TagList: shownTags(database.tags),
    ...(await secretOf(database, around)),
  }
}

/** A cluster as RDS shows it: its endpoint is a plain name beside a port. Source: surroundings.md 7. */
export async function shownCluster(database: Database, around: Around): Promise<DBCluster> {
  const members = await around.databases.members(database)
  return {
    DBClusterIdentifier: database.id,
    Engine: database.engine,
    Status: statusOf(database),
    ...(database.dbname === undefined ? {} : { DatabaseName: database.dbname }),
    MasterUsername: database.username,
    Endpoint: database.host,
    ...(database.readerHost === undefined ? {} : { ReaderEndpoint: database.readerHost }),
    Port: database.port,
    ClusterCreateTime: new Date(database.createdAt),
    ...(database.engineVersion === undefined ? {} : { EngineVersion: database.engineVersion }),
    EngineMode: 'provisioned',
    ReadReplicaIdentifiers: [],
    DBClusterMembers: members.map(({ id, writer }) => ({ DBInstanceIdentifier: id, IsClusterWriter: writer })),
    VpcSecurityGroups: [],
    StorageEncrypted: false,
    DbClusterResourceId: database.resourceId,
    DBClusterArn: databaseArn(database),
    AssociatedRoles: [],
    TagList: shownTags(database.tags),
    ...(await secretOf(database, around)),
  }
}

/** Where the password of the master user is, while the server keeps it. Source: rotation.md 11. */
async function secretOf({ secretArn }: Database, { secrets }: Around) {
  if (secretArn === undefined) return {}
  const state = await secrets.state(secretArn)
  if (state === undefined) return {}
  const { status: SecretStatus, keyArn: KmsKeyId } = state
  return { MasterUserSecret: { SecretArn: secretArn, SecretStatus, ...(KmsKeyId === undefined ? {} : { KmsKeyId }) } }
}

/** Nobody looks whether the server answers: it is there. Source: API_DescribeDBInstances, status values. */
const statusOf = ({ nextPassword }: Database): string =>
  nextPassword === undefined ? 'available' : 'resetting-master-credentials'

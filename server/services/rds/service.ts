import type { KeyObject } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-rds'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Storage } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { ManagedSecretsFor } from '../secretsmanager/port.ts'
import { Databases } from './databases.ts'
import { handlers } from './jobs.ts'
import { registeredDatabases } from './lookups.ts'
import { notYet } from './not-yet.ts'
import type { Env } from './operation.ts'
import { AddTagsToResource } from './operations/AddTagsToResource.ts'
import { CreateDBInstance } from './operations/CreateDBInstance.ts'
import { DeleteDBInstance } from './operations/DeleteDBInstance.ts'
import { DescribeDBClusters } from './operations/DescribeDBClusters.ts'
import { DescribeDBInstances } from './operations/DescribeDBInstances.ts'
import { ListTagsForResource } from './operations/ListTagsForResource.ts'
import { ModifyDBCluster } from './operations/ModifyDBCluster.ts'
import { ModifyDBInstance } from './operations/ModifyDBInstance.ts'
import { RemoveTagsFromResource } from './operations/RemoveTagsFromResource.ts'
import { Passwords } from './passwords.ts'
import type { Cell, DatabasesFor, RegisteredDatabases } from './port.ts'
import { Work } from './work.ts'

const operations = {
  AddTagsToResource,
  CreateDBInstance,
  DeleteDBInstance,
  DescribeDBClusters,
  DescribeDBInstances,
  ListTagsForResource,
  ModifyDBCluster,
  ModifyDBInstance,
  RemoveTagsFromResource,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** What AWS has and is not offered. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** How RDS calls the items of its lists. Source: the SDK's model. */
const ITEMS = {
  AdditionalStorageVolumes: 'member',
  AssociatedRoles: 'DBInstanceRole',
  DBClusterMembers: 'DBClusterMember',
  DBClusters: 'DBCluster',
  DBInstances: 'DBInstance',
  DBParameterGroups: 'DBParameterGroup',
  DBSecurityGroups: 'DBSecurityGroupName',
  Filters: 'Filter',
  OptionGroupMemberships: 'OptionGroupMembership',
  ProcessorFeatures: 'ProcessorFeature',
  ReadReplicaDBInstanceIdentifiers: 'ReadReplicaDBInstanceIdentifier',
  ReadReplicaIdentifiers: 'ReadReplicaIdentifier',
  TagList: 'Tag',
  TagSpecifications: 'item',
  Tags: 'Tag',
  Values: 'Value',
  VpcSecurityGroupIds: 'VpcSecurityGroupId',
  VpcSecurityGroups: 'VpcSecurityGroupMembership',
} as const

export interface RdsParts {
  readonly vault: Vault
  readonly random: Random
  readonly jobs: Jobs
  /** Secrets Manager, which keeps the passwords of master users. */
  readonly managed: ManagedSecretsFor
}

/** RDS, and DocumentDB by the same wire, over registered databases. */
export interface Rds {
  readonly service: Service<Env>
  /** What operations work with; for the command beside a running server. */
  readonly env: Service<Env>['env']
  readonly databases: DatabasesFor
  /** What its jobs do. */
  readonly handlers: readonly JobHandler[]
  /** For whoever runs rotation functions. */
  registered(around: { readonly storage: Pick<Storage, 'unit'>; readonly clock: Clock }): RegisteredDatabases
}

/** Builds the service. */
export function rds({ vault, random, jobs, managed }: RdsParts): Rds {
  const key: KeyObject = vault.macKey('rds/rows')
  const passwords = new Passwords(vault)
  const common = { key, managed, passwords, jobs, random }
  const env: Service<Env>['env'] = (unit, call) => new Work(common, unit, call)
  const service: Service<Env> = {
    name: 'rds',
    signingName: 'rds',
    eventSource: 'rds.amazonaws.com',
    clockWindowMinutes: 15,
    query: { version: '2014-10-31', namespace: 'http://rds.amazonaws.com/doc/2014-10-31/', items: ITEMS },
    wording: { validation: 'ValidationError', modelled: 'Message' },
    operations,
    notYet: Object.keys(notYet),
    env,
  }
  const databases: DatabasesFor = (unit) => new Databases(unit, key)
  return {
    service,
    env,
    databases,
    handlers: handlers((unit, cell, now) => managed(unit, inside(cell, now))),
    registered: ({ storage, clock }) =>
      registeredDatabases({
        storage,
        databases,
        managing: (unit, cell) => env(unit, inside(cell, clock.now())),
        open: (database) =>
          database.nextPassword === undefined ? undefined : passwords.open(database, database.nextPassword),
      }),
  }
}

const NAME = 'rds.amazonaws.com'

/** What the service does by itself, in the account of a database. */
function inside({ account, region }: Cell, now: number): Call {
  const caller = {
    kind: 'service',
    account,
    arn: NAME,
    principalArn: NAME,
    userId: '',
    accessKeyId: '',
    tags: new Map(),
    policies: [],
  } as const
  return { requestId: '', caller, account, region, now, sourceIp: NAME, userAgent: NAME, secure: true, events: [] }
}

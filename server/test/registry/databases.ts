import type { Kind } from '../../services/rds/port.ts'
import { registerWith } from '../../services/rds/test/registering.ts'
import type { Names } from './inputs.ts'
import type { World } from './world.ts'

/** A database as an operator registers it. */
export function registerDatabase({ server }: World, kind: Kind, id: string): Promise<unknown> {
  const engine = kind === 'redshift' ? 'redshift' : 'postgres'
  return registerWith(server, { kind, id, engine, host: `${id}.example.com` })
}

export const databaseMembers: Readonly<Record<string, (names: Names) => unknown>> = {
  'rds:DBInstanceIdentifier': ({ databaseId }) => databaseId,
  'rds:DBClusterIdentifier': ({ databaseId }) => databaseId,
  'rds:ResourceName': ({ databaseId, policyArn }) =>
    `arn:aws:rds:us-east-1:${policyArn.split(':')[4]}:db:${databaseId}`,
}

export const databaseInputs: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  'rds:DescribeDBInstances': ({ databaseId }) => ({ DBInstanceIdentifier: databaseId }),
  'rds:DescribeDBClusters': ({ databaseId }) => ({ DBClusterIdentifier: databaseId }),
  'rds:CreateDBInstance': ({ databaseId }) => ({
    DBInstanceIdentifier: `${databaseId}-new`,
    Engine: 'postgres',
    MasterUsername: 'admin',
    Tags: [{ Key: 'strongroom:host', Value: 'db.example.com' }],
  }),
  'rds:AddTagsToResource': () => ({ Tags: [{ Key: 'stage', Value: 'test' }] }),
  'redshift:DescribeClusters': ({ databaseId }) => ({ ClusterIdentifier: databaseId }),
}

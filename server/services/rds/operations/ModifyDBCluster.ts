import type { ModifyDBClusterMessage, ModifyDBClusterResult } from '@aws-sdk/client-rds'
import type { Answer } from '#kernel/wire'
import * as messages from '../model/messages.ts'
import { modified, secretTargets } from '../modifying.ts'
import { operation } from '../operation.ts'
import { shownCluster } from '../shown.ts'
import { existing, targetOf } from '../target.ts'

/** The same as ModifyDBInstance for a cluster. Source: API_ModifyDBCluster; rotation.md 11. */
export const ModifyDBCluster = operation<ModifyDBClusterMessage, Answer<ModifyDBClusterResult, 'DBCluster'>>()({
  name: 'ModifyDBCluster',
  effect: 'write',
  input: messages.ModifyDBClusterMessage,
  errors: [
    'DBClusterNotFoundFault',
    'InvalidDBInstanceStateFault',
    'InvalidDBClusterStateFault',
    'KMSKeyNotAccessibleFault',
  ],
  target: async (input, env, call) => [
    await targetOf(input.DBClusterIdentifier, 'cluster', env, call),
    ...secretTargets(input, call),
  ],
  async run(input, env, call) {
    const database = await existing(input.DBClusterIdentifier, 'cluster', env.databases, call)
    return { DBCluster: await shownCluster(await modified(database, input, env), env) }
  },
})

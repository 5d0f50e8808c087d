import type { DeleteDBInstanceMessage, DeleteDBInstanceResult } from '@aws-sdk/client-rds'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { forget } from '../managing.ts'
import * as members from '../model/members.ts'
import { combination, wrongState } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { shownInstance } from '../shown.ts'
import { existing, targetOf } from '../target.ts'

/**
 * Forgets a registered instance: its server goes on. Source: API_DeleteDBInstance; that the secret of its master user can be
 * restored is ours, since nobody else knows the password.
 */
export const DeleteDBInstance = operation<DeleteDBInstanceMessage, Answer<DeleteDBInstanceResult, 'DBInstance'>>()({
  name: 'DeleteDBInstance',
  effect: 'write',
  input: {
    DBInstanceIdentifier: required(members.Identifier),
    SkipFinalSnapshot: members.Flag,
    FinalDBSnapshotIdentifier: members.Text,
    DeleteAutomatedBackups: members.Flag,
  },
  errors: ['DBInstanceNotFoundFault', 'InvalidDBInstanceStateFault'],
  target: ({ DBInstanceIdentifier }, env, call) => targetOf(DBInstanceIdentifier, 'instance', env, call),
  async run({ DBInstanceIdentifier, FinalDBSnapshotIdentifier }, env, call) {
    const database = await existing(DBInstanceIdentifier, 'instance', env.databases, call)
    if (FinalDBSnapshotIdentifier !== undefined)
      throw combination('No snapshots are made of a registered database: leave FinalDBSnapshotIdentifier out.')
    if ((await env.databases.replicas(database)).length > 0)
      throw wrongState(`The DB instance ${database.id} has read replicas.`)
    const DBInstance = await shownInstance(database, env)
    await forget(database, env)
    return { DBInstance: { ...DBInstance, DBInstanceStatus: 'deleting' } }
  },
})

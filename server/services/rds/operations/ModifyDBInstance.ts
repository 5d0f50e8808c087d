import type { ModifyDBInstanceMessage, ModifyDBInstanceResult } from '@aws-sdk/client-rds'
import type { Answer } from '#kernel/wire'
import * as messages from '../model/messages.ts'
import { modified, secretTargets } from '../modifying.ts'
import { operation } from '../operation.ts'
import { shownInstance } from '../shown.ts'
import { existing, targetOf } from '../target.ts'

/**
 * Has the server keep the password of the master user, rotates it, or ends that. Nothing else of a registered database is
 * changed. Source: API_ModifyDBInstance; rotation.md 11.
 */
export const ModifyDBInstance = operation<ModifyDBInstanceMessage, Answer<ModifyDBInstanceResult, 'DBInstance'>>()({
  name: 'ModifyDBInstance',
  effect: 'write',
  input: messages.ModifyDBInstanceMessage,
  errors: ['DBInstanceNotFoundFault', 'InvalidDBInstanceStateFault', 'KMSKeyNotAccessibleFault'],
  target: async (input, env, call) => [
    await targetOf(input.DBInstanceIdentifier, 'instance', env, call),
    ...secretTargets(input, call),
  ],
  async run(input, env, call) {
    const database = await existing(input.DBInstanceIdentifier, 'instance', env.databases, call)
    return { DBInstance: await shownInstance(await modified(database, input, env), env) }
  },
})

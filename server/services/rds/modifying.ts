import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { arn } from '#kernel/values/arn'
import { Secret } from '#kernel/values/bytes'
import { leave, manageKnown, rotateNow } from './managing.ts'
import type { Database } from './model/database.ts'
import { changeIn } from './model/modified.ts'
import type { Env } from './operation.ts'

interface Asked {
  readonly ManageMasterUserPassword?: boolean | undefined
  readonly MasterUserPassword?: string | undefined
  readonly MasterUserSecretKmsKeyId?: string | undefined
  readonly RotateMasterUserPassword?: boolean | undefined
}

/** Changes who keeps the password of the master user, or has it rotated. */
export async function modified(database: Database, asked: Asked, env: Env): Promise<Database> {
  const managed = database.secretArn !== undefined
  switch (changeIn(asked, managed)) {
    case 'nothing':
      return asked.ManageMasterUserPassword === true ? stay(database, env) : database
    case 'manage':
      return manageKnown(database, asked.MasterUserSecretKmsKeyId, env)
    case 'leave':
      return leave(database, new Secret(asked.MasterUserPassword as string), env)
    case 'rotate':
      await rotateNow(database, env)
      return database
  }
}

/** The server goes on keeping a password whose management was to end. */
async function stay(database: Database, { databases }: Env): Promise<Database> {
  if (database.nextPassword === undefined) return database
  const stays = { ...database, nextPassword: undefined }
  await databases.save(stays)
  return stays
}

/**
 * What the caller must be allowed besides: what is done to the secret is done in his name. Source: the user guide of RDS,
 * permissions for the integration with Secrets Manager.
 */
export function secretTargets(asked: Asked, { region, account }: Call): Target[] {
  const resource = arn('secretsmanager', region, account, 'secret:rds!*')
  const actions =
    asked.ManageMasterUserPassword === true
      ? ['secretsmanager:CreateSecret', 'secretsmanager:TagResource']
      : asked.RotateMasterUserPassword === true
        ? ['secretsmanager:RotateSecret']
        : []
  return actions.map((action) => ({ resource, shown: resource, action }))
}

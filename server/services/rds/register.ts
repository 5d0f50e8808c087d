import type { Random } from '#kernel/random'
import type { Secret } from '#kernel/values/bytes'
import { type Managing, manage } from './managing.ts'
import type { Database } from './model/database.ts'
import { clusterNotFound, combination, instanceExists, instanceNotFound } from './model/refusals.ts'
import { checked, type Registration } from './model/registration.ts'

/** What is registered, and what becomes of the master user's password. */
export interface Registering {
  readonly registration: Registration
  readonly password: Secret | undefined
  /** Have the server keep the password, under this key. */
  readonly manage: { readonly kmsKeyId: string | undefined } | undefined
}

/** Registers a database that is there. Throws RDS's refusals. */
export async function register(
  { registration, password, manage: managed }: Registering,
  env: Managing & { readonly random: Random },
  now: number,
): Promise<Database> {
  const { databases, passwords, random } = env
  const wanted = checked(registration)
  if ((await databases.find(wanted)) !== undefined) throw instanceExists()
  const { cluster, replicaOf } = wanted
  if (cluster !== undefined && (await databases.find({ ...wanted, kind: 'cluster', id: cluster })) === undefined)
    throw clusterNotFound(cluster)
  if (replicaOf !== undefined && (await databases.find({ ...wanted, id: replicaOf })) === undefined)
    throw instanceNotFound(replicaOf)
  const unique = random.uuid().replaceAll('-', '').toUpperCase()
  const resourceId = `${wanted.kind === 'instance' ? 'db' : 'cluster'}-${unique}`
  const database: Database = { ...wanted, resourceId, createdAt: now }
  if (managed !== undefined) {
    if (password === undefined) throw combination('The password that the master user has now must be given.')
    return manage(database, password, managed.kmsKeyId, env)
  }
  const kept = password === undefined ? database : { ...database, password: passwords.wrap(database, password) }
  await databases.save(kept)
  return kept
}

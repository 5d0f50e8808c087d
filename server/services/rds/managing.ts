import { ApiError } from '#kernel/error'
import { Secret } from '#kernel/values/bytes'
import type { ManagedSecrets } from '../secretsmanager/port.ts'
import type { Databases } from './databases.ts'
import type { Database } from './model/database.ts'
import { databaseArn, uuidOf } from './model/identity.ts'
import { combination, wrongState } from './model/refusals.ts'
import { checkManageable } from './model/registration.ts'
import type { Passwords } from './passwords.ts'

/** What managing passwords needs of a call. */
export interface Managing {
  readonly databases: Databases
  readonly secrets: ManagedSecrets
  readonly passwords: Passwords
}

/** Days between two rotations of a managed password. Source: rotation.md 11. */
const DAYS = 7

/** Who keeps such a secret, what its name begins with, and the system tag that leads back. Source: rotation.md 8.6, 11. */
const OWNERS = {
  instance: { owner: 'rds', name: 'rds!db-', tag: 'aws:rds:primaryDBInstanceArn', what: 'RDS DB instance' },
  cluster: { owner: 'rds', name: 'rds!cluster-', tag: 'aws:rds:primaryDBClusterArn', what: 'RDS DB cluster' },
  redshift: {
    owner: 'redshift',
    name: 'redshift!cluster-',
    tag: 'aws:redshift:primaryClusterArn',
    what: 'Redshift cluster',
  },
  serverless: {
    owner: 'redshift',
    name: 'redshift!namespace-',
    tag: 'aws:redshift-serverless:namespaceArn',
    what: 'Redshift Serverless namespace',
  },
} as const

/**
 * Has the server keep the password of the master user: puts it into a secret, whose first rotation replaces it at once by one
 * that nobody knows. Source: rotation.md 11.
 */
export async function manage(
  database: Database,
  password: Secret,
  kmsKeyId: string | undefined,
  { databases, secrets }: Managing,
): Promise<Database> {
  checkManageable(database)
  const { owner, name, tag, what } = OWNERS[database.kind]
  const arn = databaseArn(database)
  const value = new Secret(JSON.stringify({ username: database.username, password: password.reveal() }))
  const created = secrets.create({
    name: `${name}${uuidOf(database.resourceId)}`,
    owner,
    description: `Secret associated with primary ${what}: ${arn}`,
    kmsKeyId,
    tags: new Map([
      ['aws:secretsmanager:owningService', owner],
      [tag, arn],
    ]),
    value,
    days: DAYS,
  })
  const secretArn = await inWordsOfRds(created)
  const managed = { ...database, secretArn, kmsKeyId, password: undefined, nextPassword: undefined }
  await databases.save(managed)
  return managed
}

/** The same with the password that was told when the database was registered. */
export async function manageKnown(
  database: Database,
  kmsKeyId: string | undefined,
  managing: Managing,
): Promise<Database> {
  if (database.password === undefined)
    throw combination(
      "The password of the master user isn't known to this server: register the database with its password first.",
    )
  return manage(database, managing.passwords.open(database, database.password), kmsKeyId, managing)
}

/**
 * Ends the management: one more rotation gives the master user the password that the caller has chosen, then the secret is
 * deleted (see `left`).
 */
export async function leave(database: Database, password: Secret, managing: Managing): Promise<Database> {
  const { databases, secrets, passwords } = managing
  const arn = database.secretArn as string
  const state = await secrets.state(arn)
  if (state?.status !== 'active')
    throw wrongState(
      `The password of the master user of ${database.id} is being rotated, or its last rotation failed: try again when its secret is active.`,
    )
  const leaving = { ...database, nextPassword: passwords.wrap(database, password) }
  await databases.save(leaving)
  await inWordsOfRds(secrets.rotate(arn))
  return leaving
}

/** Has the password rotated at once. */
export async function rotateNow({ secretArn }: Database, { secrets }: Managing): Promise<void> {
  await inWordsOfRds(secrets.rotate(secretArn as string))
}

/** Refusals of Secrets Manager, as RDS answers them: most are about the key. Texts are theirs. */
async function inWordsOfRds<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error
    const { code, message, denial } = error
    if (code === 'InvalidRequestException') throw wrongState(message)
    if (code === 'LimitExceededException' || code === 'ResourceExistsException') throw combination(message)
    throw new ApiError('KMSKeyNotAccessibleFault', message, 400, denial)
  }
}

/** The chosen password is the master user's now: the server keeps it no longer. */
export async function left(database: Database, { databases, secrets }: Managing): Promise<void> {
  const { secretArn, nextPassword } = database
  if (secretArn === undefined || nextPassword === undefined) return
  await databases.save({ ...database, secretArn: undefined, password: nextPassword, nextPassword: undefined })
  await secrets.remove(secretArn)
}

/** Forgets a database. Its server goes on, so the secret with its password can be restored for a while. */
export async function forget(database: Database, { databases, secrets }: Managing): Promise<void> {
  await databases.remove(database)
  if (database.secretArn !== undefined) await secrets.release(database.secretArn)
}

import { Secret } from '#kernel/values/bytes'
import {
  type DatabaseSecret,
  type Engine,
  type FunctionContext,
  FunctionFault,
  type RegisteredDatabase,
  type SecretsClient,
} from './function.ts'

/**
 * What functions make of databases that the server knows: managed secrets hold a username and a password only, and the rest is
 * looked up. Source: rotation.md 8.5 steps 5 and 7, 8.6, 11.
 */

/** Longest ARN in a tag that is followed. Source: rotation.md 8.5. */
const LONGEST_ARN = 256

const INSTANCE = 'aws:rds:primarydbinstancearn'
const CLUSTER = 'aws:rds:primarydbclusterarn'

/** The tags, in lower case, that lead from a superuser's secret to its database: which of them counts depends on the engine. */
function leading({ names }: Engine): readonly string[] {
  if (names.includes('redshift')) return ['aws:redshift:primaryclusterarn', 'aws:redshift-serverless:namespacearn']
  // DocumentDB's template has no such way
  if (names.includes('mongo')) return []
  return names.includes('postgres') || names.includes('mysql') ? [INSTANCE, CLUSTER] : [INSTANCE]
}

/** The value of a superuser's managed secret with what its database says. Throws FunctionFault when nobody knows the database. */
export async function completed(
  value: Secret,
  secretArn: string,
  engine: Engine,
  { secrets, databases }: FunctionContext,
): Promise<Secret> {
  const { Tags = [] } = databases === undefined ? {} : await secrets.describeSecret(secretArn)
  const wanted = leading(engine)
  for (const { Key = '', Value = '' } of Tags) {
    if (!wanted.includes(Key.toLowerCase()) || Value.length > LONGEST_ARN) continue
    const found = await databases?.find(Value)
    if (found !== undefined) return withDatabase(value, found)
  }
  throw new FunctionFault(
    `Master secret ${secretArn} holds a username and a password only: this server knows no database that it belongs to. ` +
      'Let it name engine and host too',
  )
}

/** The JSON of a managed secret with engine, host and port. */
function withDatabase(value: Secret, { engine, host, port, dbname, ca }: RegisteredDatabase): Secret {
  const { username, password } = JSON.parse(value.reveal()) as Record<string, unknown>
  const whole = { engine, host, port, dbname, username, password, ...(ca === undefined ? {} : { ssl: true, ca }) }
  return new Secret(JSON.stringify(whole))
}

/**
 * A login with the certificate authority that is registered for its host, unless the secret names one itself. Who names an
 * authority means TLS: a server that has none, or somebody on the way who says so in its place, is shown no password in clear.
 */
export async function withRegistered<S extends DatabaseSecret>(secret: S, { databases }: FunctionContext): Promise<S> {
  if (secret.tls === 'never') return secret
  const ca = secret.ca ?? (await databases?.authority(secret.host, secret.port))
  return ca === undefined ? secret : { ...secret, ca, tls: 'require' }
}

/**
 * Secrets Manager as the function sees it that rotates a managed secret: its values name the database, and what the function
 * puts is cut down to username and password again. `chosen`: the next password, if not one of chance.
 */
export function managedClient(
  client: SecretsClient,
  secretArn: string,
  database: RegisteredDatabase,
  chosen: Secret | undefined,
): SecretsClient {
  return {
    describeSecret: (id) => client.describeSecret(id),
    updateSecretVersionStage: (...move) => client.updateSecretVersionStage(...move),
    async getSecretValue(id, version) {
      const value = await client.getSecretValue(id, version)
      return id === secretArn ? withDatabase(value, database) : value
    },
    async putSecretValue(id, token, value, stages) {
      const { username, password } = JSON.parse(value.reveal()) as Record<string, unknown>
      await client.putSecretValue(id, token, new Secret(JSON.stringify({ username, password })), stages)
    },
    getRandomPassword: async (options) => chosen ?? client.getRandomPassword(options),
  }
}

const SINGLE: Readonly<Record<string, string>> = {
  postgres: 'SecretsManagerRDSPostgreSQLRotationSingleUser',
  mysql: 'SecretsManagerRDSMySQLRotationSingleUser',
  mariadb: 'SecretsManagerRDSMariaDBRotationSingleUser',
  sqlserver: 'SecretsManagerRDSSQLServerRotationSingleUser',
  oracle: 'SecretsManagerRDSOracleRotationSingleUser',
  mongo: 'SecretsManagerMongoDBRotationSingleUser',
  redshift: 'SecretsManagerRedshiftRotationSingleUser',
}

/** The name of the function whose code rotates a superuser of such a database; `engine` as a secret names it. */
export const singleUserOf = (engine: string): string | undefined =>
  Object.hasOwn(SINGLE, engine) ? SINGLE[engine] : undefined

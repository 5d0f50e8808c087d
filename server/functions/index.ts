import { multiUser } from './alternating-users.ts'
import type { Engine, RotationFunction } from './function.ts'
import { singleUser } from './single-user.ts'

export { managedClient, singleUserOf } from './registered.ts'
export { multiUser, singleUser }

type Load = () => Promise<Engine>

/** A driver is loaded when a function that needs it runs for the first time. */
const postgres: Load = async () => (await import('./postgres.ts')).postgres
const mysql: Load = async () => (await import('./mysql.ts')).mysql
const mariadb: Load = async () => (await import('./mysql.ts')).mariadb
const mongodb: Load = async () => (await import('./mongodb.ts')).mongodb
const redshift: Load = async () => (await import('./redshift.ts')).redshift
const oracle: Load = async () => (await import('./oracle.ts')).oracle
const sqlserver: Load = async () => (await import('./sqlserver.ts')).sqlserver

/** The functions of a single user of a database: they can set the current password again. */
const returning = new Set<string>(['SecretsManagerRedisRotationSingleUser'])

/** By the names under which AWS publishes them, and names of our own in that manner. Source: rotation.md 8. */
const functions: ReadonlyMap<string, RotationFunction> = new Map([
  ...both('SecretsManagerRDSPostgreSQLRotation', postgres),
  ...both('SecretsManagerRDSMySQLRotation', mysql),
  ...both('SecretsManagerRDSMariaDBRotation', mariadb),
  ...both('SecretsManagerMongoDBRotation', mongodb),
  ...both('SecretsManagerRedshiftRotation', redshift),
  ...both('SecretsManagerRDSOracleRotation', oracle),
  ...both('SecretsManagerRDSSQLServerRotation', sqlserver),
  ['SecretsManagerRedisRotationSingleUser', later(async () => (await import('./redis-users.ts')).redisSingleUser)],
  ['SecretsManagerRedisRotationMultiUser', later(async () => (await import('./redis-users.ts')).redisMultiUser)],
  ['StrongroomWebhookRotation', later(async () => (await import('./webhook.ts')).webhookRotation)],
  ['StrongroomRandomRotation', later(async () => (await import('./random-value.ts')).randomRotation)],
])

/** The built-in rotation function of this name; undefined when there is none. */
export function builtIn(name: string): RotationFunction | undefined {
  return functions.get(name)
}

/** Whether a function can set the current password again: whether it knows the step `returnSecret`. */
export const returns = (name: string): boolean => returning.has(name)

/**
 * Whether a rotation ends the password that was current before it: so it is with a single user, but on Redis, where a user has
 * several passwords.
 */
export const endsPrevious = (name: string): boolean => returns(name) && !name.startsWith('SecretsManagerRedis')

/** The names of all built-in functions. */
export const builtInNames: readonly string[] = [...functions.keys()]

function both(name: string, load: Load): [string, RotationFunction][] {
  returning.add(`${name}SingleUser`)
  return [
    [`${name}SingleUser`, lazily(load, singleUser)],
    [`${name}MultiUser`, lazily(load, multiUser)],
  ]
}

function lazily(load: Load, form: (engine: Engine) => RotationFunction): RotationFunction {
  return later(async () => form(await load()))
}

function later(load: () => Promise<RotationFunction>): RotationFunction {
  let made: Promise<RotationFunction> | undefined
  return async (event, context) => {
    made ??= load()
    await (await made)(event, context)
  }
}

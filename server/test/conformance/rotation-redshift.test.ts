import { startRig } from '../../functions/test/postgres-rig.ts'
import { postgresMissing } from '../postgres.ts'
import { type Database, rotates } from './rotation-journey.ts'
import { session } from './session.ts'

/** Rotation on Redshift, for which a real PostgreSQL stands. Sources: rotation.md 1 to 4, 8. */

async function redshift(): Promise<Database> {
  const rig = await startRig()
  await rig.sql(`create role app login password 'first'`)
  await rig.sql(`create role admin superuser login password 'of-the-superuser'`)
  await rig.sql('create database dev')
  return {
    engine: 'redshift',
    host: '127.0.0.1',
    port: rig.port,
    functions: 'SecretsManagerRedshiftRotation',
    superuser: { username: 'admin', password: 'of-the-superuser' },
    accepts: ({ username, password }) => rig.accepts(username, password),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

rotates(await session(), 'redshift', redshift, postgresMissing() ?? false)

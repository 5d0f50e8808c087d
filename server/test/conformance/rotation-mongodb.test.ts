import { startMongo } from '../../functions/test/mongo/server.ts'
import { type Database, rotates } from './rotation-journey.ts'
import { session } from './session.ts'

/** Rotation on MongoDB and DocumentDB: the real driver, and behind it a server in small. Sources: rotation.md 1 to 4, 8. */

async function mongodb(kind: 'mongodb' | 'documentdb'): Promise<Database> {
  const mongo = await startMongo({ kind })
  mongo.users.customRoles.add('changeOwn@admin')
  mongo.users.add('app', 'admin', 'first', [
    { role: 'readWrite', db: 'shop' },
    { role: 'changeOwn', db: 'admin' },
  ])
  return {
    engine: 'mongo',
    host: '127.0.0.1',
    port: mongo.port,
    functions: 'SecretsManagerMongoDBRotation',
    superuser: { username: 'chief', password: 'of the chief' },
    accepts: async ({ username, password }) => mongo.accepts(username, password),
    async [Symbol.asyncDispose]() {
      await mongo.closed()
      await mongo[Symbol.asyncDispose]()
    },
  }
}

const served = await session()
for (const kind of ['mongodb', 'documentdb'] as const) rotates(served, kind, () => mongodb(kind))

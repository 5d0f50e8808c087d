import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { builtIn } from './index.ts'
import { FakeSecrets, run } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'

/** The driver is an optional package: without it the functions are there, and say what is missing. */

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'

test('without the driver a rotation ends with a word about it, and nothing else of the server is in need of it', async () => {
  using _ = disposable(
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier !== 'tedious') return next(specifier, context)
        throw Object.assign(new Error("Cannot find package 'tedious'"), { code: 'ERR_MODULE_NOT_FOUND' })
      },
    }),
  )
  const rotate = builtIn('SecretsManagerRDSSQLServerRotationSingleUser')
  assert.ok(rotate)
  const secrets = new FakeSecrets()
  const login = { engine: 'sqlserver', host: '127.0.0.1', username: 'app', password: 'first' }
  secrets.put(ARN, 'v1', JSON.stringify(login), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  const event = { SecretId: ARN, ClientRequestToken: 'v2' }
  await run(rotate, secrets, event, ['createSecret'])
  await assert.rejects(
    run(rotate, secrets, event, ['setSecret']),
    fault('the package tedious, the driver of SQL Server, is not installed', 'ImportError'),
  )
})

const disposable = ({ deregister }: { deregister(): void }) => ({ [Symbol.dispose]: deregister })

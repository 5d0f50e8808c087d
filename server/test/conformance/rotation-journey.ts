import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { labelsOf, type session, version } from './session.ts'

/** What every database goes through that has built-in functions, as their users see it. Sources: rotation.md 1 to 4, 8. */

export interface Login {
  readonly username: string
  readonly password: string
}

/** A database that knows the user `app` with the password `first`, and a superuser. */
export interface Database extends AsyncDisposable {
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly functions: string
  readonly superuser: Login
  accepts(login: Login): Promise<boolean>
}

/** The login that the secret holds. */
async function current(secrets: SecretsManager, SecretId: string, VersionStage = 'AWSCURRENT'): Promise<Login> {
  const { SecretString = '' } = await secrets.getSecretValue({ SecretId, VersionStage })
  return JSON.parse(SecretString) as Login
}

/** Both forms of rotation on the database that `make` starts: tests of the file that asks for it. */
export function rotates(
  { server, secrets }: Awaited<ReturnType<typeof session>>,
  name: string,
  make: () => Promise<Database>,
  skip: string | false = false,
): void {
  const arn = (name: string) => `arn:aws:lambda:us-east-1:${server.account}:function:${name}`

  test(`${name}, single user: at once, then on schedule; the old password is refused`, { skip }, async () => {
    await using database = await make()
    const { engine, host, port } = database
    const SecretId = `single/${name}`
    const first = { username: 'app', password: 'first' }
    await secrets.createSecret({
      Name: SecretId,
      ClientRequestToken: version(1),
      SecretString: JSON.stringify({ engine, host, port, ...first, note: 'stays' }),
    })
    const { VersionId } = await secrets.rotateSecret({
      SecretId,
      ClientRequestToken: version(2),
      RotationLambdaARN: arn(`${database.functions}SingleUser`),
      RotationRules: { AutomaticallyAfterDays: 30 },
    })
    assert.equal(VersionId, version(2))
    await server.clock.advance({ seconds: 1 })

    const second = await current(secrets, SecretId)
    assert.deepEqual({ ...second, password: '' }, { engine, host, port, username: 'app', password: '', note: 'stays' })
    assert.equal(second.password.length, 32)
    assert.deepEqual([await database.accepts(first), await database.accepts(second)], [false, true])
    assert.deepEqual(await labelsOf(secrets, SecretId), {
      [version(1)]: ['AWSPREVIOUS'],
      [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
    })
    const described = await secrets.describeSecret({ SecretId })
    assert.equal(described.RotationEnabled, true)
    assert.equal(described.RotationRules?.AutomaticallyAfterDays, 30)
    assert.ok(described.LastRotatedDate && described.NextRotationDate)

    await server.clock.advance({ days: 31 })
    const third = await current(secrets, SecretId)
    assert.notEqual(third.password, second.password)
    assert.deepEqual([await database.accepts(second), await database.accepts(third)], [false, true])
    assert.equal((await current(secrets, SecretId, 'AWSPREVIOUS')).password, second.password)

    await secrets.cancelRotateSecret({ SecretId })
    await server.clock.advance({ days: 62 })
    assert.deepEqual(await current(secrets, SecretId), third)
  })

  test(`${name}, alternating users: both work after a rotation`, { skip }, async () => {
    await using database = await make()
    const { engine, host, port, superuser } = database
    const login = (who: Login) => JSON.stringify({ engine, host, port, ...who })
    const { ARN: masterarn = '' } = await secrets.createSecret({
      Name: `master/${name}`,
      SecretString: login(superuser),
    })
    const SecretId = `alternating/${name}`
    const first = { username: 'app', password: 'first' }
    await secrets.createSecret({
      Name: SecretId,
      SecretString: JSON.stringify({ ...JSON.parse(login(first)), masterarn }),
    })
    await secrets.rotateSecret({
      SecretId,
      RotationLambdaARN: arn(`${database.functions}MultiUser`),
      RotationRules: { ScheduleExpression: 'rate(10 days)' },
    })
    await server.clock.advance({ seconds: 1 })
    const second = await current(secrets, SecretId)
    assert.equal(second.username, 'app_clone')
    assert.deepEqual([await database.accepts(first), await database.accepts(second)], [true, true])

    await server.clock.advance({ days: 11 })
    const third = await current(secrets, SecretId)
    assert.equal(third.username, 'app')
    assert.deepEqual(
      [await database.accepts(first), await database.accepts(second), await database.accepts(third)],
      [false, true, true],
    )
  })
}

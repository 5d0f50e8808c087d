/**
 * Starts all of the example: a PostgreSQL, Strongroom in dev mode, the application as a user who may read one secret and nothing
 * else, and a rotation every minute. `--every SECONDS` rotates more often. Ctrl-C ends everything and leaves nothing behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { startRig } from '../../server/functions/test/postgres-rig.ts'

const { values } = parseArgs({
  options: { every: { type: 'string', default: '60' }, port: { type: 'string', default: '0' } },
})
const everyMs = Number(values.every) * 1000
if (!(everyMs > 0)) {
  console.error('--every takes a number of seconds\nhint: npm run example:rotating-web-app -- --every 10')
  process.exit(2)
}

const root = path.join(import.meta.dirname, '../..')
const NAME = 'shop/db'
const FUNCTION = 'SecretsManagerRDSPostgreSQLRotationMultiUser'
const children: ChildProcess[] = []

/** Starts a program of ours with just this environment; settles with what it says of itself. */
function started(script: string, args: readonly string[], env: Record<string, string>, says: RegExp): Promise<string> {
  const child = spawn(process.execPath, [path.join(root, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
    // Ctrl-C comes here, and `stop` tells the others: each is asked once, and in order.
    detached: true,
  })
  children.push(child)
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000)
      const found = says.exec(said)
      if (found?.[1] !== undefined) resolve(found[1])
    })
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
  })
}

const database = await startRig()
let stopped = false
async function stop(code: number): Promise<never> {
  stopped = true
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
  const ended = running.map((child) => once(child, 'exit'))
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(ended)
  await database[Symbol.asyncDispose]()
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop(0))

try {
  // The administrator's work: a database with an application's user, whose first password nobody will need again.
  const adminPassword = randomBytes(18).toString('base64url')
  const firstPassword = randomBytes(18).toString('base64url')
  await database.sql(`create role admin superuser login password '${adminPassword}'`)
  await database.sql(`create role app login password '${firstPassword}'`)
  await database.sql('create table visit (at timestamptz not null default now())')
  await database.sql('grant select, insert on visit to app')
  const { rows } = await database.sql('select current_database() as name')
  const dbname = (rows[0] as { name: string }).name

  const endpoint = await started(
    'cli/main.ts',
    ['dev', '--listen', '127.0.0.1:0', '--log-level', 'warn'],
    {},
    /(http:\/\/\S+:\d+)/,
  )
  const region = 'us-east-1'
  // In dev mode these are the account's root.
  const settings = { endpoint, region, credentials: { accessKeyId: 'example', secretAccessKey: 'example' } }
  const secrets = new SecretsManagerClient(settings)
  const iam = new IAMClient(settings)

  // The superuser's login and the application's: rotation gives the application's two users new passwords in turn.
  const login = { engine: 'postgres', host: '127.0.0.1', port: database.port, dbname }
  const master = await secrets.send(
    new CreateSecretCommand({
      Name: 'shop/master',
      SecretString: JSON.stringify({ ...login, username: 'admin', password: adminPassword }),
    }),
  )
  const made = await secrets.send(
    new CreateSecretCommand({
      Name: NAME,
      SecretString: JSON.stringify({ ...login, username: 'app', password: firstPassword, masterarn: master.ARN }),
    }),
  )

  // The application's identity: it may read this one secret.
  const UserName = 'web'
  await iam.send(new CreateUserCommand({ UserName }))
  const statement = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: made.ARN }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'read-its-login', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))

  const url = await started(
    'examples/rotating-web-app/app.ts',
    [],
    {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
      SECRET: NAME,
      PORT: values.port,
    },
    /app: (\S+)/,
  )
  console.log(`Strongroom: ${endpoint}`)
  console.log(`The application: ${url} (reads ${NAME} for each page; reload it, or ask ${url}/visit.json)`)
  console.log(`The password changes every ${values.every} s. Ctrl-C ends it.`)

  // Schedules begin at four hours, as AWS's do: somebody in a hurry asks for each rotation.
  const account = made.ARN?.split(':')[4]
  const rotationFunction = `arn:aws:lambda:${region}:${account}:function:${FUNCTION}`
  let known = ''
  while (!stopped) {
    const rotated = secrets.send(
      new RotateSecretCommand({
        SecretId: NAME,
        RotationLambdaARN: rotationFunction,
        RotationRules: { AutomaticallyAfterDays: 1 },
      }),
    )
    await rotated.catch((error: Error) => console.log(`not yet: ${error.message}`))
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: NAME }))
    const [current = ''] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT')) ?? []
    if (current !== known) console.log(`${new Date().toISOString()} AWSCURRENT is ${current}`)
    known = current
  }
} catch (error) {
  if (!stopped) {
    console.error(error instanceof Error ? error.message : error)
    await stop(1)
  }
}

import type { StoredSecret } from './database-secret.ts'
import {
  type DatabaseSecret,
  type Engine,
  FunctionFault,
  type Place,
  type RotationFunction,
  type Session,
} from './function.ts'
import { type Run, rotation, using } from './steps.ts'

/**
 * Rotation between a user and its clone: a superuser sets the password of the one that is not current, so that the other stays
 * valid for one more period. Source: rotation.md 8.5.
 */
export function multiUser(engine: Engine): RotationFunction {
  return rotation(engine, {
    keys: ['masterarn'],
    pendingUsername: (run, current) => run.otherName(current.username),
    setSecret,
    dryRun,
  })
}

async function setSecret(run: Run): Promise<void> {
  const { arn, token, context } = run
  const current = await run.read('AWSCURRENT')
  const pending = await run.read('AWSPENDING', token)
  // a clone that is still to be made may be let in by no rule of the server
  if (await run.isSet(pending, ['not admitted'])) return

  if (run.otherName(current.username) !== pending.username)
    throw new FunctionFault(
      `Attempting to modify user ${pending.username} other than current user or clone ${current.username}`,
    )
  if (pending.host !== current.host)
    throw new FunctionFault(
      `Attempting to modify user for host ${pending.host} other than current host ${current.host}`,
    )

  // confused deputy: who may write the secret must hold a valid login before a superuser acts for him
  const proof = await run.login(current, 'AWSCURRENT')
  if (proof === undefined)
    throw new FunctionFault(`Unable to log into database using current credentials for secret ${arn}`)
  await proof.close()

  const session = await loginAsMaster(run, current)
  await using(session, () => session.setClone(current.username, pending.username, pending.password))
  context.log(`setSecret: Successfully set password for ${pending.username} in database for secret arn ${arn}.`)
}

/** Where a server listens when a secret names no port, by the first name of the engine. */
const PORTS: Readonly<Record<string, number>> = {
  postgres: 5432,
  mysql: 3306,
  mariadb: 3306,
  sqlserver: 1433,
  oracle: 1521,
  mongo: 27_017,
  redshift: 5439,
  redis: 6379,
}

/**
 * The login of the current user was shown to the server at `current`; the superuser acts on the one at `master`. Another port of
 * the host may be a server of somebody who knows the password of a user of that name there. AWS compares hosts only.
 */
async function refuseElsewhere({ engine, context }: Run, current: StoredSecret, master: StoredSecret): Promise<void> {
  const port = PORTS[engine.names[0] ?? '']
  const [here, there] = [current, master].map((one) => ({ host: one.host, port: one.port ?? port })) as [Place, Place]
  if (here.host === there.host && here.port === there.port) return
  if (await context.databases?.follows(here, there)) return
  const { otherHost = '/rds replica of master' } = engine
  throw new FunctionFault(
    here.host === there.host
      ? `Current database port ${here.port} is not the same port as that of master ${there.port}`
      : `Current database host ${here.host} is not the same host as${otherHost} ${there.host}`,
  )
}

/** The superuser's own secret may rotate at this moment: it is read late, and once more when its password fails. */
export async function loginAsMaster(run: Run, current: StoredSecret): Promise<Session> {
  const arn = current.masterarn as string
  const { masterLogin = inDatabaseOf } = run.engine
  let refused: string | undefined
  for (;;) {
    const master = await run.readMaster(arn)
    await refuseElsewhere(run, current, master)
    if (master.password.reveal() === refused) break
    // tls and ca are the master's own: who writes the current secret must not choose whom the superuser's login is shown to
    const session = await run.login(masterLogin(master, current), 'master')
    if (session !== undefined) return session
    if (refused !== undefined) break
    refused = master.password.reveal()
  }
  throw new FunctionFault(`Unable to log into database using credentials in master secret ${arn}`)
}

const inDatabaseOf = (master: DatabaseSecret, { dbname }: DatabaseSecret): DatabaseSecret => ({ ...master, dbname })

/** What the superuser would do. */
async function dryRun(run: Run, current: StoredSecret): Promise<void> {
  const clone = run.otherName(current.username)
  const session = await loginAsMaster(run, current)
  await using(session, async () => {
    run.find('ok', `login with the superuser's secret ${current.masterarn} works`)
    for (const { state, what } of (await session.examine?.(current.username, clone)) ?? []) run.find(state, what)
  })
}

import { loginAsMaster } from './alternating-users.ts'
import type { StoredSecret } from './database-secret.ts'
import { FunctionFault, type RotationFunction } from './function.ts'
import { redis } from './redis.ts'
import { portOf } from './redis-login.ts'
import type { RedisSession } from './redis-session.ts'
import { type Run, rotation, using } from './steps.ts'

/**
 * Rotation of the users of Redis and Valkey. A user there may have several passwords, so its old one stays good for one more
 * period; whoever may set passwords may do everything, so most users have a superuser do it. Setting again what is set does no
 * harm: both forms always do, so that what a server lost, or an abandoned rotation left, is put right.
 */

/**
 * One user. After setSecret it has the pending password and the one that worked until then, after the next rotation the first of
 * these is gone. With `masterarn` the superuser there sets it, else the user itself, which needs +acl|setuser and +acl|getuser.
 */
export const redisSingleUser: RotationFunction = rotation(redis, {
  keys: [],
  pendingUsername: (_, current) => current.username,
  setSecret: setOwn,
  returnSecret: returnOwn,
  dryRun: (run, current) => examine(run, current),
})

/** A user and its clone in turn: the clone gets exactly the rules of the current user, and one new password. */
export const redisMultiUser: RotationFunction = rotation(redis, {
  keys: ['masterarn'],
  pendingUsername: (run, current) => run.otherName(current.username),
  setSecret: setOther,
  dryRun: (run, current) => examine(run, current, run.otherName(current.username)),
})

async function setOwn(run: Run): Promise<void> {
  const { arn, token, context } = run
  const previous = await run.readPrevious()
  const current = await run.read('AWSCURRENT')
  const pending = await run.read('AWSPENDING', token)
  if (pending.username !== current.username)
    throw new FunctionFault(`Attempting to modify user ${pending.username} other than current user ${current.username}`)
  refuseElsewhere(pending, current)

  // the same user on the same server, as the previous version knew it
  const valid = [current, pending, previous].filter(
    (one) => one !== undefined && one.username === current.username && isSamePlace(one, current),
  ) as StoredSecret[]
  const own = await loginWithAny(run, valid, current)
  const others = [current.password, ...(previous === undefined ? [] : [previous.password])]
  if (current.masterarn === undefined) {
    await using(own, () => own.setPasswords(pending.username, pending.password, others))
    noteKept(run, own)
  } else {
    await own.close()
    const master = (await loginAsMaster(run, current)) as RedisSession
    await using(master, () => master.setPasswords(pending.username, pending.password, others))
    noteKept(run, master)
  }
  context.log(`setSecret: Successfully set password for user ${pending.username} in database for secret arn ${arn}.`)
}

/** Where a user has one password only, the current one is set again when the new one has not passed its test. */
async function returnOwn(run: Run): Promise<void> {
  const { arn, token, context } = run
  const current = await run.read('AWSCURRENT')
  const valid = await run.login(current, 'AWSCURRENT')
  if (valid !== undefined) {
    await valid.close()
    context.log(`returnSecret: The current password is valid for secret arn ${arn}: nothing is set.`)
    return
  }
  const pending = await run.read('AWSPENDING', token)
  if (pending.username !== current.username)
    throw new FunctionFault(`Attempting to modify user ${pending.username} other than current user ${current.username}`)
  refuseElsewhere(pending, current)
  const own = await loginWithAny(run, [pending], current)
  const act = (session: RedisSession) => session.setPasswords(current.username, current.password, [pending.password])
  if (current.masterarn === undefined) await using(own, () => act(own))
  else {
    await own.close()
    const master = (await loginAsMaster(run, current)) as RedisSession
    await using(master, () => act(master))
  }
  context.log(`returnSecret: Successfully set the current password again for secret arn ${arn}.`)
}

/** Confused deputy: who may write the secret must hold a valid login of the user before anybody acts for him. */
async function loginWithAny(run: Run, valid: readonly StoredSecret[], current: StoredSecret): Promise<RedisSession> {
  for (const one of valid) {
    const session = await run.login({ ...one, tls: current.tls, ca: current.ca, nodes: nodesFor(current) }, 'secret')
    if (session !== undefined) return session as RedisSession
  }
  throw new FunctionFault(
    `Unable to log into database with previous, current, or pending secret of secret arn ${run.arn}`,
  )
}

async function setOther(run: Run): Promise<void> {
  const { arn, token, context } = run
  const current = await run.read('AWSCURRENT')
  const pending = await run.read('AWSPENDING', token)
  if (run.otherName(current.username) !== pending.username)
    throw new FunctionFault(
      `Attempting to modify user ${pending.username} other than current user or clone ${current.username}`,
    )
  refuseElsewhere(pending, current)
  const proof = await run.login({ ...current, nodes: nodesFor(current) }, 'AWSCURRENT')
  if (proof === undefined)
    throw new FunctionFault(`Unable to log into database using current credentials for secret ${arn}`)
  await proof.close()
  const master = (await loginAsMaster(run, current)) as RedisSession
  await using(master, () => master.setClone(current.username, pending.username, pending.password))
  noteKept(run, master)
  context.log(`setSecret: Successfully set password for ${pending.username} in database for secret arn ${arn}.`)
}

async function examine(run: Run, current: StoredSecret, clone?: string): Promise<void> {
  const own = current.masterarn === undefined
  const session = (own ? await run.login(current, 'AWSCURRENT') : await loginAsMaster(run, current)) as
    | RedisSession
    | undefined
  if (session === undefined) return
  await using(session, async () => {
    if (!own) run.find('ok', `login with the superuser's secret ${current.masterarn} works`)
    for (const { state, what } of await session.examine(current.username, clone)) run.find(state, what)
  })
}

/** A superuser's secret names the nodes itself, for its password goes there; then one login of the user is proof enough. */
const nodesFor = ({ masterarn, nodes }: StoredSecret): string | undefined =>
  masterarn === undefined ? nodes : undefined

const isSamePlace = (one: StoredSecret, other: StoredSecret): boolean =>
  one.host === other.host && portOf(one) === portOf(other)

/** The port counts too: another one of the host may be a server of somebody who knows the password there. */
function refuseElsewhere(pending: StoredSecret, current: StoredSecret): void {
  if (pending.host !== current.host)
    throw new FunctionFault(
      `Attempting to modify user for host ${pending.host} other than current host ${current.host}`,
    )
  if (!isSamePlace(pending, current))
    throw new FunctionFault(
      `Attempting to modify user for port ${portOf(pending)} other than current port ${portOf(current)}`,
    )
}

function noteKept({ arn, context }: Run, { kept }: RedisSession): void {
  if (kept === 'memory')
    context.log(
      `setSecret: The server of ${arn} has no file of users (aclfile), or none that we may write: after a restart it knows its old passwords again.`,
    )
  if (kept === 'one password')
    context.log(
      `setSecret: The server of ${arn} has no users (ACL): its one password is another one from now on, and the old one is refused.`,
    )
}

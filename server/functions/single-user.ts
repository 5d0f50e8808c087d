import { type Engine, FunctionFault, type RotationFunction } from './function.ts'
import { type Run, rotation, using } from './steps.ts'

/** Rotation of a user that changes its own password. Source: rotation.md 8.4. */
export function singleUser(engine: Engine): RotationFunction {
  return rotation(engine, { keys: [], pendingUsername: (_, current) => current.username, setSecret })
}

async function setSecret(run: Run): Promise<void> {
  const { arn, token, engine, context } = run
  const previous = await run.readPrevious()
  const current = await run.read('AWSCURRENT')
  const pending = await run.read('AWSPENDING', token)
  if (await run.isSet(pending)) return

  // confused deputy: nobody has another user's password changed, or one on another host
  if (pending.username !== current.username)
    throw new FunctionFault(`Attempting to modify user ${pending.username} other than current user ${current.username}`)
  if (pending.host !== current.host)
    throw new FunctionFault(
      `Attempting to modify user for host ${pending.host} other than current host ${current.host}`,
    )
  if (pending.port !== current.port || pending.dbname !== current.dbname)
    context.log(`setSecret: The pending version of ${arn} names another port or database than the current one.`)

  let used = current.password
  let session = await run.login(current, 'AWSCURRENT')
  if (session === undefined && previous !== undefined) {
    used = previous.password
    session = await run.login({ ...previous, tls: current.tls, ca: current.ca }, 'AWSPREVIOUS')
    const other =
      pending.username !== previous.username
        ? `Attempting to modify user ${pending.username} other than ${engine.previousUser ?? 'previous valid user'} ${previous.username}`
        : pending.host !== previous.host
          ? `Attempting to modify user for host ${pending.host} other than previous host ${previous.host}`
          : undefined
    if (session !== undefined && other !== undefined) {
      await session.close()
      throw new FunctionFault(other)
    }
  }
  if (session === undefined)
    throw new FunctionFault(
      `Unable to log into database with previous, current, or pending secret of secret arn ${arn}`,
    )
  const login = session
  await using(login, () => login.setOwnPassword(pending.username, pending.password, used))
  context.log(`setSecret: Successfully set password for user ${pending.username} in database for secret arn ${arn}.`)
}

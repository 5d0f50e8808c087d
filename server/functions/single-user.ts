import { type Engine, FunctionFault, type RotationFunction } from './function.ts'
import { type Run, rotation, using } from './steps.ts'

/** Rotation of a user that changes its own password. Source: rotation.md 8.4. */
export function singleUser(engine: Engine): RotationFunction {
  return rotation(engine, {
    keys: [],
    pendingUsername: (_, current) => current.username,
    setSecret,
    returnSecret,
    dryRunWithout,
  })
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
    // its own authority: who writes the current version must not choose to whom the previous login is shown
    const { tls } = engine.previousKeepsTls ? previous : current
    session = await run.login({ ...previous, tls }, 'AWSPREVIOUS')
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

/**
 * Sets the password of the current version again, when its users can't log in any more and the new one has not passed its test.
 * Whatever fails here, the database takes the current or the pending password: both are in the secret.
 */
async function returnSecret(run: Run): Promise<void> {
  const { arn, token, context } = run
  const current = await run.read('AWSCURRENT')
  const valid = await run.login(current, 'AWSCURRENT')
  if (valid !== undefined) {
    await valid.close()
    context.log(`returnSecret: The current password is valid for secret arn ${arn}: nothing is set.`)
    return
  }
  const pending = await run.read('AWSPENDING', token)
  if (pending.username !== current.username || pending.host !== current.host)
    throw new FunctionFault(`The pending version of ${arn} names another user or host than the current one`)
  const login = await run.login(pending, 'AWSPENDING')
  if (login === undefined)
    throw new FunctionFault(`Unable to log into database with current or pending secret of secret arn ${arn}`)
  await using(login, () => login.setOwnPassword(current.username, current.password, pending.password))
  const again = await run.login(current, 'AWSCURRENT')
  if (again === undefined)
    throw new FunctionFault(`The password of the current version was set again and does not work: secret arn ${arn}`)
  await again.close()
  context.log(`returnSecret: Successfully set the current password again for secret arn ${arn}.`)
}

/** Without the current password a rotation falls back on the previous one. */
async function dryRunWithout(run: Run): Promise<void> {
  const previous = await run.readPrevious()
  const session = previous && (await run.login(previous, 'AWSPREVIOUS'))
  await session?.close()
  if (session !== undefined)
    run.find('warning', 'login with the previous version works: a rotation would begin with it')
}

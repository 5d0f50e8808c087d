import type { StoredSecret } from './database-secret.ts'
import { type Finding, FunctionFault } from './function.ts'
import type { Run } from './steps.ts'

/**
 * Says what a rotation would do now, and changes nothing: reads the secret, tries the logins that a rotation needs, and has the
 * superuser's session look at what it would have to make. Each form of rotation adds what it needs besides.
 */
export async function dryRun(run: Run): Promise<void> {
  const { arn, engine } = run
  const current = await tried(run, 'the current version', () => run.read('AWSCURRENT'))
  if (current === undefined) return
  const { host, username } = current
  const port = current.port === undefined ? '' : `:${current.port}`
  run.find('ok', `the current version is a secret for ${engine.names[0]}: user ${username} on ${host}${port}`)
  const next = await tried(run, 'the next user', async () => run.form.pendingUsername(run, current))
  if (next === undefined) return
  const pending = await tried(run, 'the pending version', () => toCome(run))
  if (pending !== undefined && (pending.username !== next || pending.host !== host)) {
    run.find(
      'warning',
      `AWSPENDING names ${pending.username} on ${pending.host}; a rotation would be for ${next} on ${host}`,
    )
  }
  const session = await tried(run, 'login with AWSCURRENT', () => run.login(current, 'AWSCURRENT'))
  if (session === undefined) {
    run.find('wrong', `no login with the current version of ${arn}`)
    await run.form.dryRunWithout?.(run, current)
    return
  }
  await tried(run, 'the current session', async () => {
    try {
      await session.probe()
      run.find('ok', 'login with the current version works')
      if (current.check !== undefined && session.check !== undefined) {
        await session.check(current.check)
        run.find('ok', 'rotationCheck succeeds with the current password')
      }
    } finally {
      await session.close()
    }
  })
  await tried(run, 'what follows', async () => run.form.dryRun?.(run, current))
  run.find(
    'ok',
    `a rotation would give user ${next} a new password of ${engine.passwordLength} characters or as configured`,
  )
}

/** What a rotation that has begun would make current. After one that ended well AWSPENDING stays where AWSCURRENT is. */
async function toCome(run: Run): Promise<StoredSecret | undefined> {
  const { VersionIdsToStages } = await run.context.secrets.describeSecret(run.arn)
  const stages = Object.values(VersionIdsToStages).find((labels) => labels.includes('AWSPENDING'))
  return stages === undefined || stages.includes('AWSCURRENT') ? undefined : run.readIfThere('AWSPENDING')
}

/** Undefined when it fails, which is found then. */
export async function tried<T>(run: Run, what: string, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    const fault = run.fault(error)
    if (!(fault instanceof Error)) throw fault
    run.find('wrong', `${what}: ${fault.message}`)
    return undefined
  }
}

/** Tells findings, or throws for the first that would make a rotation fail where nobody listens. */
export function tell(found: ((finding: Finding) => void) | undefined, finding: Finding): void {
  if (found !== undefined) found(finding)
  else if (finding.state === 'wrong') throw new FunctionFault(finding.what)
}

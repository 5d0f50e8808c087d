import { ApiError } from '#kernel/error'
import type { Secret } from '#kernel/values/bytes'
import { isManagedByRds, readSecret, type StoredSecret, withCredentials } from './database-secret.ts'
import { passwordOptions } from './environment.ts'
import { dryRun, tell } from './dry-run.ts'
import {
  type ConnectFailure,
  type DatabaseSecret,
  type Engine,
  type Finding,
  type FunctionContext,
  type FunctionEvent,
  FunctionFault,
  NotConnected,
  type RotationFunction,
  type Session,
} from './function.ts'
import { guarded, refuseLinkLocal } from './link-local.ts'
import { completed, withRegistered } from './registered.ts'
import { withAuthorities } from './trust.ts'
import { told } from './untold.ts'

/** What differs between the forms of rotation; the rest of the four steps is the same. */
export interface Form {
  /** Keys that the secret must have besides the ones of every database. */
  readonly keys: readonly 'masterarn'[]
  /** The name of the user in the new version. */
  pendingUsername(run: Run, current: StoredSecret): string
  setSecret(run: Run): Promise<void>
  /** Sets the password of the current version again. Ours: AWS has no such step. */
  returnSecret?(run: Run): Promise<void>
  /** What a dry run looks at besides the login with the current version; and when there is none. */
  dryRun?(run: Run, current: StoredSecret): Promise<void>
  dryRunWithout?(run: Run, current: StoredSecret): Promise<void>
}

/** A rotation function of this form for this kind of database. Source: rotation.md 4, 8. */
export function rotation(engine: Engine, form: Form): RotationFunction {
  return async (event, context) => {
    const run = new Run(engine, form, event, context)
    try {
      if (event.Step === 'dryRun') await dryRun(run)
      else if (await isToBeDone(event, context)) await step(run)
    } catch (error) {
      throw run.fault(error)
    }
  }
}

/** The guard before every step. False when the version is current already. Source: rotation.md 4. */
export async function isToBeDone(event: FunctionEvent, { secrets, log }: FunctionContext): Promise<boolean> {
  const { SecretId: arn, ClientRequestToken: token } = event
  const { RotationEnabled, VersionIdsToStages } = await secrets.describeSecret(arn)
  // absent on a secret that was never configured: that is fine
  if (RotationEnabled === false) throw new FunctionFault(`Secret ${arn} is not enabled for rotation`)
  const stages = Object.hasOwn(VersionIdsToStages, token) ? VersionIdsToStages[token] : undefined
  if (stages === undefined)
    throw new FunctionFault(`Secret version ${token} has no stage for rotation of secret ${arn}.`)
  if (stages.includes('AWSCURRENT')) {
    log(`Secret version ${token} already set as AWSCURRENT for secret ${arn}.`)
    return false
  }
  if (!stages.includes('AWSPENDING'))
    throw new FunctionFault(`Secret version ${token} not set as AWSPENDING for rotation of secret ${arn}.`)
  return true
}

function step(run: Run): Promise<void> {
  switch (run.step) {
    case 'createSecret':
      return createSecret(run)
    case 'setSecret':
      return run.form.setSecret(run)
    case 'testSecret':
      return testSecret(run)
    case 'finishSecret':
      return finishSecret(run)
    case 'returnSecret':
      if (run.form.returnSecret !== undefined) return run.form.returnSecret(run)
  }
  throw new FunctionFault(`Invalid step parameter ${run.step} for secret ${run.arn}`)
}

async function createSecret(run: Run): Promise<void> {
  const { arn, token, context, engine } = run
  const current = await run.read('AWSCURRENT')
  // one token never gets two passwords: the first may stand in the database already
  if ((await run.readIfThere('AWSPENDING', token)) !== undefined) {
    context.log(`createSecret: Successfully retrieved secret for ${arn}.`)
    return
  }
  const username = run.form.pendingUsername(run, current)
  const password = await context.secrets.getRandomPassword(passwordOptions(engine, context.environment))
  const renamed = username === current.username ? undefined : username
  await context.secrets.putSecretValue(arn, token, withCredentials(current.text, password, renamed), ['AWSPENDING'])
  context.log(`createSecret: Successfully put secret for ARN ${arn} and version ${token}.`)
}

async function testSecret(run: Run): Promise<void> {
  const pending = await run.read('AWSPENDING', run.token)
  const refusal = `Unable to log into database with pending secret of secret ARN ${run.arn}`
  const session = await run.login(pending, 'AWSPENDING', { otherwise: refusal })
  if (session === undefined) throw new FunctionFault(refusal)
  await using(session, async () => {
    await session.probe()
    if (pending.check === undefined) return
    if (session.check === undefined) throw new FunctionFault('rotationCheck: there are no checks for this engine')
    await session.check(pending.check)
  })
  run.context.log(`testSecret: Successfully signed into database with AWSPENDING secret in ${run.arn}.`)
}

export async function finishSecret({ arn, token, context }: Pick<Run, 'arn' | 'token' | 'context'>): Promise<void> {
  const { VersionIdsToStages } = await context.secrets.describeSecret(arn)
  const holder = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT'))?.[0]
  if (holder === token) {
    context.log(`finishSecret: Version ${token} already marked as AWSCURRENT for ${arn}`)
    return
  }
  await context.secrets.updateSecretVersionStage(arn, 'AWSCURRENT', token, holder)
  context.log(`finishSecret: Successfully set AWSCURRENT stage to version ${token} for secret ${arn}.`)
}

/** Does something with a session and closes it, whatever happens. */
export async function using<T>(session: Session, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } finally {
    await session.close()
  }
}

/** One step of one rotation: how it reads secrets and logs in. It knows every password that it met, to tell none. */
export class Run {
  readonly engine: Engine
  readonly form: Form
  readonly step: string
  readonly arn: string
  readonly token: string
  readonly context: FunctionContext
  readonly #met: Secret[] = []

  constructor(engine: Engine, form: Form, event: FunctionEvent, context: FunctionContext) {
    this.engine = engine
    this.form = form
    this.step = event.Step
    this.arn = event.SecretId
    this.token = event.ClientRequestToken
    this.context = context
  }

  /** The secret's value with this label (and this version). Throws what is wrong with it. */
  async read(stage: string, token?: string): Promise<StoredSecret> {
    const value = await this.#value(this.arn, stage, token)
    const secret = this.#meet(readSecret(value, this.engine))
    for (const key of [...(this.engine.requiredKeys ?? []), ...this.form.keys])
      if (secret[key] === undefined) throw new FunctionFault(`${key} key is missing from secret JSON`, 'KeyError')
    return secret
  }

  /** The same; undefined when there is no such value. */
  async readIfThere(stage: string, token?: string): Promise<StoredSecret | undefined> {
    try {
      return await this.read(stage, token)
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ResourceNotFoundException') return undefined
      throw error
    }
  }

  /** The previous version; undefined also when it is of no use. Source: rotation.md 8.4. */
  async readPrevious(): Promise<StoredSecret | undefined> {
    try {
      return await this.readIfThere('AWSPREVIOUS')
    } catch (error) {
      if (error instanceof FunctionFault) return undefined
      throw error
    }
  }

  /** The superuser's secret, as it is current. */
  async readMaster(arn: string): Promise<StoredSecret> {
    const value = await this.#value(arn, 'AWSCURRENT')
    const whole = isManagedByRds(value) ? await completed(value, arn, this.engine, this.context) : value
    return this.#meet(readSecret(whole, this.engine))
  }

  /**
   * Logs in. Undefined when the password is wrong, or for one of the failures in `also`; any other failure ends the step, with
   * the words `otherwise`: older passwords would fare no better, and may lock the user out. Source: rotation.md 9.
   */
  async login(
    secret: DatabaseSecret,
    label: string,
    { also = [], otherwise }: { also?: readonly ConnectFailure[]; otherwise?: string } = {},
  ): Promise<Session | undefined> {
    this.context.signal.throwIfAborted()
    try {
      const { authorities, signal } = this.context
      const trusting = withAuthorities(await withRegistered(secret, this.context), authorities)
      refuseLinkLocal(trusting.host)
      return await guarded(() => this.engine.connect(trusting, signal))
    } catch (error) {
      if (!(error instanceof NotConnected)) throw error
      const why = `${error.failure}: ${told(error.message, this.#met)}`
      if (error.failure === 'auth' || also.includes(error.failure)) {
        this.context.log(`${this.step}: No login with the ${label} secret of ${this.arn} (${why}).`)
        return undefined
      }
      const what = otherwise ?? `Unable to connect to the database with the ${label} secret of ${this.arn}`
      throw new FunctionFault(`${what}: ${why}`, 'OperationalError')
    }
  }

  /** Whether the version that is to come is valid in the database already: then a run before this one has set it. */
  async isSet(pending: StoredSecret, also: readonly ConnectFailure[] = []): Promise<boolean> {
    const session = await this.login(pending, 'AWSPENDING', { also })
    if (session === undefined) return false
    await session.close()
    this.context.log(`setSecret: AWSPENDING secret is already set as password in database for secret arn ${this.arn}.`)
    return true
  }

  /** Something that a dry run has found. */
  find(state: Finding['state'], what: string): void {
    tell(this.context.found, { state, what: told(what, this.#met) })
  }

  /** The other name of a user, within the limits of the database. Source: rotation.md 8.5. */
  otherName(username: string): string {
    const { engine } = this
    const other = engine.clone(username)
    const size = engine.usernameSize ?? ((name: string) => [...name].length)
    const limit = engine.usernameLimit(this.context.environment)
    if (limit !== undefined && size(other) > limit && size(other) > size(username))
      throw new FunctionFault(
        `Unable to clone user, username length with ${engine.cloneSuffix ?? '_clone'} appended would exceed ${limit} characters`,
      )
    if (other === '' || other === username) throw new FunctionFault('the name of the user allows for no clone')
    return other
  }

  /** What to throw for an error: the driver's own words are looked through for every password that was met. */
  fault(error: unknown): unknown {
    if (error instanceof FunctionFault || error instanceof ApiError) return error
    if (this.context.signal.aborted) return new FunctionFault(`the step ${this.step} was stopped`, 'Stopped')
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) }
    return new FunctionFault(told(message, this.#met), name)
  }

  async #value(arn: string, stage: string, token?: string): Promise<Secret> {
    const version = token === undefined ? { VersionStage: stage } : { VersionId: token, VersionStage: stage }
    return await this.context.secrets.getSecretValue(arn, version)
  }

  #meet(secret: StoredSecret): StoredSecret {
    this.#met.push(secret.password)
    return secret
  }
}

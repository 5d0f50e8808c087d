import { decide } from '#kernel/authorization/authorize'
import { compile, standing } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Clock } from '#kernel/clock'
import type { Log } from '#kernel/log'
import type { Tracing } from '#kernel/tracing'
import { Secret } from '#kernel/values/bytes'
import { parseArn } from '#kernel/values/arn'
import { endOf } from './functions/deadline.ts'
import { refusalOf, type Variables } from './functions/environment.ts'
import { type Finding, FunctionFault, type RotationFunction, type SecretsClient } from './functions/function.ts'
import { builtIn, endsPrevious, managedClient, returns, singleUserOf } from './functions/index.ts'
import type { FunctionSetup } from './functions/settings.ts'
import type { PrincipalsNow } from './services/iam/port.ts'
import type { Managed, RegisteredDatabases } from './services/rds/port.ts'
import { callerOf } from './services/iam/callers.ts'
import type { InvokeForService, UserFunctions } from './services/lambda/port.ts'
import type { Functions, InvokeFunction, Invoked, RotationEvent } from './services/secretsmanager/functions.ts'

/** Does an operation in the name of a caller, as the pipeline's `local`. */
export type Local = (target: string, input: unknown, caller: Caller, region: string, via?: string) => Promise<unknown>

export interface InvokeParts {
  /** Asked when a function runs: the pipeline is built after the services that invoke functions. */
  readonly local: Local
  readonly principals: PrincipalsNow
  readonly log: Log
  readonly clock: Clock
  /** How the operator set the functions up; without it they have no environment and call nobody's URL. */
  readonly setup?: FunctionSetup
  readonly environments?: Environments
  /** Told what a dry run finds (the step `dryRun`). */
  readonly found?: (finding: Finding) => void
  /** Told what a run of a function said, which no secret value is in that it did not say in spite of all. */
  readonly said?: (said: Said) => void
  /** Databases that the server knows; without it none is known, and no service keeps a secret. */
  readonly databases?: RegisteredDatabases
}

/**
 * The variables that an account has set for one of the built-in functions in a region (UpdateFunctionConfiguration): they come
 * before those of the server. `refusalOf` says which do not do; such ones end every step in a fault.
 */
export type Environments = (account: string, region: string, name: string) => Promise<Variables>

/** Longest run of one step: a database that answers nothing any more must not keep a place. The lease of a step is longer. */
const LONGEST_MS = 120_000
/** How long a function may take to end after that, or when the server stops. */
const GRACE_MS = 10_000

/** The role that built-in functions run as, in the account of the secret. It has no more rights than one rotation needs. */
const ROLE = 'AWSServiceRoleForSecretsManagerRotation'

/** The name of a built-in function in an ARN, without version or alias; undefined for any other function. */
function builtInName(functionArn: string): string | undefined {
  const arn = parseArn(functionArn)
  if (arn?.partition !== 'aws' || arn.service !== 'lambda') return undefined
  const [kind, name = '', ...more] = arn.resource.split(':')
  return kind === 'function' && more.length === 0 && builtIn(name) !== undefined ? name : undefined
}

/** Whether it is no function but the service that keeps a secret: `rds.amazonaws.com`. */
const isKeeper = (functionArn: string): boolean =>
  !functionArn.startsWith('arn:') && functionArn.endsWith('.amazonaws.com')

/**
 * The functions that are built in: every account has them under their published names. Who may rotate with one needs
 * lambda:InvokeFunction on it as with any other; they let in Secrets Manager for secrets of their own account.
 */
export const builtInFunctions: Functions = {
  async mayInvoke(functionArn, call) {
    if (builtInName(functionArn) === undefined) return false
    const owner = parseArn(functionArn)?.account ?? ''
    const target = { resource: functionArn, owner }
    return decide(call, 'lambda', 'lambda:InvokeFunction', target).allowed
  },
  async admits(functionArn, principal, source) {
    if (builtInName(functionArn) === undefined || principal !== 'secretsmanager.amazonaws.com') return false
    return parseArn(functionArn)?.account === source.account
  },
  // what a service rotates by itself is done by the code for single users
  returns: (functionArn) => isKeeper(functionArn) || returns(builtInName(functionArn) ?? ''),
  endsPrevious: (functionArn) => isKeeper(functionArn) || endsPrevious(builtInName(functionArn) ?? ''),
}

/** Built-in functions and those of users, in one unit of work: a name that is built in is nobody else's. */
export function allFunctions(users: UserFunctions): Functions {
  const of = (functionArn: string): Functions =>
    builtInName(functionArn) === undefined && !isKeeper(functionArn) ? users : builtInFunctions
  return {
    mayInvoke: (functionArn, call) => of(functionArn).mayInvoke(functionArn, call),
    admits: (functionArn, principal, source) => of(functionArn).admits(functionArn, principal, source),
    isStopped: async (functionArn) => (await of(functionArn).isStopped?.(functionArn)) === true,
    returns: (functionArn) => of(functionArn).returns?.(functionArn) === true,
    endsPrevious: (functionArn) => of(functionArn).endsPrevious?.(functionArn) === true,
  }
}

/** Leaves a span of each step that a function did for a rotation. `clock`: the machine's. */
export function tracedSteps(tracing: Pick<Tracing, 'did'>, clock: Clock, invoke: InvokeFunction): InvokeFunction {
  return async (functionArn, event, context) => {
    const beganAt = clock.now()
    const ended = await invoke(functionArn, event, context)
    tracing.did({
      name: `rotation/${event.Step}`,
      attributes: {
        'aws.lambda.invoked_arn': functionArn,
        'aws.secretsmanager.secret.arn': event.SecretId,
        'cloud.account.id': context.account,
        'cloud.region': context.region,
      },
      beganAt,
      endedAt: clock.now(),
      // the function's own words could say more than belongs to a collector
      failure: ended.ok ? undefined : ended.errorType,
    })
    return ended
  }
}

/** Invokes what is built in by `own`, and the functions of users, each by its ARN, by Lambda. */
export function invokerOfAll(own: InvokeFunction, users: InvokeForService): InvokeFunction {
  return async (functionArn, event, context): Promise<Invoked> => {
    const isUsers = functionArn.startsWith('arn:') && builtInName(functionArn) === undefined
    if (!isUsers) return own(functionArn, event, context)
    const ended = await users(functionArn, {
      principal: 'secretsmanager.amazonaws.com',
      source: { arn: event.SecretId, account: context.account },
      payload: Buffer.from(JSON.stringify(event)),
      signal: context.signal,
      hidden: [new Secret(event.RotationToken)],
    })
    return ended.ok ? { ok: true } : ended
  }
}

/** What one run of a function said. Times are milliseconds. */
export interface Said {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly startedAt: number
  readonly endedAt: number
  readonly lines: readonly { readonly time: number; readonly text: string }[]
  /** Values that it handled. */
  readonly handled: readonly Secret[]
}

/** Invokes built-in functions in this process. */
export function invoker(parts: InvokeParts): InvokeFunction {
  const { local, principals, log, setup } = parts
  const outside = setup === undefined ? undefined : { reach: setup.reach, now: () => parts.clock.now() }
  return async (functionArn, event, { account, region, configuredBy, signal }): Promise<Invoked> => {
    let name = functionArn
    const startedAt = parts.clock.now()
    const lines: { readonly time: number; readonly text: string }[] = []
    const handled: Secret[] = [new Secret(event.RotationToken)]
    const say = (text: string) => lines.push({ time: parts.clock.now(), text })
    let ran = false
    try {
      const meant = await meantBy(functionArn, event.SecretId, { account, region }, parts.databases)
      if (meant === undefined) return notFound(functionArn)
      const { run, managed } = meant
      name = meant.name
      ran = true
      const running = { local, principals, account, region, configuredBy, name, via: meant.via }
      const client = noting(secretsFor(event, running), handled)
      const told = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)])
      const work = run(event, {
        secrets:
          managed === undefined ? client : managedClient(client, event.SecretId, managed.database, managed.chosen),
        databases: parts.databases?.lookups({ account, region }, asConfigurer(running)),
        environment: await environmentOf(parts, account, region, name),
        authorities: setup?.authorities,
        outside,
        found: parts.found,
        log: (line) => {
          say(line)
          log.info({ function: name, secret: event.SecretId, step: event.Step }, line)
        },
        signal: told,
      })
      await endOf(work, told, GRACE_MS)
      if (managed?.chosen !== undefined && event.Step === 'finishSecret')
        await parts.databases?.left({ account, region }, event.SecretId)
      return { ok: true }
    } catch (error) {
      if (error instanceof FunctionFault) say(`[ERROR] ${error.type}: ${error.message}`)
      else if (error instanceof ApiError) say(`[ERROR] ${error.code}: ${error.message}`)
      else say('[ERROR] Runtime.Unknown: the function failed; see the log of the server')
      if (error instanceof FunctionFault) return { ok: false, errorType: error.type, errorMessage: error.message }
      if (error instanceof ApiError) return { ok: false, errorType: error.code, errorMessage: error.message }
      log.error({ function: name, secret: event.SecretId, step: event.Step, err: error }, 'a rotation function failed')
      return { ok: false, errorType: 'Runtime.Unknown', errorMessage: 'the function failed; see the log of the server' }
    } finally {
      if (ran) parts.said?.({ account, region, name, startedAt, endedAt: parts.clock.now(), lines, handled })
    }
  }
}

const notFound = (functionArn: string): Invoked => ({
  ok: false,
  errorType: 'ResourceNotFoundException',
  errorMessage: `Function not found: ${functionArn}`,
})

/** What is to be run. */
interface Meant {
  readonly name: string
  readonly run: RotationFunction
  /** The service that keeps the secret, and the database that it is of. */
  readonly via?: string
  readonly managed?: Managed
}

/**
 * The built-in function of an ARN; of a secret that a service keeps (`rds.amazonaws.com` for an ARN) the one for single users of
 * such a database. Source: rotation.md 11.
 */
async function meantBy(
  functionArn: string,
  secretArn: string,
  cell: { readonly account: string; readonly region: string },
  databases: RegisteredDatabases | undefined,
): Promise<Meant | undefined> {
  if (!isKeeper(functionArn)) {
    const name = builtInName(functionArn)
    const run = name === undefined ? undefined : builtIn(name)
    return name === undefined || run === undefined ? undefined : { name, run }
  }
  const managed = await databases?.managed(cell, secretArn)
  if (managed === undefined)
    throw new FunctionFault('No database is registered whose password this secret holds', 'DBInstanceNotFound')
  const name = singleUserOf(managed.database.engine) ?? ''
  const run = builtIn(name)
  return run && { name, run, via: functionArn, managed }
}

/** Asks in the name of who set the rotation up. */
const asConfigurer =
  (running: Running) =>
  async (operation: string, input: object): Promise<unknown> =>
    running.local(operation, input, await configurer(running), running.region)

async function environmentOf(
  { setup, environments }: InvokeParts,
  account: string,
  region: string,
  name: string,
): Promise<Variables> {
  const environment = new Map(setup?.environmentOf(name))
  for (const [variable, value] of (await environments?.(account, region, name)) ?? []) environment.set(variable, value)
  const wrong = refusalOf(environment)
  if (wrong !== undefined) throw new FunctionFault(`The environment of ${name} does not do: ${wrong}`)
  return environment
}

interface Running {
  readonly local: Local
  readonly principals: PrincipalsNow
  readonly account: string
  readonly region: string
  readonly configuredBy: string | undefined
  readonly name: string
  /** See `Call`. */
  readonly via?: string | undefined
}

/** Remembers the values that go through the hands of a function. */
function noting(client: SecretsClient, handled: Secret[]): SecretsClient {
  const noted = (value: Secret): Secret => {
    handled.push(value)
    return value
  }
  return {
    ...client,
    getSecretValue: async (...asked) => noted(await client.getSecretValue(...asked)),
    putSecretValue: (id, token, value, ...more) => client.putSecretValue(id, token, noted(value), ...more),
    getRandomPassword: async (...asked) => noted(await client.getRandomPassword(...asked)),
  }
}

/** Secrets Manager as the function reaches it: its own secret as its role, any other with the rights of who set the rotation up. */
function secretsFor(event: RotationEvent, running: Running): SecretsClient {
  const { local, region } = running
  const own = roleOf(event.SecretId, running)
  const caller = (secretId: string) => (secretId === event.SecretId ? Promise.resolve(own) : configurer(running))
  const ask = async <T>(operation: string, input: object, who: Caller): Promise<T> =>
    (await local(`secretsmanager.${operation}`, input, who, region, running.via)) as T
  return {
    async describeSecret(SecretId) {
      const {
        RotationEnabled,
        VersionIdsToStages = {},
        Tags,
      } = await ask<{
        RotationEnabled?: boolean
        VersionIdsToStages?: Record<string, string[]>
        Tags?: { Key?: string; Value?: string }[]
      }>('DescribeSecret', { SecretId }, await caller(SecretId))
      return {
        ...(RotationEnabled === undefined ? {} : { RotationEnabled }),
        ...(Tags === undefined ? {} : { Tags }),
        VersionIdsToStages,
      }
    },
    async getSecretValue(SecretId, version) {
      const { SecretString } = await ask<{ SecretString?: string }>(
        'GetSecretValue',
        { SecretId, ...version },
        await caller(SecretId),
      )
      if (SecretString === undefined) throw new FunctionFault('the secret holds no text', 'KeyError')
      return new Secret(SecretString)
    },
    async putSecretValue(SecretId, ClientRequestToken, value, VersionStages) {
      const input = { SecretId, ClientRequestToken, SecretString: value.reveal(), VersionStages }
      await ask('PutSecretValue', { ...input, RotationToken: event.RotationToken }, own)
    },
    async updateSecretVersionStage(SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId) {
      const input = { SecretId, VersionStage, MoveToVersionId }
      await ask(
        'UpdateSecretVersionStage',
        RemoveFromVersionId === undefined ? input : { ...input, RemoveFromVersionId },
        own,
      )
    },
    async getRandomPassword(options) {
      const { RandomPassword = '' } = await ask<{ RandomPassword?: string }>('GetRandomPassword', options, own)
      return new Secret(RandomPassword)
    },
  }
}

/** The role of a function, narrowed to the secret that it rotates. */
function roleOf(secretArn: string, { account, name }: Running): Caller {
  const arn = `arn:aws:iam::${account}:role/aws-service-role/rotation.secretsmanager.amazonaws.com/${ROLE}`
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
          (action) => `secretsmanager:${action}`,
        ),
        Resource: secretArn,
      },
      { Effect: 'Allow', Action: 'secretsmanager:GetRandomPassword', Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
        Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': secretArn } },
      },
    ],
  })
  return {
    kind: 'role',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${ROLE}/${name}`,
    principalArn: arn,
    userId: `AROASECRETSROTATION00:${name}`,
    accessKeyId: '',
    tags: new Map(),
    policies: [standing(compile(document), { kind: 'inline', id: 'rotation', holder: `role/${ROLE}` })],
  }
}

/**
 * Who set the rotation up, with the rights that it has now: the secret of a superuser is read as this principal, so that nobody
 * has a function read what he may not read himself.
 */
async function configurer({ principals, account, configuredBy }: Running): Promise<Caller> {
  const [owner = '', id = ''] = (configuredBy ?? '').includes('/')
    ? (configuredBy ?? '').split('/')
    : [account, configuredBy ?? '']
  const principal = id === '' ? undefined : await principals.principal(owner, id)
  if (principal === undefined) {
    throw new FunctionFault(
      'The principal that configured the rotation is not there any more, or was a session with policies of its own: configure it again with RotateSecret',
      'AccessDeniedException',
    )
  }
  return callerOf(principal, { session: 'rotation' })
}

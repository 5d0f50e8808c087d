import assert from 'node:assert/strict'
import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Lambda } from '@aws-sdk/client-lambda'
import { SecretsManager, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager'
import { zip } from '../../../runtime/test/zip.ts'
import type { Sandboxes } from '../../../services/lambda/sandboxes.ts'
import { type Answer, connections, type Draft, send, signed, unsigned } from '../../registry/client.ts'
import { type Started, type StartOptions, start } from '../../start.ts'
import { clientsOf, type Credentials, region } from '../session.ts'

/** What the conformance of Secrets Manager needs besides the SDK: the bytes on the wire, people who may little, a rotation function. */

/** An answer as it came back, its body read when it is JSON. */
export interface Wired extends Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
  readonly json: any
}

/** A call as no SDK would send it: the body as it is given, signed as it stands. */
export interface Wire {
  /** `input`: an object, or the body itself. `headers` besides those of a call; undefined takes one away. */
  (
    operation: string,
    input: object | string | Buffer,
    more?: { readonly headers?: Record<string, string | undefined>; readonly keys?: Credentials },
  ): Promise<Wired>
  /** Any request, signed by root; `sign: false`: without a signature; `at`: signed at another time; `service`, `region`: of the scope. */
  send(
    draft: Draft,
    how?: { sign?: boolean; at?: number; service?: string; region?: string; keys?: Credentials },
  ): Promise<Wired>
}

/** Raw requests to a server; its connections end with the test file. */
export function wireOf(server: Started): Wire {
  const agent = connections()
  after(() => agent.destroy())
  const read = (answer: Answer): Wired => ({
    ...answer,
    json: answer.text.startsWith('{') ? JSON.parse(answer.text) : undefined,
  })
  const any: Wire['send'] = async (draft, how = {}) => {
    const signing = {
      credentials: how.keys ?? server.credentials,
      service: how.service ?? 'secretsmanager',
      region: how.region ?? region,
      at: how.at ?? server.clock.now(),
    }
    const outgoing = how.sign === false ? unsigned(server.port, draft) : signed(server.port, draft, signing)
    return read(await send(agent, server.port, outgoing))
  }
  const wire = (
    operation: string,
    input: object | string | Buffer,
    { headers = {}, keys }: { headers?: Record<string, string | undefined>; keys?: Credentials } = {},
  ) => {
    const body = typeof input === 'string' || Buffer.isBuffer(input) ? input : JSON.stringify(input)
    const all: Record<string, string | undefined> = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `secretsmanager.${operation}`,
      ...headers,
    }
    const present = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined)
    return any({ headers: Object.fromEntries(present), body }, keys === undefined ? {} : { keys })
  }
  return Object.assign(wire, { send: any })
}

/** Asserts that an answer is this refusal as it stands on the wire: 400, the bare code, its text in `Message` or `message`. */
export function refusedOnWire(
  { status, headers, json }: Wired,
  code: string,
  text: string | RegExp,
  member: 'Message' | 'message' = 'Message',
): void {
  assert.equal(json?.__type, code, JSON.stringify(json))
  assert.equal(status, 400)
  assert.deepEqual(Object.keys(json), ['__type', member])
  if (typeof text === 'string') assert.equal(json[member], text)
  else assert.match(json[member], text)
  assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/)
  assert.equal(headers['content-type'], 'application/x-amz-json-1.1')
}

/** A client whose requests carry no ClientRequestToken; the SDKs otherwise make one. */
export function withoutToken(server: Started, more: SecretsManagerClientConfig = {}): SecretsManager {
  const client = new SecretsManager({ endpoint: server.url, region, credentials: server.credentials, ...more })
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: Uint8Array }
      const { ClientRequestToken: _, ...body } = JSON.parse(new TextDecoder().decode(request.body))
      request.body = new TextEncoder().encode(JSON.stringify(body))
      return next(args)
    },
    { step: 'build', priority: 'high' },
  )
  after(() => client.destroy())
  return client
}

type Clients = ReturnType<typeof clientsOf>

/** A statement of a policy. */
export type Statement = Readonly<Record<string, unknown>>

/** The JSON of a policy. */
export const documentOf = (...Statement: Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement })
export const allow = (Action: string | string[], Resource: string | string[] = '*', more: Statement = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
export const deny = (Action: string | string[], Resource: string | string[] = '*', more: Statement = {}) => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
})

/** A user with clients of his own. */
export interface Person extends Clients {
  readonly arn: string
  readonly credentials: Credentials
  /** What he may do from now on: these statements and nothing else. */
  may(...statements: Statement[]): Promise<void>
  /** AWS's sentence when an identity-based policy does not allow it. `on`: as it was named. */
  denied(action: string, on?: string): string
}

/** Makes a user, whose clients end with the test file. */
export async function personOf(server: Started, { iam }: Pick<Clients, 'iam'>, UserName: string): Promise<Person> {
  const { User } = await iam.createUser({ UserName })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const arn = User?.Arn ?? ''
  const clients = clientsOf(server, credentials)
  after(() => clients.destroy())
  return Object.assign(clients, {
    arn,
    credentials,
    async may(...statements: Statement[]) {
      await iam.putUserPolicy({ UserName, PolicyName: 'may', PolicyDocument: documentOf(...statements) })
    },
    denied: (action: string, on?: string) =>
      `User: ${arn} is not authorized to perform: secretsmanager:${action}${on === undefined ? '' : ` on resource: ${on}`} because no identity-based policy allows the secretsmanager:${action} action`,
  })
}

/** What a rotation function is told. Source: secretsmanager.md 10.2. */
export interface Step {
  readonly Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'
  readonly SecretId: string
  readonly ClientRequestToken: string
  readonly RotationToken: string
}

/** A server with a rotation function that the test plays. */
export interface Rotor {
  readonly server: Started
  readonly secrets: SecretsManager
  readonly lambda: Lambda
  readonly iam: Clients['iam']
  readonly functionArn: string
  /** What the function was told, in order. */
  readonly told: Step[]
  /** What it does; what it throws is the failure of the step. Default: `rotates`. */
  answer: (step: Step) => Promise<void>
  /** A function of that name without a policy: the service may not invoke it. */
  shut(FunctionName: string): Promise<string>
}

/** What a well-behaved function does, as AWS's templates have it; it leaves AWSPENDING where it is. */
export const rotates =
  (secrets: SecretsManager) =>
  async ({ Step, SecretId, ClientRequestToken, RotationToken }: Step): Promise<void> => {
    const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId })
    if (Step === 'createSecret') {
      const SecretString = `made for ${ClientRequestToken}`
      const VersionStages = ['AWSPENDING']
      await secrets.putSecretValue({ SecretId, ClientRequestToken, SecretString, VersionStages, RotationToken })
    }
    if (Step !== 'finishSecret') return
    const current = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'))
    if (current === ClientRequestToken) return
    await secrets.updateSecretVersionStage({
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: ClientRequestToken,
      RemoveFromVersionId: current,
    })
  }

/** Starts the server of a test file with such a function; all of it ends with the file. */
export async function rotorOf(options: StartOptions = {}): Promise<Rotor> {
  const told: Step[] = []
  const sandboxes: Sandboxes = {
    async run(_runnable, { payload }) {
      const step = JSON.parse(Buffer.from(payload).toString()) as Step
      told.push(step)
      const ended = { logTail: Buffer.alloc(0), hide: (text: string) => text }
      try {
        await rotor.answer(step)
        return { ...ended, functionError: undefined, payload: Buffer.from('null') }
      } catch (error) {
        const said = { errorType: 'Error', errorMessage: (error as Error).message }
        return { ...ended, functionError: 'Unhandled', payload: Buffer.from(JSON.stringify(said)) }
      }
    },
  }
  const server = await start({ sandboxes, ...options })
  const clients = clientsOf(server)
  const { secrets, iam } = clients
  const lambda = new Lambda({ endpoint: server.url, region, credentials: server.credentials })
  after(async () => {
    clients.destroy()
    lambda.destroy()
    await server[Symbol.asyncDispose]()
  })
  const Statement = [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }]
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  const { Role } = await iam.createRole({ RoleName: 'rotates', AssumeRolePolicyDocument })
  const shut = async (FunctionName: string) => {
    const { FunctionArn = '' } = await lambda.createFunction({
      FunctionName,
      Role: Role?.Arn ?? '',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zip({ 'index.js': 'exports.handler = async () => null' }) },
    })
    return FunctionArn
  }
  const functionArn = await shut('rotator')
  await lambda.addPermission({
    FunctionName: 'rotator',
    StatementId: 'secrets-manager',
    Action: 'lambda:InvokeFunction',
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: server.account,
  })
  const rotor: Rotor = { server, secrets, lambda, iam, functionArn, told, answer: rotates(secrets), shut }
  return rotor
}

/** Asks, a hundred times a second, until there is an answer; a hang is caught by the test's own timeout. */
export async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await delay(10)
  }
}

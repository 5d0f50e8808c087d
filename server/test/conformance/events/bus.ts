import assert from 'node:assert/strict'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { STS } from '@aws-sdk/client-sts'
import { zip } from '../../../runtime/test/zip.ts'
import type { Invocation, Runnable, Sandboxes } from '../../../services/lambda/sandboxes.ts'
import { type Started, start, type StartOptions } from '../../start.ts'

/** What a function got. */
export interface Got {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: events of every kind; the assertions look at their members
  readonly event: any
}

/** What functions do, in the place of processes. */
export class Played implements Sandboxes {
  readonly got: Got[] = []
  /** What it does with an event, and by which key. */
  act: (name: string, event: unknown, runnable: Runnable, invocation: Invocation) => Promise<void> = async () =>
    undefined

  async run(runnable: Runnable, invocation: Invocation) {
    const event: unknown = JSON.parse(Buffer.from(invocation.payload).toString())
    this.got.push({ name: runnable.name, event })
    await this.act(runnable.name, event, runnable, invocation)
    return {
      functionError: undefined,
      payload: Buffer.from('null'),
      logTail: Buffer.from(''),
      hide: (text: string) => text,
    }
  }

  of(name: string) {
    return this.got.filter((one) => one.name === name).map(({ event }) => event)
  }
}

/** A started server with its clients, and functions that the test plays. */
export async function world(options: StartOptions = {}) {
  const played = new Played()
  const server = await start({ sandboxes: played, ...options })
  return { played, ...(await clients(server)) }
}

/** The clients of a server, and how rules and functions are made. */
export async function clients(server: Started) {
  const config = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials, maxAttempts: 3 }
  const events = new EventBridge(config)
  const lambda = new Lambda(config)
  const iam = new IAM(config)
  const ssm = new SSM(config)
  const secrets = new SecretsManager(config)
  const all = [events, lambda, iam, ssm, secrets]
  /** A role that a service may take up. */
  const role = async (RoleName: string, service: string, policy?: object) => {
    const Statement = [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }]
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument })
    if (policy !== undefined) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...policy }] })
      await iam.putRolePolicy({ RoleName, PolicyName: 'may', PolicyDocument })
    }
    return Role?.Arn ?? ''
  }
  let runs: Promise<string> | undefined
  let users = 0
  /** A function; answers its ARN. */
  const made = async (FunctionName: string, more: object = {}) => {
    runs ??= role('runs', 'lambda.amazonaws.com')
    const { FunctionArn = '' } = await lambda.createFunction({
      FunctionName,
      Role: await runs,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zip({ 'index.js': 'exports.handler = async () => null' }) },
      ...more,
    })
    return FunctionArn
  }
  /** Lets a rule invoke a function. */
  const allow = (FunctionName: string, SourceArn: string) =>
    lambda.addPermission({
      FunctionName,
      StatementId: `s${SourceArn.replaceAll(/[^a-zA-Z0-9]/g, '-').slice(-80)}`,
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn,
    })
  /** A rule; answers its ARN. */
  const rule = async (Name: string, pattern: object | undefined, targets: object[], more: object = {}) => {
    const { RuleArn = '' } = await events.putRule({
      Name,
      ...(pattern && { EventPattern: JSON.stringify(pattern) }),
      ...more,
    })
    const EventBusName = (more as { EventBusName?: string }).EventBusName
    const Targets = targets as { Id: string; Arn: string }[]
    const put = await events.putTargets({ Rule: Name, Targets, ...(EventBusName && { EventBusName }) })
    assert.deepEqual(put.FailedEntries, [])
    return RuleArn
  }
  /** A rule for a function that may be invoked by it. */
  const wired = async (
    Name: string,
    pattern: object | undefined,
    FunctionName: string,
    more: object = {},
    target: object = {},
  ) => {
    const Arn = await made(FunctionName)
    const arn = await rule(Name, pattern, [{ Id: 'one', Arn, ...target }], more)
    await allow(FunctionName, arn)
    return { functionArn: Arn, ruleArn: arn }
  }
  return {
    ...{ server, events, lambda, iam, ssm, secrets, role, made, allow, rule, wired },
    /** What functions act by may put parameters, and may be taken up by this account. */
    async mayPut() {
      const RoleName = 'runs'
      const Statement = [{ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }]
      await iam.putRolePolicy({
        RoleName,
        PolicyName: 'put',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      })
    },
    /** Temporary credentials of a role, as a function of that name has them. */
    async credentialsOf(RoleArn: string, RoleSessionName: string) {
      const RoleName = RoleArn.split('/').at(-1) as string
      const trust = (Principal: object) => ({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' })
      const Statement = [trust({ Service: 'lambda.amazonaws.com' }), trust({ AWS: server.account })]
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument })
      const { UserName } = (await iam.createUser({ UserName: `u${++users}` })).User ?? {}
      const may = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }]
      await iam.putUserPolicy({
        UserName,
        PolicyName: 'may',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: may }),
      })
      const { AccessKey } = await iam.createAccessKey({ UserName })
      const by = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
      const sts = new STS({ ...config, credentials: by })
      const { Credentials } = await sts.assumeRole({ RoleArn, RoleSessionName })
      sts.destroy()
      return {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      }
    },
    /** Everything that is due now is done. */
    settle: () => server.clock.advance({ seconds: 1 }),
    failed: () =>
      server.inside.storage.unit('read', (unit) =>
        unit.all<{ rule: string; target: string; code: string; reason: string; attempts: number }>(
          {
            name: 'test/failed',
            sql: 'select rule, target, code, reason, attempts from event_failed order by failed_at',
          },
          {},
        ),
      ),
    waiting: () =>
      server.inside.storage.unit('read', async (unit) =>
        Number(
          (await unit.get<{ n: number }>({ name: 'test/waiting', sql: 'select count(*) as n from event_delivery' }, {}))
            ?.n,
        ),
      ),
    async [Symbol.asyncDispose]() {
      for (const client of all) client.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

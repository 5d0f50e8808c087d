import assert from 'node:assert/strict'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
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
  const config = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials, maxAttempts: 1 }
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

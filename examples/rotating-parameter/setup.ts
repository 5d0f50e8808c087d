import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { Lambda } from '@aws-sdk/client-lambda'
import { SSM } from '@aws-sdk/client-ssm'
import { zip } from '../../server/runtime/test/zip.ts'
import { packageWithDependencies } from '../../server/test/conformance/packaged.ts'

export const NAME = '/shop/api-key'
export const NOTICE = '/shop/last-rotation'

/** An API with one key: PUT with the old one changes it. */
export async function startApi(key: string) {
  const state = { key, changes: 0 }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      const known = request.headers.authorization === state.key
      if (known && request.method === 'PUT') {
        state.key = body
        state.changes++
      }
      response.writeHead(known ? 204 : 401).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}

/** How the clients of this example reach the server. */
export interface Settings {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/**
 * What an administrator does once: the key of the API as a SecureString under a key of KMS, a function that rotates it with a role that
 * may do that and nothing else, a rule that invokes it by the clock, and a second rule that sees that the label has moved.
 */
export async function setUp(
  settings: Settings,
  { key, api, schedule }: { key: string; api: string; schedule: string },
) {
  const [iam, kms, lambda, ssm] = [new IAM(settings), new KMS(settings), new Lambda(settings), new SSM(settings)]
  const events = new EventBridge(settings)
  const KeyId = (await kms.createKey({ Description: 'parameters of the shop' })).KeyMetadata?.Arn ?? ''
  await ssm.putParameter({ Name: NAME, Value: key, Type: 'SecureString', KeyId })
  await ssm.labelParameterVersion({ Name: NAME, Labels: ['current'] })
  const [, , , , account] = KeyId.split(':')
  const parameter = (name: string) => `arn:aws:ssm:${settings.region}:${account}:parameter${name}`

  const role = async (RoleName: string, Statement: object[]) => {
    const trust = [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }]
    const document = (statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
    const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: document(trust) })
    await iam.putRolePolicy({ RoleName, PolicyName: RoleName, PolicyDocument: document(Statement) })
    return Role?.Arn ?? ''
  }
  const ViaService = { StringEquals: { 'kms:ViaService': `ssm.${settings.region}.amazonaws.com` } }
  const rotates = await role('rotates-the-api-key', [
    {
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:LabelParameterVersion'],
      Resource: parameter(NAME),
    },
    { Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: KeyId, Condition: ViaService },
  ])
  const notes = await role('notes-the-rotation', [
    { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: parameter(NOTICE) },
  ])

  const sdk = packageWithDependencies('@aws-sdk/client-ssm')
  const made = async (FunctionName: string, file: string, Role: string) => {
    const content = readFileSync(path.join(import.meta.dirname, file), 'utf8')
    const { FunctionArn } = await lambda.createFunction({
      ...{ FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 30, MemorySize: 256 },
      Code: { ZipFile: zip([{ name: 'index.mjs', content }, ...sdk]) },
    })
    return FunctionArn ?? ''
  }
  /** A rule whose target is a function, which lets the rule in. */
  const rule = async (Name: string, when: object, FunctionName: string, Arn: string, target: object = {}) => {
    const { RuleArn } = await events.putRule({ Name, ...when })
    await lambda.addPermission({
      ...{ FunctionName, StatementId: Name, Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' },
      SourceArn: RuleArn,
    })
    await events.putTargets({ Rule: Name, Targets: [{ Id: FunctionName, Arn, ...target }] })
  }
  await rule(
    'rotate-the-api-key',
    { ScheduleExpression: schedule },
    'rotate-the-api-key',
    await made('rotate-the-api-key', 'rotate.mjs', rotates),
    { Input: JSON.stringify({ Name: NAME, api }) },
  )
  const pattern = {
    source: ['aws.ssm'],
    'detail-type': ['Parameter Store Change'],
    detail: { name: [NAME], operation: ['LabelParameterVersion'], label: ['current'] },
  }
  await rule(
    'note-the-rotation',
    { EventPattern: JSON.stringify(pattern) },
    'note-the-rotation',
    await made('note-the-rotation', 'notice.mjs', notes),
  )
  return {
    ssm,
    events,
    close: () => {
      for (const client of [iam, kms, lambda, ssm, events]) client.destroy()
    },
  }
}

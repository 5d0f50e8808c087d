import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { Lambda } from '@aws-sdk/client-lambda'
import { SSM } from '@aws-sdk/client-ssm'
import { eventsAfter, START } from '#kernel/events/outbox'
import { zip } from '../../../runtime/test/zip.ts'
import { start } from '../../start.ts'
import { packageWithDependencies } from '../packaged.ts'

/**
 * A SecureString that is rotated by a function of one's own, as Parameter Store's users do it: read the current value, change it where
 * it is used, try it, write it, move the labels. Source: parameterstore.md 17, steps 2 to 4.
 */

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

const ROTATE = `
import { randomBytes } from 'node:crypto'
import { SSM } from '@aws-sdk/client-ssm'

const ssm = new SSM({})

export const handler = async ({ Name, target }) => {
  const { Parameter: old } = await ssm.getParameter({ Name: Name + ':current', WithDecryption: true })
  const next = randomBytes(20).toString('hex')
  console.log('rotating', old, 'to', next)
  const changed = await fetch(target, { method: 'PUT', headers: { authorization: old.Value }, body: next })
  if (!changed.ok) throw new Error('the target refuses the change')
  const { Version } = await ssm.putParameter({ Name, Value: next, Overwrite: true })
  const login = await fetch(target, { headers: { authorization: next } })
  if (!login.ok) throw new Error('the new key does not log in')
  await ssm.labelParameterVersion({ Name, ParameterVersion: old.Version, Labels: ['previous'] })
  await ssm.labelParameterVersion({ Name, ParameterVersion: Version, Labels: ['current'] })
  return { Version }
}
`

/** What the key opens: PUT with the old one changes it. `broken`: it takes a change and then lets nobody in. */
async function target(key: string) {
  const state = { key, broken: false }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      const known = request.headers.authorization === state.key
      if (known && request.method === 'PUT' && !state.broken) state.key = body
      response.writeHead(known && !(state.broken && request.method === 'GET') ? 204 : 401).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { state, url: `http://127.0.0.1:${port}/`, [Symbol.dispose]: () => void server.close() }
}

test('a function reads, changes, tries, writes and labels; readers of name:current never see what was not tried', {
  timeout: 120_000,
}, async () => {
  await using server = await start({ execution: { interpreters: { node: [process.execPath], python: [] } } })
  using api = await target('first')
  const config = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials }
  const [iam, kms, lambda, ssm] = [new IAM(config), new KMS(config), new Lambda(config), new SSM(config)]
  const KeyId = (await kms.createKey({})).KeyMetadata?.Arn ?? ''
  const Name = '/shop/api-key'
  await ssm.putParameter({ Name, Value: 'first', Type: 'SecureString', KeyId })
  await ssm.labelParameterVersion({ Name, Labels: ['current'] })

  // Source of the permissions: parameterstore.md 17, step 2.
  const ViaService = { StringEquals: { 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' } }
  const Statement = [
    {
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:LabelParameterVersion'],
      Resource: `arn:aws:ssm:us-east-1:${server.account}:parameter${Name}`,
    },
    { Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: KeyId, Condition: ViaService },
  ]
  const { Role } = await iam.createRole({ RoleName: 'rotate', AssumeRolePolicyDocument: TRUST })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.putRolePolicy({ RoleName: 'rotate', PolicyName: 'rotate', PolicyDocument })
  const ZipFile = zip([{ name: 'index.mjs', content: ROTATE }, ...packageWithDependencies('@aws-sdk/client-ssm')])
  await lambda.createFunction({
    ...{ FunctionName: 'rotate', Runtime: 'nodejs24.x', Handler: 'index.handler', Role: Role?.Arn ?? '' },
    ...{ Code: { ZipFile }, Timeout: 30, MemorySize: 256 },
  })
  const rotate = async () => {
    const Payload = Buffer.from(JSON.stringify({ Name, target: api.url }))
    const answered = await lambda.invoke({ FunctionName: 'rotate', Payload })
    return { failed: answered.FunctionError, said: JSON.parse(Buffer.from(answered.Payload ?? []).toString()) }
  }
  const value = async (selector = '') =>
    (await ssm.getParameter({ Name: `${Name}${selector}`, WithDecryption: true })).Parameter?.Value

  assert.deepEqual(await rotate(), { failed: undefined, said: { Version: 2 } })
  const second = await value(':current')
  assert.match(second ?? '', /^[0-9a-f]{40}$/)
  assert.equal(api.state.key, second)
  assert.equal(await value(':previous'), 'first')

  api.state.broken = true
  const failed = await rotate()
  assert.equal(failed.failed, 'Unhandled')
  assert.equal(failed.said.errorMessage, 'the new key does not log in')
  // written and not tried well: who reads the label stays on the old one
  assert.notEqual(await value(), second)
  assert.equal(await value(':current'), second)

  api.state.broken = false
  assert.deepEqual(await rotate(), { failed: undefined, said: { Version: 4 } })
  assert.equal(await value(':current'), api.state.key)
  assert.equal(await value(':previous'), second)

  const { storage, logs } = server.inside
  const group = { account: server.account, region: 'us-east-1', group: '/aws/lambda/rotate' }
  const logged = async () => {
    const events = await storage.unit('read', (unit) => logs.reader.since(unit, group, 0))
    return events.map(({ message }) => message).join('')
  }
  let log = await logged()
  // lines are written a moment after they were printed
  while (log.split('REPORT').length < 4) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    log = await logged()
  }
  assert.match(log, /rotating \{[^}]*Value: '\*\*\*\*'[^}]*\} to /)
  const history = await ssm.getParameterHistory({ Name, WithDecryption: true })
  for (const { Value = '' } of history.Parameters ?? []) assert.ok(Value.length >= 5 && !log.includes(Value))

  const events = await server.inside.storage.unit('read', (unit) => eventsAfter(unit, { source: 'aws.ssm' }, START, 50))
  assert.deepEqual(
    events.map(({ envelope: { detail } }) =>
      [detail.operation, detail.label, detail.fromVersion, detail.toVersion].join(' ').trim(),
    ),
    [
      ...['Create', 'LabelParameterVersion current  1'],
      ...['Update', 'LabelParameterVersion previous  1', 'LabelParameterVersion current 1 2'],
      'Update',
      ...['Update', 'LabelParameterVersion previous 1 2', 'LabelParameterVersion current 2 4'],
    ],
  )
  for (const client of [iam, kms, lambda, ssm]) client.destroy()
})

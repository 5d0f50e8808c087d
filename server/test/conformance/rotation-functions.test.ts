import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { zip } from '../../runtime/test/zip.ts'
import { pythonOfFunctions } from '../python.ts'
import { start } from '../start.ts'
import { packageWithDependencies } from './packaged.ts'
import { Program } from './program.ts'
import { available, run } from './tool.ts'

/**
 * Functions that people bring: those of examples/rotation-functions, as their README has it, with the real AWS CLI, the real SDK,
 * real interpreters. Sources: rotation.md 3, 14, 15.
 */

const root = join(import.meta.dirname, '../../..')
const examples = join(root, 'examples/rotation-functions')

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
/** What a rotation function may do. Source: rotation.md 6. */
const RIGHTS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Resource: 'arn:aws:secretsmanager:*:*:secret:shop/*',
      Action: ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
        (name) => `secretsmanager:${name}`,
      ),
    },
    { Effect: 'Allow', Resource: '*', Action: 'secretsmanager:GetRandomPassword' },
  ],
})

/** Asks until it is so; a hang is caught by the test's own timeout. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('a Python function with boto3, made by aws lambda create-function, rotates a secret', {
  timeout: 120_000,
}, async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  const found = pythonOfFunctions()
  if (typeof found === 'string') {
    assert.notEqual(process.env.CI, 'true', found)
    return t.skip(found)
  }
  using python = found
  await using program = await Program.start(['--functions', 'on', '--function-python', python.file])
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-zip-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const aws = async (...args: string[]) => {
    const ended = await run('aws', [...args, '--output', 'json'], program.environment)
    assert.equal(ended.code, 0, `aws ${args.join(' ')}:\n${ended.stderr}`)
    return ended.stdout === '' ? undefined : JSON.parse(ended.stdout)
  }
  const source = readFileSync(join(examples, 'python/rotate_api_key.py'), 'utf8')
  const file = join(folder, 'rotate.zip')
  writeFileSync(file, zip({ 'rotate_api_key.py': source }))

  const { Role } = await aws(
    'iam',
    'create-role',
    '--role-name',
    'rotate-api-keys',
    '--assume-role-policy-document',
    TRUST,
  )
  await aws(
    'iam',
    'put-role-policy',
    '--role-name',
    'rotate-api-keys',
    '--policy-name',
    'rotate',
    '--policy-document',
    RIGHTS,
  )
  const name = ['--function-name', 'rotate-api-key']
  const made = await aws(
    'lambda',
    'create-function',
    ...name,
    '--runtime',
    'python3.13',
    '--handler',
    'rotate_api_key.lambda_handler',
    '--timeout',
    '30',
    '--zip-file',
    `fileb://${file}`,
    '--role',
    Role.Arn,
  )
  const account = Role.Arn.split(':')[4]
  await aws(
    'lambda',
    'add-permission',
    ...name,
    '--statement-id',
    'secrets-manager',
    '--action',
    'lambda:InvokeFunction',
    '--principal',
    'secretsmanager.amazonaws.com',
    '--source-account',
    account,
  )
  const secret = ['--secret-id', 'shop/api-key']
  await aws(
    'secretsmanager',
    'create-secret',
    '--name',
    'shop/api-key',
    '--secret-string',
    '{"service": "shop", "apiKey": "first"}',
  )
  const rotated = await aws(
    'secretsmanager',
    'rotate-secret',
    ...secret,
    '--rotation-lambda-arn',
    made.FunctionArn,
    '--rotation-rules',
    'AutomaticallyAfterDays=30',
  )
  const current = await until(async () => {
    const value = await aws('secretsmanager', 'get-secret-value', ...secret)
    return value.VersionId === rotated.VersionId ? value : undefined
  })
  const { apiKey, service } = JSON.parse(current.SecretString)
  assert.equal(service, 'shop')
  assert.match(apiKey, /^key_[A-Za-z0-9]{40}$/)
  assert.equal(
    JSON.parse(
      (await aws('secretsmanager', 'get-secret-value', ...secret, '--version-stage', 'AWSPREVIOUS')).SecretString,
    ).apiKey,
    'first',
  )

  await until(async () => (await aws('secretsmanager', 'describe-secret', ...secret)).LastRotatedDate)
  const logs = await until(async () => {
    const ended = await run(
      process.execPath,
      [join(root, 'cli/main.ts'), 'function', 'logs', 'rotate-api-key', '--data', program.data],
      process.env,
    )
    return ended.stdout.includes('finishSecret: version') && ended.stdout.includes('REPORT') ? ended : undefined
  })
  assert.match(logs.stdout, /\[INFO\]\t\S+Z\t[0-9a-f-]{36}\tcreateSecret: made a pending version/)
  assert.ok(!logs.stdout.includes(apiKey))
})

test('a Node function with the SDK in its zip, made by the SDK, rotates a secret', { timeout: 120_000 }, async () => {
  await using server = await start({ execution: { interpreters: { node: [process.execPath], python: [] } } })
  const config = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials }
  const [iam, lambda, secrets] = [new IAM(config), new Lambda(config), new SecretsManager(config)]
  const { Role } = await iam.createRole({ RoleName: 'rotate', AssumeRolePolicyDocument: TRUST })
  await iam.putRolePolicy({ RoleName: 'rotate', PolicyName: 'rotate', PolicyDocument: RIGHTS })
  const ZipFile = zip([
    { name: 'index.mjs', content: readFileSync(join(examples, 'node/index.mjs'), 'utf8') },
    ...packageWithDependencies('@aws-sdk/client-secrets-manager'),
  ])
  const { FunctionArn = '' } = await lambda.createFunction({
    ...{
      FunctionName: 'rotate',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: Role?.Arn ?? '',
      Code: { ZipFile },
    },
    ...{ Timeout: 30, MemorySize: 256, Environment: { Variables: { KEY_PREFIX: 'nk-', KEY_LENGTH: '24' } } },
  })
  await lambda.addPermission({
    ...{
      FunctionName: 'rotate',
      StatementId: 'sm',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
    },
    SourceAccount: server.account,
  })
  await secrets.createSecret({ Name: 'shop/node', SecretString: '{"service":"shop","apiKey":"first"}' })
  const { VersionId } = await secrets.rotateSecret({
    ...{ SecretId: 'shop/node', RotationLambdaARN: FunctionArn, RotationRules: { AutomaticallyAfterDays: 30 } },
  })
  const value = await until(async () => {
    const found = await secrets.getSecretValue({ SecretId: 'shop/node' })
    return found.VersionId === VersionId ? found : undefined
  })
  assert.match(JSON.parse(value.SecretString ?? '').apiKey, /^nk-[A-Za-z0-9]{24}$/)
  for (const client of [iam, lambda, secrets]) client.destroy()
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Lambda } from '@aws-sdk/client-lambda'
import { clientsOf, refused, region, session } from './session.ts'

/**
 * The environment of a built-in function, set by an account as that of a function of its own: the unmodified SDK, a started server.
 * Source: API_UpdateFunctionConfiguration; rotation.md 8.3.
 */

const { server, secrets, iam } = await session()
const client = (credentials = server.credentials) => new Lambda({ endpoint: server.url, region, credentials })
const lambda = client()
after(() => lambda.destroy())

const FunctionName = 'StrongroomRandomRotation'
const RotationLambdaARN = `arn:aws:lambda:us-east-1:${server.account}:function:${FunctionName}`
const set = (Variables: Record<string, string>, more = {}) =>
  lambda.updateFunctionConfiguration({ FunctionName, Environment: { Variables }, ...more })
let names = 0
async function rotated(): Promise<string> {
  const SecretId = `token${++names}`
  await secrets.createSecret({ Name: SecretId, SecretString: 'first' })
  await secrets.rotateSecret({ SecretId, RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 1 } })
  await server.clock.advance({ seconds: 1 })
  return (await secrets.getSecretValue({ SecretId })).SecretString ?? ''
}

test('what an account sets counts from the next rotation on, is shown, and is replaced as a whole', async () => {
  assert.equal((await rotated()).length, 32)
  assert.equal((await lambda.getFunctionConfiguration({ FunctionName })).Environment, undefined)
  const { RevisionId, Environment } = await set({ PASSWORD_LENGTH: '50', EXCLUDE_PUNCTUATION: 'true' })
  assert.deepEqual(Environment?.Variables, { PASSWORD_LENGTH: '50', EXCLUDE_PUNCTUATION: 'true' })
  assert.match(await rotated(), /^[A-Za-z0-9]{50}$/)
  for (const shown of [
    await lambda.getFunctionConfiguration({ FunctionName: RotationLambdaARN }),
    (await lambda.getFunction({ FunctionName })).Configuration,
    (await lambda.listFunctions({})).Functions?.find((one) => one.FunctionName === FunctionName),
  ]) {
    assert.deepEqual(shown?.Environment?.Variables, Environment?.Variables)
    assert.equal(shown?.RevisionId, RevisionId)
  }
  await refused(
    set({}, { RevisionId: '00000000-0000-4000-8000-000000000000' }),
    'PreconditionFailedException',
    undefined,
    412,
  )
  await set({ EXCLUDE_NUMBERS: 'true' }, { RevisionId })
  assert.match(await rotated(), /^[^0-9]{32}$/)
  await set({})
  assert.equal((await rotated()).length, 32)
  const other = await lambda.getFunctionConfiguration({ FunctionName: 'StrongroomWebhookRotation' })
  assert.equal(other.Environment, undefined)
})

test('nonsense is refused when it is set, and so is all but the environment', async () => {
  for (const [variables, words] of [
    [{ PASSWORD_LENGTH: '0' }, /PASSWORD_LENGTH must be a whole number from 1 to 4096/],
    [{ PASSWORD_LENGTH: '3' }, /less than the 4 types/],
    [{ EXCLUDE_NUMBERS: 'maybe' }, /neither true nor false/],
    [{ DB_CA_FILE: '/etc/passwd' }, /names a file of the server/],
    [{ SOMETHING: 'else' }, /is not a variable of built-in functions/],
    [{ AWS_REGION: 'x' }, /reserved keys/],
    [{ EXCLUDE_CHARACTERS: 'x'.repeat(5000) }, /exceeded the 4KB limit/],
  ] as const)
    await refused(set(variables as Record<string, string>), 'InvalidParameterValueException', words)
  for (const more of [{ Timeout: 3 }, { Description: 'x' }, { MemorySize: 256 }])
    await refused(set({ PASSWORD_LENGTH: '40' }, more), 'ResourceConflictException', /is built in/, 409)
  await refused(lambda.updateFunctionConfiguration({ FunctionName }), 'ResourceConflictException', /is built in/, 409)
  assert.equal((await rotated()).length, 32)
})

test('who may rotate may not for that weaken passwords', async () => {
  await iam.createUser({ UserName: 'rotates' })
  const Statement = ['secretsmanager:*', 'lambda:InvokeFunction'].map((Action) => ({
    Effect: 'Allow',
    Action,
    Resource: '*',
  }))
  await iam.putUserPolicy({
    UserName: 'rotates',
    PolicyName: 'p',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'rotates' })
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const theirs = client(credentials)
  const mine = clientsOf(server, credentials)
  try {
    await mine.secrets.createSecret({ Name: 'theirs', SecretString: 'x' })
    const environment = {
      FunctionName,
      Environment: { Variables: { PASSWORD_LENGTH: '1', REQUIRE_EACH_INCLUDED_TYPE: 'no' } },
    }
    await refused(
      theirs.updateFunctionConfiguration(environment),
      'AccessDeniedException',
      /UpdateFunctionConfiguration/,
      403,
    )
  } finally {
    theirs.destroy()
    mine.destroy()
  }
})

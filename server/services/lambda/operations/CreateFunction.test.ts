import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, ARN, BUILT_IN, code, OTHER, ROLE, trial, user } from '../test/trial.ts'

test('a function is ready at once, with the settings that AWS gives it (rotation.md 14, recorded)', async () => {
  await using t = await trial()
  const { RevisionId, CodeSha256, CodeSize, RuntimeVersionConfig, ...made } = await t.made()
  assert.match(RevisionId, /^[0-9a-f-]{36}$/)
  assert.equal(Buffer.from(CodeSha256, 'base64').length, 32)
  assert.equal(CodeSize, code().length)
  assert.match(RuntimeVersionConfig.RuntimeVersionArn, /^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/)
  assert.deepEqual(made, {
    FunctionName: 'fun',
    FunctionArn: ARN,
    Runtime: 'nodejs24.x',
    Role: ROLE,
    Handler: 'index.handler',
    Description: '',
    Timeout: 3,
    MemorySize: 128,
    LastModified: '2026-01-02T03:04:05.000+0000',
    Version: '$LATEST',
    TracingConfig: { Mode: 'PassThrough' },
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/fun' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
  })
})

test('Publish makes version 1 at once', async () => {
  await using t = await trial()
  assert.equal((await t.made({ Publish: true })).FunctionArn, `${ARN}:1`)
  assert.equal((await t.call('GetFunctionConfiguration', { FunctionName: 'fun', Qualifier: '1' })).Version, '1')
})

test('names that are taken are refused, those of built-in functions too', async () => {
  await using t = await trial()
  await t.made()
  await assert.rejects(t.made(), {
    code: 'ResourceConflictException',
    status: 409,
    message: 'Function already exist: fun',
  })
  await assert.rejects(t.made({ FunctionName: BUILT_IN }), { code: 'ResourceConflictException' })
  await assert.rejects(t.made({ FunctionName: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:x` }), {
    code: 'ResourceNotFoundException',
    message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
  })
})

test('a role that does not let Lambda in, is not there or is of another account is refused alike', async () => {
  await using t = await trial()
  const text = 'The role defined for the function cannot be assumed by Lambda.'
  for (const role of [`${ACCOUNT}:role/closed`, `${ACCOUNT}:role/nobody`, `${OTHER}:role/foreign`]) {
    const Role = `arn:aws:iam::${role}`
    const caller = user('all', [['*', '*']])
    const refused = role.startsWith(OTHER) ? 'AccessDeniedException' : 'InvalidParameterValueException'
    await assert.rejects(
      t.made({ Role }, { caller }),
      refused === 'AccessDeniedException' ? { code: refused } : { code: refused, message: text },
    )
  }
})

test('the caller needs lambda:CreateFunction on the function and iam:PassRole on the role', async () => {
  await using t = await trial()
  await assert.rejects(t.made({}, { caller: user('a', [['iam:PassRole', ROLE]]) }), {
    code: 'AccessDeniedException',
    message: `lambda:CreateFunction on ${ARN}`,
  })
  await assert.rejects(t.made({}, { caller: user('a', [['lambda:CreateFunction', ARN]]) }), {
    code: 'AccessDeniedException',
    message: `iam:PassRole on ${ROLE}`,
  })
  const both = [
    ['lambda:CreateFunction', ARN],
    ['iam:PassRole', ROLE],
  ] as const
  assert.equal((await t.made({}, { caller: user('a', both) })).FunctionArn, ARN)
})

test('what this server does not have is refused and not left out', async () => {
  await using t = await trial()
  for (const [more, text] of [
    [{ Code: { S3Bucket: 'bucket', S3Key: 'key' } }, 'Code in S3 is not supported by this server.'],
    [{ Code: { ImageUri: 'x' } }, 'ImageUri is not supported by this server.'],
    [{ Code: {} }, 'Please provide a source for function code.'],
    [{ Layers: ['arn:aws:lambda:us-east-1:111122223333:layer:x:1'] }, 'Layers is not supported by this server.'],
    [
      { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:111122223333:q' } },
      'DeadLetterConfig is not supported by this server.',
    ],
    [{ PackageType: 'Image' }, 'PackageType Image is not supported by this server.'],
    [{ SnapStart: { ApplyOn: 'PublishedVersions' } }, 'SnapStart is not supported by this server.'],
    [{ LoggingConfig: { LogFormat: 'JSON' } }, 'LogFormat JSON is not supported by this server.'],
    [
      { Handler: undefined },
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    ],
  ] as const)
    await assert.rejects(t.made(more), { code: 'InvalidParameterValueException', message: text })
  await assert.rejects(t.made({ Runtime: 'nodejs16.x' }), {
    message:
      /^Value nodejs16\.x at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs20\.x, .*\] or be a valid ARN$/,
  })
})

test('an environment has 4 KB, no reserved names and no NUL', async () => {
  await using t = await trial()
  const made = (Variables: Record<string, string>) => t.made({ Environment: { Variables } })
  await assert.rejects(made({ BIG: 'x'.repeat(4100) }), {
    code: 'InvalidParameterValueException',
    message: /exceeded the 4KB limit\.$/,
  })
  await assert.rejects(made({ AWS_REGION: 'x', AA: 'y' }), {
    message: /Reserved keys used in this request: AWS_REGION$/,
  })
  await assert.rejects(made({ AA: 'a\0b' }), { code: 'InvalidParameterValueException' })
  assert.deepEqual((await made({ AA: 'b' })).Environment, { Variables: { AA: 'b' } })
})

test('code that is no zip, or more than the account may have, is refused', async () => {
  await using t = await trial({ codeBytes: 1000 })
  await assert.rejects(t.made({ Code: { ZipFile: Buffer.from('no zip') } }), {
    code: 'InvalidParameterValueException',
    message: 'Could not unzip uploaded file. Please check your file, then try to upload again.',
  })
  await assert.rejects(t.made({ Code: { ZipFile: code(Array.from({ length: 2000 }, (_, i) => i * 7919).join()) } }), {
    code: 'CodeStorageExceededException',
  })
  await t.made()
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BatchGetSecretValueRequest, paginateBatchGetSecretValue } from '@aws-sdk/client-secrets-manager'
import { clientsOf, refused, session, texts, version } from '../session.ts'
import { wireOf } from './rig.ts'

/** Source: secretsmanager.md 7.2, 8.1, 9. What KMS refuses: encryption.test.ts. */
const { server, secrets, iam } = await session()
const wire = wireOf(server)

const arns = new Map<string, string>()
for (let n = 0; n < 25; n++) {
  const Name = `batch/${String(n).padStart(2, '0')}`
  const { ARN = '' } = await secrets.createSecret({ Name, SecretString: `value ${n}`, ClientRequestToken: version(n) })
  arns.set(Name, ARN)
}

test('an id list answers the current value of each, once, however it is named', async () => {
  const arn = arns.get('batch/01') ?? ''
  const SecretIdList = ['batch/00', arn, 'batch/00', 'batch/01']
  const { SecretValues = [], Errors, NextToken } = await secrets.batchGetSecretValue({ SecretIdList })
  const shown = SecretValues.map(({ CreatedDate, ...value }) => {
    assert.ok(CreatedDate instanceof Date)
    return value
  })
  assert.deepEqual(
    shown.toSorted((a, b) => (a.Name ?? '').localeCompare(b.Name ?? '')),
    [0, 1].map((n) => ({
      ARN: arns.get(`batch/0${n}`),
      Name: `batch/0${n}`,
      VersionId: version(n),
      SecretString: `value ${n}`,
      VersionStages: ['AWSCURRENT'],
    })),
  )
  assert.deepEqual(Errors, [])
  assert.equal(NextToken, undefined)
})

test('what can’t be read is an entry of Errors, the others are answered', async () => {
  await secrets.createSecret({ Name: 'batch-empty' })
  await secrets.createSecret({ Name: 'batch-leaving', SecretString: 'x' })
  await secrets.deleteSecret({ SecretId: 'batch-leaving' })
  const none = `${arns.get('batch/00')?.slice(0, -6)}XXXXXX`
  const { SecretValues, Errors } = await secrets.batchGetSecretValue({
    SecretIdList: ['batch-none', 'batch/02', 'batch-empty', 'batch-leaving', none],
  })
  assert.deepEqual(
    SecretValues?.map(({ Name }) => Name),
    ['batch/02'],
  )
  assert.deepEqual(
    Errors?.toSorted((a, b) => (a.SecretId ?? '').localeCompare(b.SecretId ?? '')),
    [
      { SecretId: none, ErrorCode: 'ResourceNotFoundException', Message: texts.noSecret },
      { SecretId: 'batch-empty', ErrorCode: 'ResourceNotFoundException', Message: texts.noStage('AWSCURRENT') },
      { SecretId: 'batch-leaving', ErrorCode: 'InvalidRequestException', Message: texts.marked },
      { SecretId: 'batch-none', ErrorCode: 'ResourceNotFoundException', Message: texts.noSecret },
    ],
  )
})

test('paginateBatchGetSecretValue walks what the filters select, binaries and strings', async () => {
  await secrets.createSecret({ Name: 'batch/binary', SecretBinary: Buffer.from([0, 255]) })
  const seen = new Map<string | undefined, unknown>()
  for (const pageSize of [7, 20]) {
    seen.clear()
    // A request of its own for each walk: the paginator leaves its last token in it.
    const request = { Filters: [{ Key: 'name' as const, Values: ['batch/'] }] }
    for await (const page of paginateBatchGetSecretValue({ client: secrets, pageSize }, request)) {
      assert.ok((page.SecretValues ?? []).length <= pageSize)
      assert.deepEqual(page.Errors, [])
      for (const value of page.SecretValues ?? []) {
        assert.ok(!seen.has(value.Name))
        seen.set(value.Name, value.SecretString ?? Buffer.from(value.SecretBinary ?? []).toString('hex'))
      }
    }
    assert.equal(seen.size, 26)
    assert.equal(seen.get('batch/24'), 'value 24')
    assert.equal(seen.get('batch/binary'), '00ff')
  }
})

test('a batch is asked by ids or by filters, and a page size goes with filters only', async () => {
  const either = "Either 'SecretIdList' or 'Filters' must be provided, but not both."
  const Filters = [{ Key: 'name' as const, Values: ['batch/'] }]
  await refused(secrets.batchGetSecretValue({}), 'InvalidParameterException', either)
  await refused(secrets.batchGetSecretValue({ SecretIdList: ['a'], Filters }), 'InvalidParameterException', either)
  await refused(
    secrets.batchGetSecretValue({ SecretIdList: ['a'], MaxResults: 1 }),
    'InvalidParameterException',
    "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
  )
  await refused(secrets.batchGetSecretValue({ Filters, NextToken: 'garbage' }), 'InvalidNextTokenException')
  await refused(secrets.batchGetSecretValue({ SecretIdList: Array(21).fill('a') }), 'ValidationException')
})

test('each secret asks for its own permission; the batch and its filters ask for theirs', async () => {
  await iam.createUser({ UserName: 'batch-reader' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'batch-reader' })
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const reader = clientsOf(server, credentials)
  const userArn = (await reader.sts.getCallerIdentity({})).Arn
  const allow = async (...statements: { Action: string; Resource: string }[]) => {
    const Statement = statements.map((statement) => ({ Effect: 'Allow', ...statement }))
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.putUserPolicy({ UserName: 'batch-reader', PolicyName: 'read', PolicyDocument })
  }
  const denied = (action: string, on = '') =>
    `User: ${userArn} is not authorized to perform: secretsmanager:${action}${on} because no identity-based policy allows the secretsmanager:${action} action`
  const SecretIdList = ['batch/00', 'batch/01']

  await refused(
    reader.secrets.batchGetSecretValue({ SecretIdList }),
    'AccessDeniedException',
    denied('BatchGetSecretValue'),
  )
  const batch = { Action: 'secretsmanager:BatchGetSecretValue', Resource: '*' }
  const one = { Action: 'secretsmanager:GetSecretValue', Resource: 'arn:aws:secretsmanager:*:*:secret:batch/00-*' }
  await allow(batch, one)
  const { SecretValues, Errors } = await reader.secrets.batchGetSecretValue({ SecretIdList })
  assert.deepEqual(
    SecretValues?.map(({ SecretString }) => SecretString),
    ['value 0'],
  )
  assert.deepEqual(Errors, [
    {
      SecretId: 'batch/01',
      ErrorCode: 'AccessDeniedException',
      Message: denied('GetSecretValue', ' on resource: batch/01'),
    },
  ])
  const Filters = [{ Key: 'name' as const, Values: ['batch/0'] }]
  await refused(reader.secrets.batchGetSecretValue({ Filters }), 'AccessDeniedException', denied('ListSecrets'))
  await allow(batch, one, { Action: 'secretsmanager:ListSecrets', Resource: '*' })
  const filtered = await reader.secrets.batchGetSecretValue({ Filters })
  assert.deepEqual(
    filtered.SecretValues?.map(({ Name }) => Name),
    ['batch/00'],
  )
  assert.equal(filtered.Errors?.length, 9)
  reader.destroy()
})

test('reading in a batch is an access: the secret shows the day', async () => {
  await secrets.createSecret({ Name: 'batch-accessed', SecretString: 'x' })
  await secrets.batchGetSecretValue({ SecretIdList: ['batch-accessed'] })
  const { LastAccessedDate } = await secrets.describeSecret({ SecretId: 'batch-accessed' })
  assert.equal((LastAccessedDate?.getTime() ?? 1) % 86_400_000, 0)
})

test('on the wire both lists are there, also when they are empty, and a token only when something follows', async () => {
  const read = async (input: object) => (await wire('BatchGetSecretValue', input)).json
  const [one, none] = [await read({ SecretIdList: ['batch/00'] }), await read({ SecretIdList: ['batch-none'] })]
  assert.deepEqual(Object.keys(one), ['SecretValues', 'Errors'])
  assert.deepEqual(one.Errors, [])
  assert.deepEqual(Object.keys(one.SecretValues[0]).sort(), [
    'ARN',
    'CreatedDate',
    'Name',
    'SecretString',
    'VersionId',
    'VersionStages',
  ])
  assert.deepEqual(none.SecretValues, [])
  assert.deepEqual(Object.keys(none.Errors[0]).sort(), ['ErrorCode', 'Message', 'SecretId'])
  const nothing = await wire('BatchGetSecretValue', { Filters: [{ Key: 'name', Values: ['nothing'] }] })
  assert.deepEqual([nothing.status, nothing.json], [200, { SecretValues: [], Errors: [] }])
  const page = await read({ Filters: [{ Key: 'name', Values: ['batch/0'] }], MaxResults: 3 })
  assert.deepEqual([page.SecretValues.length, typeof page.NextToken], [3, 'string'])
})

test('it is always AWSCURRENT, of the caller’s own account or by ARN; an id that no name can be is an entry too', async () => {
  await secrets.createSecret({ Name: 'batch-versions', SecretString: 'old', ClientRequestToken: version(1) })
  const put = { SecretId: 'batch-versions', SecretString: 'new', ClientRequestToken: version(2) }
  await secrets.putSecretValue({ ...put, VersionStages: ['AWSPENDING'] })
  const current = await secrets.batchGetSecretValue({ SecretIdList: ['batch-versions'] })
  assert.deepEqual(
    current.SecretValues?.map(({ VersionId, VersionStages }) => [VersionId, VersionStages]),
    [[version(1), ['AWSCURRENT']]],
  )
  const { Errors = [] } = await secrets.batchGetSecretValue({ SecretIdList: ['no name', 'batch/00'] })
  assert.deepEqual(Errors, [{ SecretId: 'no name', ErrorCode: 'ValidationException', Message: texts.invalidName }])
})

test('bounds: 20 ids, 20 results, a token of its own question', async () => {
  const ids = [...arns.keys()].slice(0, 20)
  assert.equal((await secrets.batchGetSecretValue({ SecretIdList: ids })).SecretValues?.length, 20)
  const Filters = [{ Key: 'name' as const, Values: ['batch/'] }]
  const whole = await secrets.batchGetSecretValue({ Filters })
  assert.deepEqual([whole.SecretValues?.length, typeof whole.NextToken], [20, 'string'])
  const at = (member: string, constraint: string) =>
    new RegExp(`at '${member}' failed to satisfy constraint: Member must ${constraint}$`)
  const cases: readonly (readonly [BatchGetSecretValueRequest, RegExp])[] = [
    [{ SecretIdList: [] }, at('secretIdList', 'have length greater than or equal to 1')],
    [{ SecretIdList: Array(21).fill('a') }, at('secretIdList', 'have length less than or equal to 20')],
    [{ Filters, MaxResults: 0 }, at('maxResults', 'have value greater than or equal to 1')],
    [{ Filters, MaxResults: 21 }, at('maxResults', 'have value less than or equal to 20')],
    [{ Filters, NextToken: '' }, at('nextToken', 'have length greater than or equal to 1')],
  ]
  for (const [request, text] of cases) {
    await refused(secrets.batchGetSecretValue(request), 'ValidationException', text)
  }
  await secrets.batchGetSecretValue({ Filters, MaxResults: 20, NextToken: whole.NextToken })
  const other = [{ Key: 'name' as const, Values: ['batch'] }]
  for (const wrong of [
    { Filters: other, NextToken: whole.NextToken },
    { SecretIdList: ids, NextToken: whole.NextToken },
  ]) {
    await refused(secrets.batchGetSecretValue(wrong), 'InvalidNextTokenException')
  }
  const { NextToken } = await secrets.listSecrets({ Filters, MaxResults: 1 })
  await refused(secrets.batchGetSecretValue({ Filters, NextToken }), 'InvalidNextTokenException')
})

test('filters are refused as those of ListSecrets, and select nothing that waits for its deletion', async () => {
  const by = (Filters: { Key?: 'name'; Values?: string[] }[]) => secrets.batchGetSecretValue({ Filters })
  await refused(by([{ Values: ['a'] }]), 'InvalidParameterException', 'Invalid filter key')
  await refused(by([{ Key: 'name' }]), 'InvalidParameterException', 'Invalid filter values for key: name')
  await secrets.createSecret({ Name: 'batch-filtered', SecretString: 'x' })
  assert.equal((await by([{ Key: 'name', Values: ['batch-filtered'] }])).SecretValues?.length, 1)
  await secrets.deleteSecret({ SecretId: 'batch-filtered' })
  const left = await by([{ Key: 'name', Values: ['batch-filtered'] }])
  assert.deepEqual([left.SecretValues, left.Errors], [[], []])
})

import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import { signed } from '../../registry/client.ts'
import { session, texts, version } from '../session.ts'
import { personOf, refusedOnWire, wireOf } from './rig.ts'

/** The wire of Secrets Manager: secretsmanager.md 1.1 to 1.8, row by row, in bytes that no SDK would send where it takes them. */
const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)
const target = (operation: string) => ({ 'x-amz-target': `secretsmanager.${operation}` })
const { ARN = '' } = await secrets.createSecret({ Name: 'wire', SecretString: 'v', ClientRequestToken: version(1) })

test('a call is POST / with a target in lower case and no date; anything else is no operation (1.1)', async () => {
  assert.equal((await wire('DescribeSecret', { SecretId: 'wire' })).json.Name, 'wire')
  const wrong = ['SecretsManager.ListSecrets', 'secretsmanager_20171017.ListSecrets', 'secretsmanager.', 'ListSecrets']
  for (const named of [...wrong, 'secretsmanager.NoSuchOperation', 'secretsmanager.listSecrets']) {
    const { status, json } = await wire('', {}, { headers: { 'x-amz-target': named } })
    assert.deepEqual([status, json.__type], [400, 'UnknownOperationException'], named)
  }
  const { status, json } = await wire.send({ headers: { 'content-type': 'application/x-amz-json-1.1' }, body: '{}' })
  assert.deepEqual([status, json.__type], [400, 'UnknownOperationException'])
})

test('the content type decides nothing: with parameters, another one, none (1.1)', async () => {
  for (const type of ['application/x-amz-json-1.1; charset=utf-8', 'application/json', 'text/plain', undefined]) {
    const answer = await wire('DescribeSecret', { SecretId: 'wire' }, { headers: { 'content-type': type } })
    assert.deepEqual([answer.status, answer.json.Name], [200, 'wire'], type)
    assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.1')
  }
})

test('an empty body counts as {}, unknown members are ignored, null members are absent (1.1)', async () => {
  assert.ok(Array.isArray((await wire('ListSecrets', '')).json.SecretList))
  const described = await wire('DescribeSecret', { SecretId: 'wire', Nonsense: { a: [1] }, secretId: 'other' })
  assert.equal(described.json.Name, 'wire')
  const read = await wire('GetSecretValue', { SecretId: 'wire', VersionId: null, VersionStage: null })
  assert.equal(read.json.SecretString, 'v')
  refusedOnWire(
    await wire('GetSecretValue', { SecretId: null }),
    'ValidationException',
    "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null",
    'message',
  )
})

test('a body that is no JSON object, or has a member of another type, is a SerializationException (1.5)', async () => {
  const bodies = ['{', '[]', 'null', '"a"', '{"SecretId":1}', '{"SecretId":"wire"} x', Buffer.from([0x7b, 0xff, 0x7d])]
  for (const body of bodies) {
    const { status, json } = await wire('GetSecretValue', body)
    assert.deepEqual([status, json.__type], [400, 'SerializationException'], String(body))
    assert.deepEqual(Object.keys(json), ['__type', 'message'])
  }
  const { json } = await wire('ListSecrets', { MaxResults: 'ten' })
  assert.equal(json.message, 'STRING_VALUE can not be converted to an Integer')
  const blob = await wire('CreateSecret', { Name: 'b', SecretBinary: '!', ClientRequestToken: version(2) })
  assert.equal(blob.json.__type, 'SerializationException')
  // Whatever is quoted, it is not the value.
  const broken = await wire('CreateSecret', '{"Name":"b","SecretString":"hunter2"')
  assert.doesNotMatch(broken.text, /hunter2/)
})

test('a blob is base64, a time a number of epoch seconds with milliseconds (1.1, 1.2)', async () => {
  await wire('CreateSecret', { Name: 'blob', SecretBinary: 'Zm9vdGVzdA==', ClientRequestToken: version(1) })
  const { text, json } = await wire('GetSecretValue', { SecretId: 'blob' })
  assert.equal(json.SecretBinary, 'Zm9vdGVzdA==')
  assert.match(text, /"CreatedDate":\d{10}(\.\d{1,3})?[,}]/)
  assert.deepEqual(Object.keys(json).sort(), [
    'ARN',
    'CreatedDate',
    'Name',
    'SecretBinary',
    'VersionId',
    'VersionStages',
  ])
})

test('an answer has request id, type, length and date, and is neither compressed nor checked nor shared (1.1, 1.2)', async () => {
  const headers = { 'accept-encoding': 'gzip, deflate, br', origin: 'https://example.com' }
  for (const [operation, input] of [
    ['DescribeSecret', { SecretId: 'wire' }],
    ['DescribeSecret', { SecretId: 'none' }],
    ['TagResource', { SecretId: 'wire', Tags: [] }],
  ] as const) {
    const answer = await wire(operation, input, { headers })
    assert.match(String(answer.headers['x-amzn-requestid']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.1')
    assert.equal(answer.headers['content-length'], String(Buffer.byteLength(answer.text)))
    const date = Date.parse(String(answer.headers.date))
    assert.ok(Math.abs(date - server.clock.now()) < 5000)
    for (const name of Object.keys(answer.headers)) {
      assert.ok(!/^(content-encoding|transfer-encoding|x-amz-crc32|access-control-.*)$/.test(name), name)
    }
  }
})

test('Expect: 100-continue is answered before the body comes (1.1)', async () => {
  const body = JSON.stringify({ SecretId: 'wire' })
  const headers = { ...target('DescribeSecret'), 'content-type': 'application/x-amz-json-1.1' }
  const signing = { credentials: server.credentials, service: 'secretsmanager', at: server.clock.now() }
  const outgoing = signed(server.port, { headers, body }, signing)
  const head = Object.entries(outgoing.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = createConnection(server.port, '127.0.0.1')
  let received = ''
  let sent = false
  socket.setEncoding('utf8')
  socket.write(
    `POST / HTTP/1.1\r\n${head.join('')}content-length: ${body.length}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`,
  )
  for await (const chunk of socket) {
    received += chunk
    if (sent || !received.includes('\r\n\r\n')) continue
    assert.match(received, /^HTTP\/1\.1 100 Continue\r\n/)
    sent = true
    socket.write(body)
  }
  assert.match(received, /HTTP\/1\.1 200 OK\r\n[\s\S]*"Name":"wire"/)
})

test('what is wrong with a signature is said in AWS’s codes (1.5)', async () => {
  const headers = { ...target('ListSecrets'), 'content-type': 'application/x-amz-json-1.1' }
  const draft = { headers, body: '{}' }
  const no = (answer: Awaited<ReturnType<typeof wire>>, code: string, text: string | RegExp) =>
    refusedOnWire(answer, code, text, 'message')
  no(await wire.send(draft, { sign: false }), 'MissingAuthenticationTokenException', 'Missing Authentication Token')
  no(
    await wire.send({ ...draft, headers: { ...headers, authorization: 'AWS4-HMAC-SHA256 nonsense' } }, { sign: false }),
    'IncompleteSignatureException',
    /./,
  )
  const { accessKeyId, secretAccessKey } = server.credentials
  no(
    await wire.send(draft, { keys: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey } }),
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  )
  no(
    await wire.send({ ...draft, headers: { ...headers, 'x-amz-security-token': 'made-up' } }),
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  )
  no(
    await wire.send(draft, { keys: { accessKeyId, secretAccessKey: `${secretAccessKey}x` } }),
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  )
  const now = server.clock.now()
  const minutes = (n: number) => wire.send(draft, { at: now + n * 60_000 })
  no(
    await minutes(-6),
    'InvalidSignatureException',
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
  )
  no(
    await minutes(6),
    'InvalidSignatureException',
    /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
  )
  for (const n of [-4, 4]) assert.equal((await minutes(n)).status, 200)
  assert.equal((await wire.send(draft, { service: 'kms' })).json.__type, 'InvalidSignatureException')
  assert.equal((await wire.send(draft, { region: 'eu-west-1' })).status, 400)
})

test('broken constraints are collected in one sentence, and a missing member is null (1.6)', async () => {
  const long = 'x'.repeat(2049)
  for (const [operation, input, text] of [
    [
      'GetSecretValue',
      { SecretId: '', VersionId: 'AWSCURRENT' },
      "2 validation errors detected: Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1; Value 'AWSCURRENT' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
    ],
    [
      'UpdateSecretVersionStage',
      {},
      "2 validation errors detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null; Value null at 'versionStage' failed to satisfy constraint: Member must not be null",
    ],
    [
      'DescribeSecret',
      { SecretId: long },
      `1 validation error detected: Value '${long}' at 'secretId' failed to satisfy constraint: Member must have length less than or equal to 2048`,
    ],
    [
      'ListSecrets',
      { MaxResults: 101 },
      "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
    ],
    [
      'ListSecrets',
      { MaxResults: 0 },
      "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      'CreateSecret',
      { Name: 'wire/new', AddReplicaRegions: [{ Region: 'Nowhere' }] },
      "1 validation error detected: Value 'Nowhere' at 'addReplicaRegions.1.member.region' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([a-z]+-)+\\d+$",
    ],
    [
      'UntagResource',
      { SecretId: 'wire', TagKeys: ['a', ''] },
      "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
    ],
  ] as const) {
    refusedOnWire(await wire(operation, input), 'ValidationException', text, 'message')
  }
  refusedOnWire(
    await wire('ListSecrets', { SortOrder: 'up', Filters: [{ Key: 'wrong', Values: ['a'] }] }),
    'ValidationException',
    // The order of the set is not stable, nor is that of the violations (recorded).
    /^2 validation errors detected: (?=.*Value 'up' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: \[).*Value 'wrong' at 'filters\.1\.member\.key' failed to satisfy constraint: Member must satisfy enum value set: \[/,
    'message',
  )
})

test('a broken constraint of a sensitive member is said without its value, together with the others (1.6)', async () => {
  const secret = 'hunter2'.repeat(10_000)
  const { json, text } = await wire('PutSecretValue', {
    SecretString: secret,
    SecretBinary: '',
    RotationToken: 'short!',
  })
  assert.doesNotMatch(text, /hunter2|short!/)
  assert.equal(json.__type, 'ValidationException')
  assert.match(json.message, /^5 validation errors detected: /)
  for (const part of [
    "Value null at 'secretId' failed to satisfy constraint: Member must not be null",
    "Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
    "Value at 'secretBinary' failed to satisfy constraint: Member must have length greater than or equal to 1",
    "Value at 'rotationToken' failed to satisfy constraint: Member must have length greater than or equal to 36",
    "Value at 'rotationToken' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9\\-]+$",
  ]) {
    assert.ok(json.message.includes(part), part)
  }
  // The bytes count as the characters do, and are told with whatever else is wrong.
  const bytes = await wire('PutSecretValue', { SecretString: 'é'.repeat(32_769) })
  assert.match(bytes.json.message, /^2 validation errors detected: /)
  assert.match(
    bytes.json.message,
    /Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536/,
  )
})

test('a name with other characters is refused in one sentence by every operation that takes one, before all but the constraints (1.6)', async () => {
  const nobody = await personOf(server, clients, 'wire-nobody')
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [] })
  const inputs: Readonly<Record<string, object>> = {
    DescribeSecret: {},
    GetSecretValue: {},
    ListSecretVersionIds: {},
    PutSecretValue: {},
    TagResource: { Tags: [] },
    UntagResource: { TagKeys: [] },
    UpdateSecret: {},
    ValidateResourcePolicy: { ResourcePolicy },
    DeleteSecret: { ForceDeleteWithoutRecovery: true, RecoveryWindowInDays: 1 },
    RestoreSecret: {},
    RotateSecret: {},
    CancelRotateSecret: {},
    GetResourcePolicy: {},
    PutResourcePolicy: { ResourcePolicy },
    DeleteResourcePolicy: {},
    UpdateSecretVersionStage: { VersionStage: 'x' },
  }
  for (const id of ['not a name', 'ümlaut', 'semi;colon', 'app:db', 'app*', 'a\tb']) {
    for (const [operation, more] of Object.entries(inputs)) {
      const answer = await wire(operation, { SecretId: id, ...more }, { keys: nobody.credentials })
      refusedOnWire(answer, 'ValidationException', texts.invalidName, 'message')
    }
    const answer = await wire('CreateSecret', { Name: id }, { keys: nobody.credentials })
    refusedOnWire(answer, 'ValidationException', texts.invalidName, 'message')
  }
  refusedOnWire(await wire('CreateSecret', { Name: ARN }), 'ValidationException', texts.invalidName, 'message')
  refusedOnWire(
    await wire('GetSecretValue', { SecretId: 'not a name', VersionId: 'short' }, { keys: nobody.credentials }),
    'ValidationException',
    /^1 validation error detected: Value 'short' at 'versionId'/,
    'message',
  )
})

test('the checks come in AWS’s order: each request breaks the next rule besides (1.7)', async () => {
  const nobody = await personOf(server, clients, 'wire-order')
  const ask = async (
    keys: typeof nobody.credentials | undefined,
    input: object | string,
    operation = 'PutSecretValue',
  ) => {
    const { json } = await wire(operation, input, keys && { keys })
    return `${json.__type}: ${json.Message ?? json.message ?? ''}`
  }
  const missing = { SecretId: 'wire/none', SecretString: 'x', SecretBinary: 'eA==' }
  const broken = { ...missing, SecretId: 'no name', ClientRequestToken: 'short' }
  const its = nobody.credentials
  assert.match(await ask({ ...its, secretAccessKey: 'wrong' }, '{', 'NoSuchOperation'), /^UnknownOperationException/)
  assert.match(await ask({ ...its, secretAccessKey: 'wrong' }, '{'), /^InvalidSignatureException/)
  assert.match(await ask(its, '{'), /^SerializationException/)
  assert.match(await ask(its, broken), /^ValidationException: 1 validation error/)
  assert.equal(
    await ask(its, { ...broken, ClientRequestToken: undefined }),
    `ValidationException: ${texts.invalidName}`,
  )
  assert.match(await ask(its, missing), /^AccessDeniedException/)
  assert.equal(await ask(undefined, missing), `InvalidRequestException: ${texts.noToken}`)
  const tokened = { ...missing, ClientRequestToken: version(1) }
  assert.match(await ask(undefined, tokened), /^InvalidParameterException: You can't specify both/)
  const one = { SecretId: 'wire/none', SecretString: 'x', ClientRequestToken: version(1) }
  assert.equal(await ask(undefined, one), `ResourceNotFoundException: ${texts.noSecret}`)
  // Deletion state, then the token, then the quota of labels.
  await secrets.createSecret({ Name: 'wire/order', SecretString: 'v', ClientRequestToken: version(1) })
  await secrets.deleteSecret({ SecretId: 'wire/order' })
  const known = { ...one, SecretId: 'wire/order', VersionStages: Array.from({ length: 20 }, (_, at) => `l${at}`) }
  assert.equal(await ask(undefined, known), `InvalidRequestException: ${texts.marked}`)
  await secrets.restoreSecret({ SecretId: 'wire/order' })
  assert.match(await ask(undefined, known), /^ResourceExistsException: You can't use ClientRequestToken/)
  assert.match(await ask(undefined, { ...known, ClientRequestToken: version(2) }), /^LimitExceededException/)
})

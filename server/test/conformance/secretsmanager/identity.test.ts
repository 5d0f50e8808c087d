import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session, texts } from '../session.ts'

/** Names, ARNs, and how a SecretId is resolved: secretsmanager.md 2 and 2.1, row by row. */
const { server, secrets } = await session()

const made = async (Name: string) => (await secrets.createSecret({ Name, SecretString: `of ${Name}` })).ARN ?? ''
const read = async (SecretId: string) => (await secrets.getSecretValue({ SecretId })).SecretString
const notFound = (SecretId: string) =>
  refused(secrets.describeSecret({ SecretId }), 'ResourceNotFoundException', texts.noSecret)

test('a name has 1 to 512 characters on the way in', async () => {
  for (const Name of ['n', 'n'.repeat(256), 'n'.repeat(512)]) {
    const ARN = await made(Name)
    assert.equal(ARN.length, `arn:aws:secretsmanager:us-east-1:111122223333:secret:${Name}-abcdef`.length)
    assert.equal(await read(Name), `of ${Name}`)
    assert.equal(await read(ARN), `of ${Name}`)
  }
  await refused(
    secrets.createSecret({ Name: 'n'.repeat(513) }),
    'ValidationException',
    /at 'name' failed to satisfy constraint: Member must have length less than or equal to 512$/,
  )
  await refused(
    secrets.createSecret({ Name: '' }),
    'ValidationException',
    "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
  )
})

test('a SecretId has 1 to 2048 characters', async () => {
  await notFound('n'.repeat(2048))
  await refused(secrets.describeSecret({ SecretId: 'n'.repeat(2049) }), 'ValidationException', /equal to 2048$/)
  await refused(secrets.describeSecret({ SecretId: '' }), 'ValidationException', /greater than or equal to 1$/)
})

test('all the characters of a name are taken, also a leading slash, aws/ and !, and nothing is normalised', async () => {
  const names = ['/lead', 'lead', 'lead/', 'lead//x', 'aws/mine', 'aZ09/_+=.@-', 'rds!db-1', '!', '-', '...', 'Lead']
  for (const name of names)
    assert.match(await made(name), /^arn:aws:secretsmanager:us-east-1:\d{12}:secret:.*-[A-Za-z0-9]{6}$/)
  for (const name of names) assert.equal(await read(name), `of ${name}`)
  await refused(
    secrets.createSecret({ Name: 'Lead' }),
    'ResourceExistsException',
    'The operation failed because the secret Lead already exists.',
  )
  await notFound('LEAD')
})

test('the suffix is six random characters of both cases, another one each time a name is made', async () => {
  const suffixes = new Set<string>()
  for (let n = 0; n < 40; n++) {
    const { ARN = '' } = await secrets.createSecret({ Name: 'suffix' })
    suffixes.add(ARN.slice(-7))
    await secrets.deleteSecret({ SecretId: ARN, ForceDeleteWithoutRecovery: true })
    await notFound(ARN)
  }
  assert.equal(suffixes.size, 40)
  const drawn = [...suffixes].join('')
  for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/]) assert.match(drawn, kind)
  assert.match(drawn, /^(-[A-Za-z0-9]{6})+$/)
})

test('a secret is found by name, full ARN, and ARN without its suffix (2.1)', async () => {
  const ARN = await made('app/db')
  for (const id of ['app/db', ARN, ARN.slice(0, -7)]) {
    const { $metadata: _, CreatedDate: __, ...described } = await secrets.describeSecret({ SecretId: id })
    assert.deepEqual([described.ARN, described.Name], [ARN, 'app/db'])
  }
  await notFound(`${ARN.slice(0, -6)}XXXXXX`)
  // The name with its suffix is no id (assumed in 2.1).
  await notFound(ARN.split(':').at(-1) ?? '')
})

test('an ARN that ends like one with a suffix is full: a name of that form is found by name and full ARN only (recorded)', async () => {
  const ARN = await made('app/db-a1b2c3')
  assert.equal(await read('app/db-a1b2c3'), 'of app/db-a1b2c3')
  assert.equal(await read(ARN), 'of app/db-a1b2c3')
  await notFound(ARN.slice(0, -7))
  // Not even when what stands before is the name of another secret.
  await made('app/x')
  await notFound(`${ARN.split(':').slice(0, 6).join(':')}:app/x-a1b2c3`)
})

test('names that almost end like a suffix are fine as partial ARNs (recorded)', async () => {
  for (const name of ['near/db-a1b2', 'near/db-a1b2c3-', 'near/db-a1b2c3d', 'near/db-a1b2c_', 'near/dba1b2c3']) {
    const ARN = await made(name)
    assert.equal(await read(ARN.slice(0, -7)), `of ${name}`)
    assert.equal(await read(ARN), `of ${name}`)
  }
})

test('an ARN of another place never falls back to the caller’s own secret of that name', async () => {
  const ARN = await made('place')
  for (const partial of [ARN, ARN.slice(0, -7)]) {
    await notFound(partial.replace(':us-east-1:', ':eu-west-1:'))
    await notFound(partial.replace('arn:aws:', 'arn:aws-cn:'))
    // Who shares nothing with the caller does not say whether there is such a secret.
    const foreign = partial.replace(server.account, '999988887777')
    await refused(secrets.describeSecret({ SecretId: foreign }), 'AccessDeniedException')
  }
})

test('what is an ARN of something else names no secret', async () => {
  const ARN = await made('kind')
  for (const id of [
    ARN.replace(':secretsmanager:', ':ssm:'),
    ARN.replace(':secret:', ':secrets:'),
    ARN.replace(':secret:', ':'),
    `${ARN}:more`,
    'arn:aws:secretsmanager:us-east-1',
    'arn:',
    `arn:aws:secretsmanager:us-east-1:${server.account}:secret:`,
    `arn:aws:secretsmanager:us-east-1:${server.account}:secret:no name`,
  ]) {
    await refused(secrets.describeSecret({ SecretId: id }), 'ResourceNotFoundException', texts.noSecret)
  }
})

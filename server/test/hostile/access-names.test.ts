import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { refused, texts } from '../conformance/session.ts'
import { allow, codeOf, deny, documentOf, outcome, READ, siege, trusting } from './siege.ts'

/**
 * Names as an attacker writes them: other cases, letters that look or fold alike, steps up, doubled and encoded slashes,
 * ARNs in the place of names. Sources: access.md 5.2, 5.4, 7 (20, 21, 33), secretsmanager.md 2.1.
 */

const { server, account, root, person, rule, call, secretOf, neighbour, clients } = await siege()
const { iam, secrets } = root
const DENIED = 'AccessDeniedException'
/** Becomes k in lower case, though no k. */
const KELVIN = '\u212a'
/** Becomes I in upper case, S in upper case: no i, no s in lower case. */
const DOTLESS = '\u0131'
const LONG_S = '\u017f'

before(async () => {
  for (const Name of ['dev/db', 'prod/db', 'prod/x', 'db', 'kit']) {
    await secrets.createSecret({ Name, SecretString: `value of ${Name}` })
  }
})

const read = async (who: { secrets: typeof secrets }, SecretId: string) =>
  (await who.secrets.getSecretValue({ SecretId })).SecretString

test('an action of a policy means the same in every case of its letters, to allow and to deny', async () => {
  const user = await person()
  for (const action of [
    'SECRETSMANAGER:GETSECRETVALUE',
    'sEcReTsMaNaGeR:gEtSeCrEtVaLuE',
    'secretsmanager:getsecret*',
    'SecretsManager:???SECRETVALUE',
  ]) {
    await rule(user.name, allow(action))
    assert.equal(await read(user, 'db'), 'value of db', action)
    assert.equal(await codeOf(user.secrets.describeSecret({ SecretId: 'db' })), DENIED, action)
    await rule(user.name, allow('*'), deny(action))
    assert.equal(await codeOf(read(user, 'db')), DENIED, action)
    await rule(user.name, allow('*'), { Effect: 'Deny', NotAction: [action, 'KMS:*'], Resource: '*' })
    assert.equal(await read(user, 'db'), 'value of db', action)
    assert.equal(await codeOf(user.secrets.describeSecret({ SecretId: 'db' })), DENIED, action)
  }
})

test('letters that only look or fold like those of an action allow nothing', async () => {
  const user = await person()
  for (const [action, real, ask] of [
    [`secret${LONG_S}manager:GetSecretValue`, READ, () => read(user, 'db')],
    [`${LONG_S}ecretsmanager:*`, READ, () => read(user, 'db')],
    [`${KELVIN}ms:*`, 'kms:ListKeys', () => user.kms.listKeys({})],
    [`kms:L${DOTLESS}stKeys`, 'kms:ListKeys', () => user.kms.listKeys({})],
    [`kms:List${KELVIN}eys`, 'kms:ListKeys', () => user.kms.listKeys({})],
    [`kms:Li${LONG_S}tKeys`, 'kms:ListKeys', () => user.kms.listKeys({})],
  ] as const) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allow(action) })
      // The members of IAM take Latin-1 only; JSON has a way round that.
      .replaceAll(/[\u0100-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
    const put = await call(server.credentials, 'iam:PutUserPolicy', {
      UserName: user.name,
      PolicyName: 'odd',
      PolicyDocument,
    })
    if (outcome(put) !== '200') assert.equal(outcome(put), 'MalformedPolicyDocument', action)
    assert.match(await codeOf(ask()), /^AccessDenied/, `${action} stands for ${real}`)
  }
})

test('on the wire a name of an operation has one spelling', async () => {
  for (const operation of [
    'getsecretvalue',
    'GETSECRETVALUE',
    'GetSecretValue ',
    'GetSecretValue\u00a0',
    '../GetSecretValue',
  ]) {
    const answer = await call(
      server.credentials,
      READ,
      { SecretId: 'db' },
      { 'x-amz-target': `secretsmanager.${operation}` },
    )
    assert.equal(outcome(answer), operation === 'GetSecretValue ' ? '200' : 'UnknownOperationException', operation)
  }
  for (const Action of ['getuser', `CreateAccess${KELVIN}ey`, 'L\u0131stUsers', 'ListUsers\0', ' ListUsers']) {
    const answer = await call(server.credentials, 'iam:ListUsers', { Action })
    assert.equal(outcome(answer), 'InvalidAction', Action)
  }
})

test('users, groups and roles are unique without case, and found in their own spelling only', async () => {
  const AssumeRolePolicyDocument = trusting(account)
  const PolicyDocument = documentOf(allow('*'))
  await iam.createUser({ UserName: 'Carol' })
  await iam.createGroup({ GroupName: 'Crew' })
  await iam.createRole({ RoleName: 'Captain', AssumeRolePolicyDocument })
  for (const name of ['carol', 'CAROL', 'cArOl']) {
    await refused(iam.createUser({ UserName: name }), 'EntityAlreadyExistsException', undefined, 409)
    await refused(
      iam.getUser({ UserName: name }),
      'NoSuchEntityException',
      `The user with name ${name} cannot be found.`,
      404,
    )
    await refused(iam.createAccessKey({ UserName: name }), 'NoSuchEntityException', undefined, 404)
    await refused(
      iam.putUserPolicy({ UserName: name, PolicyName: 'p', PolicyDocument }),
      'NoSuchEntityException',
      undefined,
      404,
    )
  }
  await refused(iam.createGroup({ GroupName: 'CREW' }), 'EntityAlreadyExistsException', undefined, 409)
  await refused(iam.addUserToGroup({ GroupName: 'crew', UserName: 'Carol' }), 'NoSuchEntityException', undefined, 404)
  await refused(iam.addUserToGroup({ GroupName: 'Crew', UserName: 'carol' }), 'NoSuchEntityException', undefined, 404)
  await refused(
    iam.createRole({ RoleName: 'captain', AssumeRolePolicyDocument }),
    'EntityAlreadyExistsException',
    undefined,
    409,
  )
  const user = await person([allow('sts:AssumeRole')])
  const assume = (role: string) =>
    user.sts.assumeRole({ RoleArn: `arn:aws:iam::${account}:role/${role}`, RoleSessionName: 'here' })
  assert.match((await assume('Captain')).AssumedRoleUser?.Arn ?? '', /assumed-role\/Captain\/here$/)
  for (const role of ['captain', 'CAPTAIN', 'Captain/', '/Captain', './Captain', 'Captain%00']) {
    assert.match(await codeOf(assume(role)), /^(AccessDenied|ValidationError)/, role)
  }
  // Taken over by a change of the name neither.
  await iam.createUser({ UserName: 'dora' })
  await refused(
    iam.updateUser({ UserName: 'dora', NewUserName: 'CAROL' }),
    'EntityAlreadyExistsException',
    undefined,
    409,
  )
})

test('names of identities have no letters beyond ASCII, so none that look alike', async () => {
  for (const name of [
    `${KELVIN}im`,
    'car\u043el',
    'Ca\u0301rol',
    'C\u00e1rol',
    'carol\u200b',
    'caro\uff4c',
    'carol\u0000',
    'c/arol',
    '../carol',
    'c*',
    'c?',
    `\${aws:username}`,
  ]) {
    await refused(iam.createUser({ UserName: name }), /\0/.test(name) ? 'MalformedInput' : 'ValidationError')
    await refused(iam.createGroup({ GroupName: name }), /\0/.test(name) ? 'MalformedInput' : 'ValidationError')
    await refused(
      iam.createRole({ RoleName: name, AssumeRolePolicyDocument: trusting(account) }),
      /\0/.test(name) ? 'MalformedInput' : 'ValidationError',
    )
  }
})

test('a name of a secret has no letters beyond ASCII, in whatever normal form, and none that is encoded', async () => {
  for (const Name of [
    'dev/d\u00fc',
    'dev/du\u0308',
    `dev/${KELVIN}ey`,
    'dev/\uff44b',
    'd\u0435v/db',
    'dev/db\u200b',
    'dev%2Fdb',
    'dev/..%2Fprod',
    'dev/*',
    'dev/?',
    `dev/\${aws:username}`,
    'dev db',
    'dev/db\n',
    'dev\\db',
    'dev:db',
  ]) {
    await refused(secrets.createSecret({ Name, SecretString: 'x' }), 'ValidationException', texts.invalidName)
    await refused(secrets.getSecretValue({ SecretId: Name }), 'ValidationException', texts.invalidName)
    const inArn = await call(server.credentials, READ, { SecretId: secretOf(`${Name}-AbCdEf`) })
    assert.equal(outcome(inArn), 'ResourceNotFoundException', Name)
  }
})

test('names of secrets differ in case, to policies too', async () => {
  await secrets.createSecret({ Name: 'DEV/db', SecretString: 'of DEV' })
  const user = await person([allow(READ, secretOf('dev/*'))])
  assert.equal(await read(user, 'dev/db'), 'value of dev/db')
  assert.equal(await codeOf(read(user, 'DEV/db')), DENIED)
  assert.equal(await codeOf(read(user, 'Dev/db')), DENIED)
  const spared = await person([allow('*'), deny(READ, secretOf('DEV/*'))])
  assert.equal(await read(spared, 'dev/db'), 'value of dev/db')
  assert.equal(await codeOf(read(spared, 'DEV/db')), DENIED)
})

const STEPS = [
  'dev/../prod/x',
  'dev/./db',
  'dev//db',
  'dev///../prod/x',
  '/dev/db',
  'dev/db/',
  'dev/..',
  './dev/db',
  '../prod/x',
]

test('a name is what it is: no step up, no slash fewer', async () => {
  const user = await person([allow('secretsmanager:*', secretOf('dev/*'))])
  for (const name of STEPS) {
    const below = name.startsWith('dev/')
    // Nothing of that name is there, and nothing else answers in its stead.
    assert.equal(await codeOf(read(root, name)), 'ResourceNotFoundException', name)
    assert.equal(await codeOf(read(user, name)), below ? 'ResourceNotFoundException' : DENIED, name)
    assert.equal(
      await codeOf(read(user, secretOf(`${name}-AbCdEf`))),
      below ? 'ResourceNotFoundException' : DENIED,
      name,
    )
  }
  // Who may make dev/* makes a secret of that very name, beside prod/x.
  const { ARN = '' } = await user.secrets.createSecret({ Name: 'dev/../prod/x', SecretString: 'bait' })
  assert.match(ARN, /:secret:dev\/\.\.\/prod\/x-[A-Za-z0-9]{6}$/)
  assert.equal(await read(user, 'dev/../prod/x'), 'bait')
  assert.equal(await read(root, 'prod/x'), 'value of prod/x')
  const keeper = await person([allow(READ, secretOf('prod/*'))])
  assert.equal(await codeOf(read(keeper, 'dev/../prod/x')), DENIED)
  assert.equal(await codeOf(read(keeper, ARN)), DENIED)
  await user.secrets.putSecretValue({ SecretId: 'dev/../prod/x', SecretString: 'more bait' })
  assert.equal(await read(root, 'prod/x'), 'value of prod/x')
})

test('IAM paths: no step up, no slash fewer', async () => {
  await iam.createUser({ UserName: 'stepper', Path: '/team/../admin/' })
  const { User } = await iam.getUser({ UserName: 'stepper' })
  assert.equal(User?.Arn, `arn:aws:iam::${account}:user/team/../admin/stepper`)
  const user = await person([allow('iam:*', `arn:aws:iam::${account}:user/admin/*`)])
  await refused(user.iam.getUser({ UserName: 'stepper' }), 'AccessDenied', undefined, 403)
  await refused(user.iam.createUser({ UserName: 'a', Path: '/team/../admin/' }), 'AccessDenied', undefined, 403)
  await refused(user.iam.createUser({ UserName: 'a', Path: '//admin/' }), 'AccessDenied', undefined, 403)
  assert.equal((await user.iam.createUser({ UserName: 'a', Path: '/admin/' })).User?.UserName, 'a')
  // Existing ones are found by name: what decides is where they are, not where somebody says they are.
  await refused(user.iam.createAccessKey({ UserName: 'stepper' }), 'AccessDenied', undefined, 403)
  await refused(user.iam.updateUser({ UserName: 'stepper', NewPath: '/admin/' }), 'AccessDenied', undefined, 403)
  await refused(user.iam.updateUser({ UserName: 'a', NewPath: '/root/' }), 'AccessDenied', undefined, 403)
})

test('full ARN, partial ARN and name are one secret, and one permission', async () => {
  const { ARN = '' } = await secrets.describeSecret({ SecretId: 'prod/db' })
  const forms = ['prod/db', ARN, ARN.slice(0, -7)]
  const user = await person()
  for (const [pattern, allowed] of [
    [ARN, true],
    [ARN.slice(0, -7), false],
    [`${ARN.slice(0, -7)}-??????`, true],
    [`${ARN.slice(0, -7)}-?????`, false],
    [`${ARN.slice(0, -7)}-???????`, false],
    [`${ARN.slice(0, -7)}*`, true],
    [`${ARN}?`, false],
    [secretOf('prod/d-??????'), false],
  ] as const) {
    await rule(user.name, allow(READ, pattern))
    for (const form of forms) {
      if (allowed) assert.equal(await read(user, form), 'value of prod/db', `${pattern} ${form}`)
      else assert.equal(await codeOf(read(user, form)), DENIED, `${pattern} ${form}`)
    }
    await rule(user.name, allow('*'), deny(READ, pattern))
    for (const form of forms) {
      if (!allowed) assert.equal(await read(user, form), 'value of prod/db', `${pattern} ${form}`)
      else assert.equal(await codeOf(read(user, form)), DENIED, `${pattern} ${form}`)
    }
  }
})

test('a secret whose name is the ARN suffix of another: neither is found for, nor opened by, the other', async () => {
  const { ARN: victim = '' } = await secrets.createSecret({ Name: 'app', SecretString: 'of app' })
  const suffix = victim.slice(-6)
  // The attacker may make whatever begins with `app-`, and nothing else.
  const user = await person([allow('secretsmanager:*', secretOf('app-*-??????'))])
  const lookalike = `app-${suffix}`
  const { ARN = '' } = await user.secrets.createSecret({ Name: lookalike, SecretString: 'bait' })
  assert.match(ARN, new RegExp(`:secret:app-${suffix}-[A-Za-z0-9]{6}$`))
  assert.equal(await read(user, lookalike), 'bait')
  assert.equal(await read(root, victim), 'of app')
  assert.equal(await read(root, 'app'), 'of app')
  assert.equal(await read(root, lookalike), 'bait')
  assert.equal(await codeOf(read(user, victim)), DENIED)
  assert.equal(await codeOf(read(user, 'app')), DENIED)
  // Its partial ARN is the full one of `app`. Source: secretsmanager.md 2.1, recorded.
  assert.equal(await read(root, secretOf(lookalike)), 'of app')
  const reader = await person([allow(READ, secretOf('app-??????'))])
  assert.equal(await read(reader, 'app'), 'of app')
  assert.equal(await codeOf(read(reader, lookalike)), DENIED)
  assert.equal(await codeOf(read(reader, ARN)), DENIED)
  const exact = await person([allow(READ, victim)])
  assert.equal(await codeOf(read(exact, lookalike)), DENIED)
  assert.equal(await codeOf(read(exact, ARN)), DENIED)
  // Made again, a secret has another suffix: what allowed the old one by its full ARN allows nothing.
  await secrets.deleteSecret({ SecretId: 'app', ForceDeleteWithoutRecovery: true })
  const again = await secrets.createSecret({ Name: 'app', SecretString: 'again' })
  assert.notEqual(again.ARN, victim)
  assert.equal(await codeOf(read(exact, 'app')), DENIED)
  assert.equal(await codeOf(read(exact, victim)), 'ResourceNotFoundException')
})

test('a name that looks like the ARN of another account, or of another region, is looked up nowhere else', async () => {
  const other = clients(await neighbour('444455556666'))
  await other.secrets.createSecret({ Name: 'db', SecretString: 'of the neighbour' })
  const { ARN: foreign = '' } = await other.secrets.describeSecret({ SecretId: 'db' })
  const ours = secretOf('db')
  // A name has no colon, so it can't be an ARN.
  await refused(secrets.createSecret({ Name: foreign, SecretString: 'x' }), 'ValidationException', texts.invalidName)
  const user = await person([allow('*')])
  for (const who of [root, user]) {
    assert.equal(await codeOf(read(who, foreign)), DENIED)
    assert.equal(await codeOf(read(who, foreign.slice(0, -7))), DENIED)
  }
  for (const id of [
    ours.replace('us-east-1', 'eu-west-1'),
    ours.replace('us-east-1', ''),
    ours.replace('us-east-1', 'US-EAST-1'),
    ours.replace('aws', 'aws-cn'),
    ours.replace('secretsmanager', 'SecretsManager'),
    ours.replace('secretsmanager', 'kms'),
    ours.replace(':secret:', ':Secret:'),
    ours.replace(':secret:', ':secret/'),
    ours.replace(':secret:', ':secret::'),
    ours.replace(account, ''),
    ours.replace(account, `${account} `),
    ours.replace(account, '*'),
    `${ours}*`,
    `${ours}-??????`,
    `${ours}:`,
    `${foreign}${ours}`,
  ]) {
    assert.match(await codeOf(read(root, id)), /^(ResourceNotFound|AccessDenied)Exception$/, id)
  }
  for (const id of [` ${ours}`, `ARN${ours.slice(3)}`, `arn${ours.slice(4)}`]) {
    await refused(read(root, id), 'ValidationException', texts.invalidName)
  }
})

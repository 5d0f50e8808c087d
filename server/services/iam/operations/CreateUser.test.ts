import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

test('CreateUser answers the user, GetUser the same with its tags (access.md 3.4)', async () => {
  await using iam = await trial()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const { User } = await iam.call('CreateUser', { UserName: 'Alice', Path: '/a//b/', Tags })
  assert.match(User.UserId, /^AIDA[A-Z2-7]{17}$/)
  const expected = {
    Path: '/a//b/',
    UserName: 'Alice',
    UserId: User.UserId,
    Arn: `arn:aws:iam::${ACCOUNT}:user/a//b/Alice`,
    CreateDate: new Date(START),
    Tags,
  }
  assert.deepEqual(User, expected)
  assert.deepEqual(await iam.call('GetUser', { UserName: 'Alice' }), { User: expected })
})

test('CreateUser takes a name once in any spelling (access.md 2)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.refused('CreateUser', { UserName: 'ALICE' }, 'EntityAlreadyExists', 'User with name ALICE already exists.')
})

test('CreateUser refuses names, paths and tags that AWS refuses (access.md 3.2, 3.5, recorded)', async () => {
  await using iam = await trial()
  await iam.refused(
    'CreateUser',
    {},
    'ValidationError',
    "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null",
  )
  await iam.refused('CreateUser', { UserName: 'a'.repeat(65) }, 'ValidationError')
  await iam.refused('CreateUser', { UserName: 'a b' }, 'ValidationError')
  for (const Path of ['//', 'a', '/a', '/a b/', '/\u007f/', '/ü/', '/a\n/']) {
    await iam.refused(
      'CreateUser',
      { UserName: 'u', Path },
      'ValidationError',
      /^The specified value for path is invalid/,
    )
  }
  const twice = [
    { Key: 'Team', Value: 'a' },
    { Key: 'team', Value: 'b' },
  ]
  await iam.refused('CreateUser', { UserName: 'u', Tags: twice }, 'InvalidInput', /^Duplicate tag keys found/)
  const combining = [{ Key: 'k', Value: 'a\u0301' }]
  await iam.refused('CreateUser', { UserName: 'u', Tags: combining }, 'ValidationError', /tags\.1\.member\.value/)
  assert.equal((await iam.call('ListUsers')).Users.length, 0)
})

test('CreateUser keeps a boundary that exists, and no more users than the quota', async () => {
  await using iam = await trial({ users: 1 })
  const missing = `arn:aws:iam::${ACCOUNT}:policy/none`
  await iam.refused('CreateUser', { UserName: 'u', PermissionsBoundary: missing }, 'NoSuchEntity')
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document('iam:*') })
  const { User } = await iam.call('CreateUser', { UserName: 'u', PermissionsBoundary: Policy.Arn })
  assert.equal(User.PermissionsBoundary.PermissionsBoundaryArn, Policy.Arn)
  await iam.refused('CreateUser', { UserName: 'v' }, 'LimitExceeded', 'Cannot exceed quota for UsersPerAccount: 1')
})

test('CreateUser is refused with the ARN of the would-be user', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:CreateUser', `arn:aws:iam::${ACCOUNT}:user/team/*`))
  await iam.call('CreateUser', { UserName: 'bob', Path: '/team/' }, alice)
  await iam.refused(
    'CreateUser',
    { UserName: 'bob' },
    'AccessDenied',
    `User: ${alice.arn} is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::${ACCOUNT}:user/bob because no identity-based policy allows the iam:CreateUser action`,
    alice,
  )
})

test('CreateUser on the wire is XML with dates to the second (access.md 3.1)', async () => {
  await using iam = await trial()
  const xml = await iam.wire(
    'Action=CreateUser&Version=2010-05-08&UserName=eve&Tags.member.1.Key=k&Tags.member.1.Value=v',
  )
  assert.match(xml, /^<User><Path>\/<\/Path><UserName>eve<\/UserName><UserId>AIDA/)
  assert.match(xml, /<CreateDate>2026-03-15T10:30:00Z<\/CreateDate>/)
  assert.match(xml, /<Tags><member><Key>k<\/Key><Value>v<\/Value><\/member><\/Tags><\/User>$/)
})

test('CreateUser with tags needs iam:TagUser too (API_CreateUser)', async () => {
  await using iam = await trial()
  const deny = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'iam:CreateUser', Resource: '*' },
      {
        Effect: 'Allow',
        Action: 'iam:TagUser',
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestTag/team': 'red' } },
      },
    ],
  }
  const alice = await iam.user('alice', JSON.stringify(deny))
  await iam.call('CreateUser', { UserName: 'bob' }, alice)
  await iam.call('CreateUser', { UserName: 'carol', Tags: [{ Key: 'team', Value: 'red' }] }, alice)
  const refusal = /is not authorized to perform: iam:TagUser on resource: arn:aws:iam::111122223333:user\/dave because/
  await iam.refused(
    'CreateUser',
    { UserName: 'dave', Tags: [{ Key: 'team', Value: 'admin' }] },
    'AccessDenied',
    refusal,
    alice,
  )
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../server/kernel/clock.ts'
import { systemRandom } from '../server/kernel/random.ts'
import type { Assembled } from '../server/server.ts'
import { bootstrap } from '../server/services/iam/accounts.ts'
import { rootCaller } from '../server/services/iam/callers.ts'
import { InlinePolicies } from '../server/services/iam/inline.ts'
import { Roles } from '../server/services/iam/roles.ts'
import { Users } from '../server/services/iam/users.ts'
import { run as runCommand, running } from './test/rig.ts'

const ACCOUNT = '111122223333'
const OTHER = '444455556666'
let data: Awaited<ReturnType<typeof running>>
let directory: string
let server: Assembled

/** A server that runs, without a socket: alice may read dev/*, bob from 10/8 only, carol is denied, ann is another account's. */
before(async () => {
  data = await running()
  ;({ directory, server } = data)
  const { storage, vault } = server
  for (const account of [ACCOUNT, OTHER]) {
    await bootstrap({ storage, vault, random: systemRandom, now: systemClock.now(), account })
  }
  await server.local(
    'secretsmanager.CreateSecret',
    { Name: 'dev/db', SecretString: 'x', ClientRequestToken: systemRandom.uuid() },
    rootCaller(ACCOUNT, 'AKIATESTTESTTESTTEST'),
  )
  for (const [Name, more] of [
    ['/app/db', { Type: 'SecureString' }],
    ['/app/shared', { Type: 'String', Tier: 'Advanced' }],
  ] as const) {
    const input = { Name, Value: 'v', ...more, Tags: [{ Key: 'team', Value: 'red' }] }
    await server.local('AmazonSSM.PutParameter', input, rootCaller(ACCOUNT, 'AKIATESTTESTTESTTEST'))
  }
  const ResourceArn = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/app/shared`
  const shares = { Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'ssm:GetParameter', Resource: '*' }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: shares })
  await server.local(
    'AmazonSSM.PutResourcePolicy',
    { ResourceArn, Policy },
    rootCaller(ACCOUNT, 'AKIATESTTESTTESTTEST'),
  )
  const read = (more: object, Effect = 'Allow') =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Sid: 'Read', Effect, Action: 'secretsmanager:GetSecretValue', Resource: '*', ...more }],
    })
  const people: [string, string, string, string][] = [
    [ACCOUNT, 'alice', 'dev-read', read({ Resource: 'arn:aws:secretsmanager:*:*:secret:dev/*' })],
    [ACCOUNT, 'bob', 'home', read({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })],
    [ACCOUNT, 'carol', 'never', read({}, 'Deny')],
    [OTHER, 'ann', 'all', read({})],
    [
      ACCOUNT,
      'dora',
      'app',
      read({
        Action: ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:GetParametersByPath'],
        Resource: 'arn:aws:ssm:*:*:parameter/app*',
      }),
    ],
    [OTHER, 'emil', 'ssm', read({ Action: ['ssm:*', 'kms:*'] })],
  ]
  await storage.unit('write', async (unit) => {
    for (const [account, name, policy, text] of people) {
      const id = `AIDA${name.toUpperCase().padEnd(17, 'X')}`
      const arn = `arn:aws:iam::${account}:user/${name}`
      const user = { name, path: '/', arn, id, tags: new Map(), boundary: undefined, createdAt: 0 }
      await new Users(unit, account, vault).add(user)
      await new InlinePolicies(unit, account, vault).put(id, policy, text)
    }
  })
})

after(() => data[Symbol.asyncDispose]())

const run = (...args: string[]) => runCommand('access', ...args, '--data', directory)

const explain = (name: string, ...more: string[]) =>
  run(
    'explain',
    ...['--principal', `arn:aws:iam::${ACCOUNT}:user/${name}`, '--action', 'secretsmanager:GetSecretValue'],
    ...['--resource', 'dev/db', ...more],
  )

test('explain names the statements that allow, on the secret and on its key, and exits 0', async () => {
  const { code, out } = await explain('alice')
  assert.equal(code, 0)
  assert.match(
    out,
    /^allowed: secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:111122223333:secret:dev\/db-/,
  )
  assert.match(out, /Allow {2}identity policy dev-read of user\/alice, statement 1 \(Read\)/)
  assert.match(out, /allowed: kms:Decrypt on arn:aws:kms:us-east-1:111122223333:key\//)
})

test('explain says what is missing in the request, takes it by --context, and exits 1 for denied', async () => {
  const without = await explain('bob')
  assert.equal(without.code, 1)
  assert.match(without.out, /not in the request, and asked for: aws:SourceIp/)
  assert.equal((await explain('bob', '--context', 'aws:SourceIp=10.1.2.3')).code, 0)
  assert.equal((await explain('bob', '--context', 'aws:SourceIp=11.1.2.3')).code, 1)
  const carol = await explain('carol', '--json')
  const answer = JSON.parse(carol.out)
  assert.deepEqual(
    [carol.code, answer.allowed, answer.permissions[0].explicit, answer.permissions[0].reasons[0].policy],
    [1, false, true, 'never'],
  )
})

test('who-can lists everybody of every account who may, with what lets them, and those who may on conditions', async () => {
  const { code, out } = await run('who-can', 'secretsmanager:GetSecretValue', 'dev/db', '--account', ACCOUNT, '--json')
  assert.equal(code, 0)
  const { allowed, conditional } = JSON.parse(out)
  assert.deepEqual(
    allowed.map(({ principal }: { principal: string }) => principal),
    [`arn:aws:iam::${ACCOUNT}:root`, `arn:aws:iam::${ACCOUNT}:user/alice`],
  )
  assert.equal(allowed[1].permissions[0].reasons[0].policy, 'dev-read')
  assert.deepEqual(
    conditional.map(({ principal }: { principal: string }) => principal),
    [`arn:aws:iam::${ACCOUNT}:user/bob`],
  )
})

test('our own actions on a secret need those of AWS too, and its key', async () => {
  const asked = ['--action', 'strongroom:RollBackSecret', '--resource', 'dev/db', '--json']
  const may = async (who: string) => {
    const { code, out } = await run('explain', '--principal', `arn:aws:iam::${ACCOUNT}:${who}`, ...asked)
    const { permissions } = JSON.parse(out) as { permissions: { action: string; allowed: boolean }[] }
    return { code, permissions: permissions.map(({ action, allowed }) => [action, allowed]) }
  }
  const needed = ['strongroom:RollBackSecret', 'secretsmanager:PutSecretValue', 'kms:GenerateDataKey', 'kms:Decrypt']
  assert.deepEqual(await may('root'), { code: 0, permissions: needed.map((action) => [action, true]) })
  const { code, permissions } = await may('user/alice')
  assert.deepEqual([code, permissions.slice(0, 2)], [1, needed.slice(0, 2).map((action) => [action, false])])
  const { out } = await run('who-can', 'strongroom:CompareSecretVersions', 'dev/db', '--account', ACCOUNT, '--json')
  assert.deepEqual(
    JSON.parse(out).allowed.map(({ principal }: { principal: string }) => principal),
    [`arn:aws:iam::${ACCOUNT}:root`],
  )
})

test('a secret that is not there is said to be missing', async () => {
  const asked = ['--principal', `arn:aws:iam::${ACCOUNT}:user/alice`, '--action', 'secretsmanager:GetSecretValue']
  const there = await run('explain', ...asked, '--resource', 'dev/db')
  assert.doesNotMatch(there.out, /no such secret/)
  const missing = await run('explain', ...asked, '--resource', 'dev/typo')
  assert.match(missing.out, /there is no such secret: this is decided for one of that name/)
})

test('a question that can not be asked is told, and exits 2', async () => {
  const nobody = await explain('nobody')
  assert.deepEqual(
    [nobody.code, nobody.err.split('\n')[0]],
    [2, `error: strongroom access: there is no principal arn:aws:iam::${ACCOUNT}:user/nobody`],
  )
  const ambiguous = await run('who-can', 'secretsmanager:GetSecretValue', 'dev/db')
  assert.equal(ambiguous.code, 2)
  assert.match(ambiguous.err, /there are 2 accounts: whose resource is meant\?/)
  for (const words of [
    [],
    ['explain'],
    ['who-can', 'GetSecretValue', 'x'],
    ['who-can', 'a:B'],
    ['explain', '--principal'],
  ]) {
    assert.equal((await run(...words)).code, 2, words.join(' '))
  }
})

test('a role is had by whom its trust policy lets, and by no root user', async () => {
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/alice` }, Action: 'sts:AssumeRole' },
    ],
  })
  const { storage, vault } = server
  await storage.unit('write', async (unit) => {
    const bound = JSON.stringify([[`arn:aws:iam::${ACCOUNT}:user/alice`, 'AIDAALICEXXXXXXXXXXXX']])
    await new Roles(unit, ACCOUNT, vault).add({
      name: 'app',
      path: '/',
      id: 'AROAAPPXXXXXXXXXXXXXX',
      description: undefined,
      trust,
      trustPrincipals: bound,
      maxSession: 3600,
      boundary: undefined,
      tags: new Map(),
      linkedService: undefined,
      createdAt: 0,
    })
  })
  const role = `arn:aws:iam::${ACCOUNT}:role/app`
  const found = JSON.parse((await run('who-can', 'sts:AssumeRole', role, '--json')).out)
  assert.deepEqual(
    found.allowed.map(({ principal }: { principal: string }) => principal),
    [`arn:aws:iam::${ACCOUNT}:user/alice`],
  )
  const may = (principal: string) =>
    run('explain', '--principal', principal, '--action', 'sts:AssumeRole', '--resource', role)
  assert.equal((await may(`arn:aws:iam::${ACCOUNT}:user/alice`)).code, 0)
  assert.match((await may(`arn:aws:iam::${ACCOUNT}:root`)).out, /root users may not, whatever policies say/)
  assert.match(
    (await may(`arn:aws:iam::${ACCOUNT}:user/bob`)).out,
    /no statement of the policy of the resource allows it/,
  )
})

/** Whether somebody may, and what was asked. */
async function asked(who: string, action: string, resource: string, ...more: string[]) {
  const principal = `arn:aws:iam::${who}`
  const { out } = await run(
    ...['explain', '--principal', principal, '--action', `ssm:${action}`, '--resource', resource, '--json', ...more],
  )
  const { allowed, permissions } = JSON.parse(out) as {
    allowed: boolean
    permissions: { action: string; resource: string; absent: boolean }[]
  }
  return [allowed, ...permissions.map((each) => `${each.action} ${each.resource}${each.absent ? ' (absent)' : ''}`)]
}

test('a parameter is named by its name or its ARN; of a SecureString the key is asked too', async () => {
  const dora = `${ACCOUNT}:user/dora`
  const arn = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/app/db`
  for (const resource of ['/app/db', 'app/db', arn]) {
    const [allowed, own, key = ''] = await asked(dora, 'GetParameter', resource)
    assert.deepEqual([allowed, own], [true, `ssm:GetParameter ${arn}`])
    assert.match(String(key), /^kms:Decrypt arn:aws:kms:us-east-1:111122223333:key\//)
  }
  const [may, , key] = await asked(dora, 'PutParameter', '/app/db')
  assert.match(String(key), /^kms:Encrypt /)
  assert.equal(may, true)
  const path = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/app`
  assert.deepEqual(await asked(dora, 'GetParametersByPath', '/app'), [true, `ssm:GetParametersByPath ${path}`])
  assert.equal((await asked(dora, 'DeleteParameter', '/app/db'))[0], false)
  assert.deepEqual(await asked(dora, 'GetParameter', '/app/none'), [true, `ssm:GetParameter ${path}/none (absent)`])
  assert.deepEqual(await asked(dora, 'DescribeParameters', '*'), [
    false,
    `ssm:DescribeParameters arn:aws:ssm:us-east-1:${ACCOUNT}:*`,
  ])
})

test('the resource policy of a parameter counts for another account, for what it can share', async () => {
  const emil = `${OTHER}:user/emil`
  const arn = (name: string) => `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/app/${name}`
  assert.equal((await asked(emil, 'GetParameter', arn('shared')))[0], true)
  assert.equal((await asked(emil, 'GetParameter', arn('db')))[0], false)
  assert.equal((await asked(emil, 'GetParameters', arn('shared')))[0], false)
  assert.equal((await asked(emil, 'DeleteParameter', arn('shared')))[0], false)
})

test('who-can knows parameters, and conditions on their tags', async () => {
  const { out } = await run('who-can', 'ssm:GetParameter', '/app/shared', '--account', ACCOUNT)
  for (const arn of [`${ACCOUNT}:user/dora`, `${OTHER}:user/emil`, `${ACCOUNT}:root`]) assert.ok(out.includes(arn), arn)
  assert.ok(!out.includes('user/alice'))
})

test('a grant on the key of a secret or a parameter counts, within its constraints', async () => {
  const root = rootCaller(ACCOUNT, 'AKIATESTTESTTESTTEST')
  const make = async (target: string, input: object) =>
    (await server.local(target, input, root)) as Record<string, never> & { KeyMetadata: { KeyId: string } }
  const { KeyId } = (await make('TrentService.CreateKey', {})).KeyMetadata
  await make('secretsmanager.CreateSecret', {
    Name: 'dev/own',
    SecretString: 'x',
    KmsKeyId: KeyId,
    ClientRequestToken: systemRandom.uuid(),
  })
  await make('AmazonSSM.PutParameter', { Name: '/app/own', Value: 'v', Type: 'SecureString', KeyId })
  const own = (...more: string[]) =>
    run(
      'explain',
      ...['--principal', `arn:aws:iam::${ACCOUNT}:user/alice`, '--action', 'secretsmanager:GetSecretValue'],
      ...['--resource', 'dev/own', ...more],
    )
  const { out } = await own('--json')
  const secretArn = (JSON.parse(out) as { permissions: { resource: string }[] }).permissions[0]?.resource ?? ''
  const may = async () => [(await own()).code, (await asked(`${ACCOUNT}:user/dora`, 'GetParameter', '/app/own'))[0]]
  assert.deepEqual(await may(), [1, false])
  const grant = (name: string, EncryptionContextSubset: object) =>
    make('TrentService.CreateGrant', {
      KeyId,
      GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/${name}`,
      Operations: ['Decrypt'],
      Constraints: { EncryptionContextSubset },
    })
  await grant('alice', { SecretARN: `${secretArn}other` })
  await grant('dora', { PARAMETER_ARN: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/app/other` })
  assert.deepEqual(await may(), [1, false])
  await grant('alice', { SecretARN: secretArn })
  await grant('dora', { PARAMETER_ARN: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/app/own` })
  assert.deepEqual(await may(), [0, true])
  assert.match((await own()).out, /a grant on the key allows it/)
})

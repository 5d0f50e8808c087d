import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { start } from '../../server/test/start.ts'
import { strongroom } from '../strongroom.ts'
import { endOf } from '../test/ends.ts'

/* `strongroom promote` and `copy` against started servers. No output ever has a value: they all begin with `canary`. */

const end = await endOf()
const other = await endOf({ regions: ['eu-west-1'], account: '444455556666' })
const { secrets } = end
const elsewhere = new SecretsManager({
  endpoint: other.server.url,
  region: 'eu-west-1',
  credentials: other.server.credentials,
})

const run = async (args: readonly string[], more: Parameters<typeof end.run>[1] = {}) => {
  const ran = await end.run(args, more)
  assert.doesNotMatch(ran.out + ran.err, /canary/)
  return ran
}
const make = (Name: string, SecretString: string, more: object = {}) =>
  secrets.createSecret({ Name, SecretString, ...more })
const value = async (SecretId: string, VersionStage = 'AWSCURRENT') =>
  (await secrets.getSecretValue({ SecretId, VersionStage })).SecretString
const versions = async (SecretId: string) =>
  Object.keys((await secrets.describeSecret({ SecretId })).VersionIdsToStages ?? {}).length
const last = (text: string) => text.trimEnd().split('\n').at(-1)

test('promote: plan, dry run, question, then what differs and nothing else; a second time there is nothing to do', async () => {
  await make('dev/new', 'canary-new', { Description: 'fresh', Tags: [{ Key: 'stage', Value: 'dev' }] })
  await make('dev/changed', '{"user":"canary-1","password":"canary-2"}')
  await make('dev/same', 'canary')
  await make('prod/changed', '{"user":"canary-1","password":"canary-old"}', { Description: 'theirs' })
  await make('prod/same', 'canary')
  await make('prod/only-here', 'canary')
  const plan = `promote dev/ in ${end.server.url} (us-east-1)
  to prod/ in ${end.server.url} (us-east-1)
  change   prod/changed  from dev/changed: value (password)
  create   prod/new  from dev/new: value, description
1 to create, 1 to change, 1 the same already, 1 only over there, left alone
`
  const args = ['promote', 'dev/', 'prod/', '--keys']
  assert.deepEqual(await run([...args, '--dry-run']), { code: 0, out: plan, err: '' })
  const asks = `2 secrets will be written in ${end.server.url} (us-east-1). Go on? [y/N] `
  assert.deepEqual(await run(args, { answer: 'n' }), { code: 1, out: plan, err: `${asks}nothing was changed\n` })
  const unasked = await run(args)
  assert.deepEqual([unasked.code, unasked.out], [2, plan])
  assert.match(unasked.err, /nobody is there to agree\nhint: say --yes/)
  assert.equal(await value('prod/changed'), '{"user":"canary-1","password":"canary-old"}')
  assert.deepEqual(await run(args, { answer: 'yes' }), { code: 0, out: `${plan}2 secrets written\n`, err: asks })
  assert.equal(await value('prod/new'), 'canary-new')
  assert.equal(await value('prod/changed'), '{"user":"canary-1","password":"canary-2"}')
  assert.equal(await value('prod/changed', 'AWSPREVIOUS'), '{"user":"canary-1","password":"canary-old"}')
  const { Description, Tags = [] } = await secrets.describeSecret({ SecretId: 'prod/new' })
  assert.deepEqual([Description, Tags], ['fresh', []])
  assert.equal((await secrets.describeSecret({ SecretId: 'prod/changed' })).Description, 'theirs')
  assert.deepEqual([await versions('prod/same'), await versions('prod/only-here')], [1, 1])
  const again = await run([...args, '--yes'])
  assert.deepEqual([again.code, last(again.out)], [0, '3 the same already, 1 only over there, left alone'])
})

test('--with brings tags, labels and policies; a binary value stays binary', async () => {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' },
  })
  const { VersionId } = await secrets.createSecret({
    Name: 'a/bin',
    SecretBinary: Buffer.from('canary'),
    Tags: [{ Key: 'k', Value: '1' }],
  })
  await secrets.updateSecretVersionStage({ SecretId: 'a/bin', VersionStage: 'BLUE', MoveToVersionId: VersionId })
  await secrets.putResourcePolicy({ SecretId: 'a/bin', ResourcePolicy: policy })
  const args = ['promote', 'a/', 'b/', '--with', 'value,tags,labels,policy', '--yes']
  assert.match((await run(args)).out, /create {3}b\/bin {2}from a\/bin: value, tag k, label BLUE, policy\n/)
  const made = await secrets.getSecretValue({ SecretId: 'b/bin' })
  assert.deepEqual(
    [Buffer.from(made.SecretBinary ?? '').toString(), made.VersionStages],
    ['canary', ['AWSCURRENT', 'BLUE']],
  )
  assert.deepEqual(
    JSON.parse((await secrets.getResourcePolicy({ SecretId: 'b/bin' })).ResourcePolicy ?? ''),
    JSON.parse(policy),
  )
  await secrets.tagResource({
    SecretId: 'b/bin',
    Tags: [
      { Key: 'k', Value: '2' },
      { Key: 'own', Value: 'x' },
    ],
  })
  await secrets.putSecretValue({ SecretId: 'b/bin', SecretString: 'canary-other' })
  await secrets.deleteResourcePolicy({ SecretId: 'b/bin' })
  assert.match((await run(args)).out, /change {3}b\/bin {2}from a\/bin: value, tag k, label BLUE, policy\n/)
  const { Tags, VersionIdsToStages } = await secrets.describeSecret({ SecretId: 'b/bin' })
  assert.deepEqual(Tags, [
    { Key: 'k', Value: '1' },
    { Key: 'own', Value: 'x' },
  ])
  assert.deepEqual(
    Object.values(VersionIdsToStages ?? {})
      .map((each) => each.sort())
      .sort(),
    [['AWSCURRENT', 'BLUE'], ['AWSPREVIOUS']],
  )
  assert.equal(last((await run(args)).out), '1 the same already')
})

test('--stage and --as: another version, under another label, leaves what is current alone', async () => {
  await make('s/a', 'canary-1')
  await secrets.putSecretValue({ SecretId: 's/a', SecretString: 'canary-2', VersionStages: ['TESTED'] })
  await make('t/a', 'canary-0')
  const args = ['promote', 's/a', 't/a', '--stage', 'TESTED', '--as', 'CANDIDATE', '--yes']
  assert.equal((await run(args)).code, 0)
  assert.deepEqual([await value('t/a'), await value('t/a', 'CANDIDATE')], ['canary-0', 'canary-2'])
  assert.equal(last((await run(args)).out), '1 the same already')
  await run(['promote', 's/a', 't/b', '--as', 'CANDIDATE', '--yes'])
  assert.equal(await value('t/b', 'CANDIDATE'), 'canary-1')
  const { VersionIdsToStages } = await secrets.describeSecret({ SecretId: 't/b' })
  assert.deepEqual(
    Object.values(VersionIdsToStages ?? {}).map((each) => each.sort()),
    [['AWSCURRENT', 'CANDIDATE']],
  )
})

test('copy: makes copies, and what is there already and differs is in the way unless --overwrite', async () => {
  await make('c/x', 'canary-x', { Tags: [{ Key: 'k', Value: 'v' }] })
  assert.equal((await run(['copy', 'c/x', 'c/y', '--yes'])).code, 0)
  assert.deepEqual((await secrets.describeSecret({ SecretId: 'c/y' })).Tags, [{ Key: 'k', Value: 'v' }])
  await secrets.putSecretValue({ SecretId: 'c/y', SecretString: 'canary-y' })
  const blocked = await run(['copy', 'c/x', 'c/y', '--yes'])
  assert.equal(blocked.code, 1)
  assert.match(
    blocked.out,
    /blocked {2}c\/y {2}from c\/x: value {2}is there already and differs\n1 blocked, 0 the same already\n$/,
  )
  assert.equal((await run(['copy', 'c/x', 'c/y', '--overwrite', '--yes'])).code, 0)
  assert.equal(await value('c/y'), 'canary-x')
})

test('to another server, account and region, under the same names; its own key', async () => {
  const to = ['--to-endpoint-url', other.server.url, '--to-region', 'eu-west-1']
  const { accessKeyId, secretAccessKey } = other.server.credentials
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-promote-'))
  const file = join(folder, 'credentials')
  writeFileSync(file, `[other]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`, {
    mode: 0o600,
  })
  try {
    await make('far/a', 'canary-a', { KmsKeyId: 'alias/aws/secretsmanager' })
    const env = { AWS_SHARED_CREDENTIALS_FILE: file }
    const ran = await run(['copy', 'far/', ...to, '--to-profile', 'other', '--yes'], { env })
    assert.deepEqual([ran.code, ran.err], [0, ''])
    assert.match(ran.out, new RegExp(`to far/ in ${other.server.url} \\(eu-west-1\\)\n {2}create {3}far/a: value\n`))
    assert.equal((await elsewhere.getSecretValue({ SecretId: 'far/a' })).SecretString, 'canary-a')
    assert.equal((await elsewhere.describeSecret({ SecretId: 'far/a' })).KmsKeyId, undefined)
    await secrets.putSecretValue({ SecretId: 'far/a', SecretString: 'canary-b' })
    const promoted = await run(['promote', 'far/a', ...to, '--to-profile', 'other', '--yes', '--json'], { env })
    assert.deepEqual(
      promoted.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [
        {
          source: 'far/a',
          target: 'far/a',
          action: 'change',
          changes: [{ part: 'value', compared: true }],
          outcome: 'done',
        },
      ],
    )
    assert.equal((await elsewhere.getSecretValue({ SecretId: 'far/a' })).SecretString, 'canary-b')
  } finally {
    elsewhere.destroy()
    rmSync(folder, { recursive: true })
  }
})

test('what fails halfway is told, stops nothing else, and the same command goes on with the rest', async () => {
  for (const at of [1, 2, 3, 4, 5]) await make(`h/${at}`, `canary-${at}`)
  await make('i/3', 'canary-old')
  const deny = {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:PutSecretValue', Resource: '*' },
  }
  await secrets.putResourcePolicy({ SecretId: 'i/3', ResourcePolicy: JSON.stringify(deny) })
  const args = ['promote', 'h/', 'i/', '--yes']
  const first = await run(args)
  assert.equal(first.code, 1)
  assert.match(
    first.err,
    /^failed: i\/3: PutSecretValue: AccessDeniedException: .* \(on the server, strongroom access explain .*\)\nwhat is done is done: .*\n$/,
  )
  assert.equal(last(first.out), '4 secrets written, 1 failed')
  await secrets.deleteResourcePolicy({ SecretId: 'i/3' })
  const second = await run(args)
  assert.equal(second.code, 0)
  assert.match(second.out, /\n {2}change {3}i\/3 .*\n1 to change, 4 the same already\n1 secret written\n$/)
  assert.equal(await value('i/3'), 'canary-3')
})

test('what may not be read blocks itself and nothing else; --unread writes without reading over there', async () => {
  for (const name of ['u/a', 'u/b', 'v/a', 'v/b']) await make(name, `canary-${name}`)
  const deny = {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' },
  }
  await secrets.putResourcePolicy({ SecretId: 'v/a', ResourcePolicy: JSON.stringify(deny) })
  const ran = await run(['promote', 'u/', 'v/', '--yes'])
  assert.equal(ran.code, 1)
  assert.match(ran.out, /blocked {2}v\/a {2}from u\/a {2}cannot be compared: GetSecretValue: AccessDeniedException/)
  assert.equal(await value('v/b'), 'canary-u/b')
  const blind = await run(['promote', 'u/a', 'v/a', '--unread', '--yes'])
  assert.match(blind.out, /change {3}v\/a {2}from u\/a: value \(not compared\)\n/)
  await secrets.deleteResourcePolicy({ SecretId: 'v/a' })
  assert.equal(await value('v/a'), 'canary-u/a')
})

test('what was changed over there after the plan is not written over', async () => {
  await make('w/a', 'canary-new')
  await make('x/a', 'canary-old')
  let err = ''
  const code = await strongroom(['promote', 'w/a', 'x/a'], {
    out: () => undefined,
    err: (text) => {
      err += text
    },
    env: end.env,
    colour: false,
    ask: async () => {
      await secrets.putSecretValue({ SecretId: 'x/a', SecretString: 'canary-theirs' })
      return 'y'
    },
  })
  assert.equal(code, 1)
  assert.match(err, /failed: x\/a: it was changed over there since the plan was made/)
  assert.equal(await value('x/a'), 'canary-theirs')
})

test('what waits for its deletion is in the way; --only and --except choose', async () => {
  for (const name of ['e/a', 'e/b', 'e/c', 'f/a']) await make(name, 'canary')
  await secrets.deleteSecret({ SecretId: 'f/a' })
  const ran = await run(['promote', 'e/', 'f/', '--except', '*/c', '--yes'])
  assert.equal(ran.code, 1)
  assert.match(ran.out, /blocked {2}f\/a {2}from e\/a {2}waits for its deletion: restore it, or delete it for good\n/)
  assert.equal(await value('f/b'), 'canary')
  await assert.rejects(value('f/c'), { name: 'ResourceNotFoundException' })
  assert.equal(last((await run(['promote', 'e/', 'f/', '--only', 'e/c', '--yes'])).out), '1 secret written')
})

test('a command line that is wrong, and a source that is not there', async () => {
  for (const [args, code, what] of [
    [['promote', 'a/', 'b'], 2, /end both with a slash/],
    [['promote', 'a/', 'b/', '--overwrite'], 2, /no flag --overwrite/],
    [['copy', 'a', 'b', '--with', 'rotation'], 2, /--with takes some of value,description,tags,labels,policy/],
    [['copy', 'a', 'b', '--json'], 2, /--json takes --yes or --dry-run/],
    [['copy', 'none', 'b', '--yes'], 1, /there is no secret none\nhint: strongroom ls/],
  ] as const) {
    const ran = await run(args)
    assert.equal(ran.code, code, ran.err)
    assert.match(ran.err, what)
  }
})

test('when the other end goes away it says so, begins nothing more, and ends with 1', async () => {
  const gone = await start()
  for (let at = 0; at < 12; at++) await make(`gone/${at}`, 'canary')
  const { accessKeyId, secretAccessKey } = gone.credentials
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-promote-'))
  const file = join(folder, 'credentials')
  writeFileSync(file, `[gone]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`)
  const printed = { out: '', err: '' }
  const code = await strongroom(['copy', 'gone/', '--to-endpoint-url', gone.url, '--to-profile', 'gone'], {
    out: (text) => {
      printed.out += text
    },
    err: (text) => {
      printed.err += text
    },
    env: { ...end.env, AWS_SHARED_CREDENTIALS_FILE: file },
    colour: false,
    ask: async () => {
      await gone[Symbol.asyncDispose]()
      return 'y'
    },
  })
  rmSync(folder, { recursive: true })
  assert.equal(code, 1)
  assert.equal(last(printed.out), '0 secrets written, 8 failed, 4 not begun')
  assert.match(printed.err, /failed: gone\/0: nobody listens at .*\n(failed: .*\n){7}what is done is done: /)
})

import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { start, type Started } from '../../server/test/start.ts'
import type { Io } from '../command.ts'
import { strongroom } from '../strongroom.ts'
import { packed } from '../moving/importing.ts'
import { VaultDouble } from '../moving/vault/test/double.ts'
import { type Client, connect } from '../wire/client.ts'

/* strongroom import and export, from the command line to a started server and back. */

let server: Started
let other: Started
let folder = ''
let client: Client
let second: Client

const envOf = (at: Started, more: Record<string, string> = {}): Record<string, string> => ({
  AWS_CONFIG_FILE: join(folder, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
  AWS_ENDPOINT_URL: at.url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: at.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: at.credentials.secretAccessKey,
  ...more,
})

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(at: Started, args: readonly string[], more: Partial<Io> = {}): Promise<Ran> {
  let [out, err] = ['', '']
  const io: Io = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    env: envOf(at),
    colour: false,
    ...more,
  }
  return { code: await strongroom(args, io), out, err }
}

const here = (...args: string[]) => run(server, args)
const there = (...args: string[]) => run(other, args)

// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
const ask = (to: Client, operation: string, input: object): Promise<any> => to.call('secretsmanager', operation, input)

function file(name: string, text: string | Uint8Array, mode = 0o600): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}

const textOf = async (to: Client, name: string): Promise<string> =>
  (await ask(to, 'GetSecretValue', { SecretId: name })).SecretString

/** Everything of a secret that an export carries, as its server tells it. */
async function whole(to: Client, name: string): Promise<object> {
  const { Description, KmsKeyId, Tags, RotationEnabled, RotationLambdaARN, RotationRules, LastRotatedDate } = await ask(
    to,
    'DescribeSecret',
    { SecretId: name },
  )
  const { ResourcePolicy } = await ask(to, 'GetResourcePolicy', { SecretId: name })
  const { Versions } = await ask(to, 'ListSecretVersionIds', { SecretId: name, IncludeDeprecated: true })
  const versions: object[] = []
  for (const { VersionId, VersionStages, CreatedDate } of Versions) {
    const { SecretString, SecretBinary } = await ask(to, 'GetSecretValue', { SecretId: name, VersionId })
    versions.push({ VersionId, VersionStages, CreatedDate, SecretString, SecretBinary })
  }
  // the very same function is in each account
  const functionName = RotationLambdaARN?.replace(/:[0-9]{12}:/, ':account:')
  const configured = { RotationEnabled, functionName, RotationRules, LastRotatedDate }
  return { Description, KmsKeyId, Tags, ResourcePolicy, ...configured, versions }
}

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' }],
})
const TOKEN = 'version-0000-0000-0000-00000000000'
const ROTATOR = (account: string) =>
  `arn:aws:lambda:us-east-1:${account}:function:SecretsManagerRDSPostgreSQLRotationSingleUser`

/** Secrets of every kind under `prefix`. */
async function stock(to: Client, prefix: string, account: string): Promise<string[]> {
  const rich = `${prefix}rich`
  const put = (n: number, more: object) =>
    ask(to, 'PutSecretValue', { SecretId: rich, ClientRequestToken: `${TOKEN}${n}`, ...more })
  await ask(to, 'CreateSecret', {
    Name: rich,
    ClientRequestToken: `${TOKEN}1`,
    SecretString: ' é\r\n\u2028"\\😀\u0001 ',
    Description: 'a description',
    KmsKeyId: 'alias/aws/secretsmanager',
    Tags: [
      { Key: 'team', Value: 'blue' },
      { Key: 'none', Value: '' },
    ],
  })
  await put(2, { SecretBinary: Buffer.from(Array.from({ length: 256 }, (_, at) => at)).toString('base64') })
  await put(3, { SecretString: 'three', VersionStages: ['MINE', 'AWSCURRENT'] })
  await put(4, { SecretString: 'pending', VersionStages: ['CANARY'] })
  await put(5, { SecretString: 'five' })
  await ask(to, 'PutResourcePolicy', { SecretId: rich, ResourcePolicy: POLICY })
  // by an import, since RotateSecret begins to rotate or to test
  await to.call('strongroom', 'ImportSecret', {
    Name: rich,
    OnConflict: 'Overwrite',
    RotationEnabled: true,
    RotationLambdaARN: ROTATOR(account),
    RotationRules: { AutomaticallyAfterDays: 30, Duration: '4h' },
    LastRotatedDate: 1_700_000_000.25,
  })
  const names = [rich]
  const make = async (name: string, more: object) => {
    await ask(to, 'CreateSecret', { Name: prefix + name, ...more })
    names.push(prefix + name)
  }
  await make('empty', {})
  await make('untagged', { Tags: [], ClientRequestToken: `${TOKEN}1`, SecretString: 'x' })
  await make('big', { ClientRequestToken: `${TOKEN}1`, SecretString: '\u0007'.repeat(65_536) })
  return names
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-moving-'))
  writeFileSync(join(folder, 'config'), '')
  writeFileSync(join(folder, 'credentials'), '')
  ;[server, other] = await Promise.all([start(), start({ account: '444455556666' })])
  writeFileSync(
    join(folder, 'credentials'),
    `[first]\naws_access_key_id=${server.credentials.accessKeyId}\naws_secret_access_key=${server.credentials.secretAccessKey}\n`,
  )
  writeFileSync(join(folder, 'config'), `[profile first]\nregion=us-east-1\nendpoint_url=${server.url}\n`)
  const quiet = { out: () => undefined, err: () => undefined, colour: false }
  client = await connect({}, { ...quiet, env: envOf(server) })
  second = await connect({}, { ...quiet, env: envOf(other) })
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

let round = 0
let prefix = ''
beforeEach(() => {
  prefix = `t${++round}/`
})

test('what is exported and imported elsewhere is the same, byte for byte; made again it changes nothing', async () => {
  const names = await stock(client, prefix, server.account)
  const identity = await generateIdentity()
  const key = file('key.txt', `# mine\n${identity}\n`)
  const path = join(folder, 'backup.age')
  const made = await here('export', prefix, '-o', path, '--recipient', await identityToRecipient(identity))
  assert.equal(made.code, 0, made.err)
  assert.match(made.err, new RegExp(`${names.length} secrets of`))
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const bytes = readFileSync(path)
  assert.equal(bytes.subarray(0, 22).toString(), 'age-encryption.org/v1\n')
  for (const clear of ['three', 'team', `${prefix}rich`]) assert.equal(bytes.includes(clear), false, clear)

  const args = ['import', path, '--identity', key, '--account', `${server.account}=${other.account}`]
  const plan = await there(...args, '--dry-run')
  assert.equal(plan.code, 0, plan.err)
  assert.match(plan.err, new RegExp(`${names.length} new \\(plan\\)`))
  assert.deepEqual((await ask(second, 'ListSecrets', {})).SecretList, [], 'a plan writes nothing')
  const done = await there(...args, '--yes')
  assert.equal(done.code, 0, done.err)
  for (const name of names) assert.deepEqual(await whole(second, name), await whole(client, name), name)
  for (const more of [['--yes'], ['--yes', '--on-conflict', 'overwrite']]) {
    const again = await there(...args, ...more)
    assert.equal(again.code, 0, again.err)
    assert.match(again.err, new RegExp(`${names.length} equal, left alone`))
    assert.equal(again.out, '')
  }
})

test('an export with a passphrase opens with it alone', async () => {
  await stock(client, prefix, server.account)
  const path = join(folder, 'to.age')
  const passphrase = file('passphrase', 'correct horse battery staple\n')
  assert.equal((await here('export', prefix, '-o', path, '--passphrase-file', passphrase)).code, 0)
  assert.equal((await here('import', path, '--passphrase-file', passphrase, '--dry-run')).code, 0)
  const other = file('wrong', 'correct horse battery stable\n')
  const wrong = await here('import', path, '--passphrase-file', other, '--dry-run')
  assert.deepEqual([wrong.code, /does not open/.test(wrong.err)], [1, true], wrong.err)
  const nobody = await here('import', path, '--identity', file('id.txt', await generateIdentity()), '--dry-run')
  assert.deepEqual([nobody.code, /no identity opens/.test(nobody.err)], [1, true], nobody.err)
})

test('an export that was altered or cut off is refused, whoever may open it', async () => {
  await stock(client, prefix, server.account)
  const identity = await generateIdentity()
  const path = join(folder, 'whole.age')
  await here('export', prefix, '-o', path, '--recipient', await identityToRecipient(identity))
  const args = ['--identity', file('its.txt', identity), '--dry-run']
  assert.equal((await here('import', path, ...args)).code, 0)
  const bytes = readFileSync(path)
  for (const [name, broken] of [
    ['cut.age', bytes.subarray(0, bytes.length - 20)],
    ['altered.age', Buffer.from(bytes.map((byte, at) => (at === bytes.length - 200 ? byte ^ 1 : byte)))],
  ] as const) {
    const { code, err } = await here('import', file(name, broken), ...args)
    assert.equal(code, 1, name)
    assert.match(err, /altered or cut off/)
  }
})

test('export refuses to leave secrets open by accident', async () => {
  const path = join(folder, 'plain.jsonl')
  const nobody = await here('export', prefix, '-o', path)
  assert.equal(nobody.code, 2)
  assert.match(nobody.err, /--plain leaves it open/)
  const short = await here('export', prefix, '-o', path, '--passphrase-file', file('short', 'secret\n'))
  assert.equal(short.code, 2)
  const open = await here('export', '-o', path, '--passphrase-file', file('open', 'correct horse battery', 0o644))
  assert.deepEqual([open.code, /chmod 600/.test(open.err)], [2, true])
  await stock(client, prefix, server.account)
  assert.equal((await here('export', prefix, '-o', path, '--plain')).code, 0)
  const again = await here('export', prefix, '-o', path, '--plain')
  assert.deepEqual([again.code, /--force/.test(again.err)], [2, true])
  const text = readFileSync(path, 'utf8')
  assert.match(text, /three/)
  // a plain one that lost its end is not taken for a whole one
  const cut = file('cut.jsonl', text.slice(0, text.lastIndexOf('{"end"')))
  assert.match((await there('import', cut, '--dry-run')).err, /cut off/)
  const typed = await run(server, ['export', prefix, '-o', join(folder, 'typed.age')], {
    askSecret: async () => 'correct horse battery staple',
  })
  assert.equal(typed.code, 0, typed.err)
})

test('another server: versions, labels, tags, policy and rotation come along, page by page', async () => {
  const names = await stock(client, prefix, server.account)
  for (let at = 0; at < 120; at++) {
    const Name = `${prefix}many/${at}`
    await ask(client, 'CreateSecret', { Name, ClientRequestToken: `${TOKEN}1`, SecretString: `value ${at}` })
    names.push(Name)
  }
  const account = ['--account', `${server.account}=${other.account}`]
  const args = ['import', '--from', 'aws', prefix, '--from-profile', 'first', '--yes', ...account]
  // a run that breaks off is simply made again
  let shown = 0
  const broken = await run(other, [...args, '--on-conflict', 'skip'], { drained: async () => ++shown < 30 })
  assert.match(broken.err, /30 new/)
  const done = await there(...args)
  assert.equal(done.code, 0, done.err)
  assert.match(done.err, /: \d+ new, \d+ equal, left alone\n$/)
  for (const name of names.slice(0, 6)) assert.deepEqual(await whole(second, name), await whole(client, name), name)
  assert.equal(await textOf(second, `${prefix}many/119`), 'value 119')
  await ask(client, 'PutSecretValue', {
    SecretId: `${prefix}many/7`,
    ClientRequestToken: `${TOKEN}2`,
    SecretString: 'newer',
  })
  const conflict = await there(...args)
  assert.equal(conflict.code, 1)
  assert.match(conflict.err, /nothing was changed/)
  assert.equal(await textOf(second, `${prefix}many/7`), 'value 7')
  const over = await there(...args, '--on-conflict', 'overwrite')
  assert.equal(over.code, 0, over.err)
  assert.match(over.out, new RegExp(`^~ ${prefix}many/7 Versions Labels\n$`))
  assert.equal(await textOf(second, `${prefix}many/7`), 'newer')
})

test('the same, only what is current, without policies and rotation, under another name', async () => {
  await stock(client, prefix, server.account)
  const { code, err } = await there(
    ...['import', '--from', 'aws', prefix, '--from-profile', 'first', '--yes', '--versions', 'current'],
    ...['--without', 'policy,rotation', '--strip', prefix, '--prefix', `${prefix}new/`, '--tag', 'moved=yes'],
  )
  assert.equal(code, 0, err)
  const { VersionIdsToStages, Tags } = await ask(second, 'DescribeSecret', { SecretId: `${prefix}new/rich` })
  assert.deepEqual(VersionIdsToStages, { [`${TOKEN}5`]: ['AWSCURRENT'] })
  assert.deepEqual(
    Tags.map(({ Key }: { Key: string }) => Key),
    ['team', 'none', 'moved'],
  )
  assert.equal((await ask(second, 'GetResourcePolicy', { SecretId: `${prefix}new/rich` })).ResourcePolicy, undefined)
})

test('.env: each variable a secret, or all of them one; a plan first, and nothing without consent', async () => {
  const path = file('app.env', `# the app\nexport USER=app\nPASSWORD='p#"w'\nEMPTY=\nURL=http://x/#a # comment\n`)
  const nobody = await here('import', path, '--prefix', prefix)
  assert.equal(nobody.code, 2)
  assert.match(nobody.err, /nobody is there to agree/)
  assert.match(nobody.out, new RegExp(`^\\+ ${prefix}USER  1 version\n`))
  assert.match(nobody.out, /x t\d+\/EMPTY\n {4}it is empty/)
  assert.doesNotMatch(nobody.out + nobody.err, /p#"w/)
  const no = await run(server, ['import', path, '--prefix', prefix], { ask: async () => 'n' })
  assert.deepEqual([no.code, /nothing was changed/.test(no.err)], [1, true])
  await assert.rejects(textOf(client, `${prefix}USER`), /ResourceNotFound/)

  const yes = await run(server, ['import', path, '--prefix', prefix], { ask: async () => 'y' })
  assert.equal(yes.code, 1, 'EMPTY stays behind')
  assert.equal(await textOf(client, `${prefix}PASSWORD`), 'p#"w')
  assert.equal(await textOf(client, `${prefix}URL`), 'http://x/#a')
  const one = await here('import', path, '--per', 'file', '--name', 'app', '--prefix', prefix, '--yes')
  assert.equal(one.code, 0, one.err)
  assert.deepEqual(JSON.parse(await textOf(client, `${prefix}app`)), {
    USER: 'app',
    PASSWORD: 'p#"w',
    EMPTY: '',
    URL: 'http://x/#a',
  })
  const again = await here('import', path, '--per', 'file', '--name', 'app', '--prefix', prefix, '--yes')
  assert.match(again.err, /1 equal, left alone/)
})

test('JSON and YAML: by key, by leaf or whole, numbers as they were written', async () => {
  const json = file('c.json', '{"db": {"port": 5432, "ratio": 1.10}, "key": "é", "big": 12345678901234567890}')
  const yaml = file('c.yaml', 'a:\n  b: 0123\n  c: !!binary AAH/\nd: |\n  two\n  lines\n')
  assert.equal((await here('import', json, '--prefix', prefix, '--yes')).code, 0)
  assert.equal(await textOf(client, `${prefix}db`), '{"port":5432,"ratio":1.10}')
  assert.equal(await textOf(client, `${prefix}big`), '12345678901234567890')
  assert.equal((await here('import', yaml, '--per', 'leaf', '--prefix', prefix, '--yes')).code, 0)
  assert.equal(await textOf(client, `${prefix}a/b`), '0123')
  assert.equal((await ask(client, 'GetSecretValue', { SecretId: `${prefix}a/c` })).SecretBinary, 'AAH/')
  assert.equal(await textOf(client, `${prefix}d`), 'two\nlines\n')
  const whole = await here('import', json, '--per', 'file', '--name', 'w', '--prefix', prefix, '--yes')
  assert.equal(whole.code, 0, whole.err)
  assert.equal(await textOf(client, `${prefix}w`), readFileSync(json, 'utf8'))
})

test('a file that is wrong is told by its line, never by what stands there', async () => {
  for (const [name, text] of [
    ['bad.env', 'A=1\nTOPSECRET without equals'],
    ['twice.env', 'A=1\nA=TOPSECRET'],
    ['bad.json', '{"a": "TOPSECRET'],
    ['bad.yaml', 'a: "TOPSECRET\nb: c: d'],
    ['bad.jsonl', '{"strongroom":"export","format":1}\n{"secret":"TOPSECRET"}'],
  ] as const) {
    const { code, out, err } = await here('import', file(name, text), '--dry-run')
    assert.equal(code, 1, name)
    assert.match(err, /line \d/, name)
    assert.doesNotMatch(out + err, /TOPSECRET/)
  }
  for (const args of [
    ['nowhere.env'],
    [],
    [file('x.txt', 'x')],
    [file('y.env', 'A=1'), '--per', 'file'],
    [file('y.env', 'A=1'), '--per', 'leaf'],
    [file('y.env', 'A=1'), '--format', 'toml'],
    [file('y.env', 'A=1'), '--on-conflict', 'merge'],
    [file('y.env', 'A=1'), '--account', '1=2'],
    ['--from', 'aws'],
    ['--from', 'vault'],
  ])
    assert.equal((await here('import', ...args)).code, 2, args.join(' '))
})

test('what cannot be a secret here is told as JSON too', async () => {
  const path = file('one.env', 'A=1\n')
  const { code, out } = await run(server, ['import', path, '--prefix', 'not a name/', '--yes', '--json'])
  assert.equal(code, 1)
  const told = JSON.parse(out.split('\n').find((line) => line.startsWith('{')) ?? '')
  assert.deepEqual([told.outcome, told.name], ['Left', 'not a name/A'])
})

test('Vault: a running one and its exports become the same secrets; made again nothing changes', async () => {
  await using vault = await VaultDouble.start()
  vault.put('app/db', { user: 'x', password: 'old' })
  vault.put('app/db', { user: 'x', password: 'new' }, '2026-02-01T00:00:00Z')
  vault.put('app/a b', { k: 'v' })
  vault.put('gone', { k: 'v' })
  Object.assign(vault.secrets.get('gone')?.versions.get(1) ?? {}, { deletion: '2026-02-01T00:00:00Z' })
  Object.assign(vault.secrets.get('app/db') ?? {}, { metadata: { owner: 'team' } })
  const env = envOf(server, { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token })
  const live = (...args: string[]) =>
    run(server, ['import', '--from', 'vault', '--prefix', prefix, '--yes', ...args], { env })
  const first = await live()
  assert.equal(first.code, 1, 'two stay behind')
  assert.match(first.out, /x t\d+\/gone\n {4}its current version 1 is deleted/)
  assert.match(first.out, /x t\d+\/app\/a b\n {4}a name has letters/)
  assert.doesNotMatch(first.out + first.err, /old|hvs/)
  const { VersionIdsToStages, Tags } = await ask(client, 'DescribeSecret', { SecretId: `${prefix}app/db` })
  assert.deepEqual(Object.values(VersionIdsToStages).flat().sort(), ['AWSCURRENT', 'AWSPREVIOUS'])
  assert.deepEqual(Tags, [{ Key: 'owner', Value: 'team' }])
  assert.equal(await textOf(client, `${prefix}app/db`), '{"user":"x","password":"new"}')
  assert.match((await live('--substitute', '-')).err, /1 new, 1 equal, left alone, 1 stay behind/)
  assert.equal(await textOf(client, `${prefix}app/a-b`), '{"k":"v"}')

  // what is read by the API stands in files as the command prints it
  const api = async (path: string) =>
    (await fetch(`${vault.url}/v1/secret/${path}`, { headers: { 'x-vault-token': vault.token } })).text()
  file('out/app/db.json', await api('data/app/db'))
  file('out/app/db.v1.json', await api('data/app/db?version=1'))
  file('out/app/db.metadata.json', await api('metadata/app/db'))
  const files = await here('import', join(folder, 'out'), '--format', 'vault', '--prefix', prefix, '--yes')
  assert.equal(files.code, 0, files.err)
  assert.match(files.err, /1 equal, left alone/, 'the very same versions, ids and all')

  vault.put('app/db', { user: 'x', password: 'newer' }, '2026-03-01T00:00:00Z')
  const after = await live('--on-conflict', 'overwrite', '--substitute', '-')
  assert.match(after.out, /~ t\d+\/app\/db Versions Labels\n/)
  assert.equal(await textOf(client, `${prefix}app/db`), '{"user":"x","password":"newer"}')
})

test('versions that are too much for one request follow in others; those with labels come first', () => {
  const version = (id: string, size: number, labels: string[] = []) => ({
    ...{ id, createdAt: 0, labels },
    value: { bytes: new Uint8Array(size) },
  })
  const versions = [version('a', 4000), version('b', 4000), version('c', 4000), version('d', 4000, ['AWSCURRENT'])]
  const ids = packed(versions, 12_000).map((part) => part.map(({ id }) => id))
  assert.deepEqual(ids, [
    ['d', 'a'],
    ['b', 'c'],
  ])
  assert.deepEqual(
    packed(versions).map((part) => part.map(({ id }) => id)),
    [['d', 'a', 'b', 'c']],
  )
})

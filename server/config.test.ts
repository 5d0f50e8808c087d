import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import {
  type Configured,
  configure,
  type DevConfig,
  type Environment,
  nearest,
  optionHelp,
  type ServeConfig,
} from './config.ts'
import { optionNames, variableOf } from './config/options.ts'

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '')

function serve(line = '', env: Environment = {}, files: Record<string, string> = {}): Configured<ServeConfig> {
  return configure('serve', words(line), env, reading(files))
}

function dev(line = '', env: Environment = {}): Configured<DevConfig> {
  return configure('dev', words(line), env, reading({}))
}

function reading(files: Record<string, string>): (file: string) => string {
  return (file) => {
    const content = files[file]
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return content
  }
}

function good<C extends ServeConfig | DevConfig>(configured: Configured<C>): C {
  assert.ok('config' in configured, inspect(configured))
  return configured.config
}

function warned(configured: Configured): string[] {
  assert.ok('config' in configured, inspect(configured))
  return configured.warnings.map(({ name, what }) => `${name} ${what}`)
}

/** The problems as `name what | hint`. */
function bad(configured: Configured): string[] {
  assert.ok('problems' in configured, 'the settings were taken')
  return configured.problems.map(({ name, what, hint }) => `${name} ${what}${hint === undefined ? '' : ` | ${hint}`}`)
}

test('serve without settings listens on loopback, keeps a file store and a seal file, and is frozen', () => {
  const config = good(serve())
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 4566 })
  assert.equal(config.directory, path.resolve('.strongroom'))
  assert.deepEqual(config.seal, { kind: 'file', path: path.resolve('.strongroom', 'seal.key') })
  assert.deepEqual(config.regions, ['us-east-1'])
  assert.equal(config.account, undefined)
  assert.equal(config.database, undefined)
  assert.equal(config.workers, 1)
  assert.equal(config.shutdownGraceMs, 30_000)
  assert.equal(config.limits.bodyBytes, 1_048_576)
  assert.equal(config.rootCredentials, undefined)
  assert.throws(() => Object.assign(config.listen, { port: 1 }), TypeError)
})

test('dev without settings listens on loopback with account 000000000000 and does not enforce', () => {
  const config = good(dev())
  assert.deepEqual(
    [config.listen, config.account, config.enforce, config.seedPath],
    [{ host: '127.0.0.1', port: 4566 }, '000000000000', false, undefined],
  )
})

test('every setting can be given as a flag, with = or a blank, as a variable, and in a file, in this order of weight', () => {
  const files = { 'c.json': '{"region": ["eu-west-1", "eu-central-1"], "workers": 3, "account": "333333333333"}' }
  const config = good(
    serve('--workers=5 --config c.json', { STRONGROOM_WORKERS: '4', STRONGROOM_ACCOUNT: '444444444444' }, files),
  )
  assert.equal(config.workers, 5)
  assert.equal(config.account, '444444444444')
  assert.deepEqual(config.regions, ['eu-west-1', 'eu-central-1'])
})

test('addresses', () => {
  const table: [string, string, number][] = [
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['[::1]:4566', '::1', 4566],
    ['localhost:80', 'localhost', 80],
    ['8080', '127.0.0.1', 8080],
    ['127.8.9.10:1', '127.8.9.10', 1],
  ]
  for (const [text, host, port] of table) assert.deepEqual(good(dev(`--listen ${text}`)).listen, { host, port }, text)
  for (const text of [
    'x',
    '127.0.0.1',
    '127.0.0.1:65536',
    '127.0.0:1',
    '[::x]:1',
    '1.2.3.4.5:6',
    '::1:4566',
    'a b:1',
    ':-1',
  ])
    assert.equal(bad(configure('dev', ['--listen', text], {})).length, 1, text)
})

test('all problems are told at once, each with its name and a hint', () => {
  assert.deepEqual(
    bad(
      serve('--listn :1 --enforce --region mars --workers 0 --account 12 --tls-key k stray', {
        STRONGROOM_LOG_LEVEL: 'loud',
      }),
    ),
    [
      '--listn is not a flag | did you mean --listen?',
      '--enforce is not a flag of strongroom serve | serve always enforces',
      'argument 12 is not a flag | flags look like --listen 127.0.0.1:4566; see strongroom serve --help',
      "--region 'mars' is not a region | write regions like us-east-1,eu-west-1",
      "STRONGROOM_LOG_LEVEL 'loud' is none of debug, info, warn, error, silent",
      '--tls-cert is missing | --tls-cert and --tls-key belong together',
      "--account '12' is not an account id | an account id has 12 digits, for example 123456789012",
      "--workers '0' is not a whole number from 1 to 128",
    ],
  )
})

test('flags of the other mode, flags twice and flags without a value are refused', () => {
  assert.match(bad(dev('--data x'))[0] ?? '', /^--data is not a flag of strongroom dev/)
  assert.match(bad(serve('--seed x'))[0] ?? '', /^--seed is not a flag of strongroom serve/)
  assert.match(bad(serve('--workers 1 --workers 2'))[0] ?? '', /^--workers is given twice/)
  assert.match(bad(serve('--data --workers 2'))[0] ?? '', /^--data lacks its value \| write --data DIR/)
  assert.match(bad(serve('--data'))[0] ?? '', /^--data lacks its value/)
})

test('serve beyond loopback needs TLS or the flag that names the risk', () => {
  for (const listen of [
    '0.0.0.0:4566',
    ':4566',
    '[::]:4566',
    '192.168.1.2:4566',
    'vault.example:4566',
    '128.0.0.1:1',
  ]) {
    assert.match(
      bad(serve(`--listen ${listen}`))[0] ?? '',
      /^--listen .* without TLS the network reads every secret \| .*--insecure-listen-without-tls/,
      listen,
    )
    assert.ok(good(serve(`--listen ${listen} --tls-cert c --tls-key k`)).tls, listen)
    assert.deepEqual(warned(serve(`--listen ${listen} --insecure-listen-without-tls`)), [
      '--insecure-listen-without-tls secrets and credentials cross the network in the clear',
    ])
  }
  assert.match(bad(serve('', { STRONGROOM_LISTEN: ':1' }))[0] ?? '', /^STRONGROOM_LISTEN every interface/)
})

test('dev listens on nothing but loopback', () => {
  assert.match(bad(dev('--listen 0.0.0.0:4566'))[0] ?? '', /^--listen every interface is reached by other machines/)
  assert.match(bad(dev('--listen 0.0.0.0:4566 --insecure-listen-without-tls'))[0] ?? '', /dev listens on loopback only/)
})

test('the root credentials of the environment come both or not at all, in the shape of AWS', () => {
  const id = 'STRONGROOM_ROOT_ACCESS_KEY_ID'
  const secret = 'STRONGROOM_ROOT_SECRET_ACCESS_KEY'
  const given = good(serve('', { [id]: 'AKIAIOSFODNN7EXAMPLE', [secret]: 'k'.repeat(40) })).rootCredentials
  assert.equal(given?.accessKeyId, 'AKIAIOSFODNN7EXAMPLE')
  assert.equal(given?.secretAccessKey.reveal(), 'k'.repeat(40))
  assert.match(
    bad(serve('', { [id]: 'AKIAIOSFODNN7EXAMPLE' }))[0] ?? '',
    /^STRONGROOM_ROOT_SECRET_ACCESS_KEY is missing/,
  )
  assert.match(bad(serve('', { [secret]: 'k'.repeat(40) }))[0] ?? '', /^STRONGROOM_ROOT_ACCESS_KEY_ID is missing/)
  const wrong = bad(serve('', { [id]: 'short', [secret]: 'hunter2 hunter2' }))
  assert.deepEqual(
    wrong.map((line) => line.split(' ')[0]),
    [id, secret],
  )
  assert.doesNotMatch(wrong.join(), /hunter2/)
})

test('the seal is a file, or a passphrase from the environment or a file, and only one of them', () => {
  assert.deepEqual(good(serve('--data d --seal-file s.key')).seal, { kind: 'file', path: path.resolve('s.key') })
  const phrase = 'correct horse battery'
  const fromFile = good(serve('--seal-passphrase-file p', {}, { p: `${phrase}\n` })).seal
  assert.equal(fromFile.kind === 'passphrase' && fromFile.passphrase.reveal(), phrase)
  const fromEnvironment = good(serve('', { STRONGROOM_SEAL_PASSPHRASE: phrase })).seal
  assert.equal(fromEnvironment.kind === 'passphrase' && fromEnvironment.passphrase.reveal(), phrase)
  assert.deepEqual(bad(serve('--seal-file s', { STRONGROOM_SEAL_PASSPHRASE: phrase })), [
    'STRONGROOM_SEAL_PASSPHRASE and --seal-file exclude each other | choose one way to unseal the store',
  ])
  assert.match(bad(serve('', { STRONGROOM_SEAL_PASSPHRASE: 'hunter2' }))[0] ?? '', /fewer than 12 characters/)
  assert.deepEqual(bad(serve('--seal-passphrase-file none')), ['--seal-passphrase-file the file does not exist'])
  assert.match(
    bad(serve('--seal-passphrase hunter2'))[0] ?? '',
    /^--seal-passphrase is not a flag \| a command line is read by every process/,
  )
})

test('a passphrase file, and a config file with a database password, that others may read are refused', (t) => {
  const place = mkdtempSync(path.join(tmpdir(), 'strongroom-config-'))
  t.after(() => rmSync(place, { recursive: true }))
  const write = (name: string, text: string, mode: number): string => {
    const file = path.join(place, name)
    writeFileSync(file, text)
    chmodSync(file, mode)
    return file
  }
  const config = (line: string) => configure('serve', words(line), {})
  const phrase = 'correct horse battery'
  for (const mode of [0o644, 0o640, 0o602]) {
    const file = write('phrase', phrase, mode)
    assert.deepEqual(bad(config(`--seal-passphrase-file ${file}`)), [
      `--seal-passphrase-file the file ${file} may be read or written by others | chmod 600 ${file}`,
    ])
  }
  const seal = good(config(`--seal-passphrase-file ${write('phrase', `${phrase}\n`, 0o600)}`)).seal
  assert.equal(seal.kind === 'passphrase' && seal.passphrase.reveal(), phrase)
  const long = write('long', 'x'.repeat(65_537), 0o600)
  assert.deepEqual(bad(config(`--seal-passphrase-file ${long}`)), [
    "--seal-passphrase-file the file can't be read (EFBIG)",
  ])

  const database = (url: string) => JSON.stringify({ database: url })
  for (const url of ['postgres://u:hunter2@db/s', 'postgres://u@db/s?password=hunter2']) {
    const file = write('config.json', database(url), 0o644)
    const told = bad(config(`--config ${file}`))
    assert.deepEqual(told, [`--config the file ${file} may be read or written by others | chmod 600 ${file}`])
    assert.equal(good(config(`--config ${write('config.json', database(url), 0o600)}`)).database?.reveal(), url)
  }
  good(config(`--config ${write('config.json', database('postgres://u@db/s'), 0o644)}`))
})

test('no secret shows in a config, a problem or a warning', () => {
  const secrets = {
    STRONGROOM_SEAL_PASSPHRASE: 'canary-passphrase',
    STRONGROOM_ROOT_ACCESS_KEY_ID: 'A'.repeat(20),
    STRONGROOM_ROOT_SECRET_ACCESS_KEY: 'canary'.repeat(6),
  }
  const shown = (configured: Configured): string => inspect(configured, { depth: 9 }) + JSON.stringify(configured)
  assert.doesNotMatch(shown(serve('--database postgres://me:canary@db:5432/s', secrets)), /canary/)
  assert.doesNotMatch(shown(serve('--database canary://me:canary@db/s --passphrase canary --secret=canary')), /canary/)
  assert.doesNotMatch(shown(serve('--database not-a-url-canary')), /canary/)
})

test('a PostgreSQL URL is kept secret, shown without its password, and warned about on the command line', () => {
  const config = good(serve('', { STRONGROOM_DATABASE: 'postgres://me:pw@db:5432/strongroom?sslmode=require' }))
  assert.equal(config.database?.reveal(), 'postgres://me:pw@db:5432/strongroom?sslmode=require')
  assert.equal(config.databaseShown, 'postgres://db:5432/strongroom')
  assert.deepEqual(warned(serve('--database postgres://me:pw@db/s')), [
    '--database its password is seen by every process of the machine',
  ])
  assert.match(bad(serve('--database mysql://db/s'))[0] ?? '', /not one of PostgreSQL/)
})

test('proxies are addresses and networks', () => {
  assert.deepEqual(good(serve('--trusted-proxy 10.0.0.0/8,fd00::/8,192.168.1.4')).trustedProxies, [
    '10.0.0.0/8',
    'fd00::/8',
    '192.168.1.4',
  ])
  for (const text of ['10.0.0.0/33', 'proxy', '10.0.0.0/8/8', '::/129', '1.2.3.4/x'])
    assert.equal(bad(serve(`--trusted-proxy ${text}`)).length, 1, text)
})

test('a variable that looks like a slip is warned about; what Kubernetes sets by itself is not', () => {
  assert.deepEqual(
    warned(
      serve('', {
        STRONGROOM_LISTNE: 'x',
        STRONGROOM_SERVICE_HOST: 'x',
        STRONGROOM_PORT_4566_TCP_ADDR: 'x',
        OTHER: 'x',
      }),
    ),
    ['STRONGROOM_LISTNE is not a setting'],
  )
  assert.deepEqual(warned(dev('', { STRONGROOM_DATA: 'x' })), ['STRONGROOM_DATA has no effect on strongroom dev'])
})

test('a config file that is none, or has unknown names, is a problem', () => {
  assert.deepEqual(bad(serve('--config c', {}, { c: '[]' })), [
    'c is not a JSON object | write it like {"listen": "127.0.0.1:4566"}',
  ])
  assert.deepEqual(bad(serve('--config c', {}, { c: '{"listn": "x", "workers": {}, "enforce": true}' })), [
    'listn in c is not a setting | did you mean --listen?',
    'workers in c is neither text, number, true, false nor a list of texts',
    'enforce in c is not a setting of strongroom serve | serve always enforces',
  ])
  assert.deepEqual(bad(serve('--config gone')), ['--config the file does not exist'])
})

test('spans of time', () => {
  assert.equal(good(serve('--shutdown-grace 1m30s')).shutdownGraceMs, 90_000)
  for (const text of ['1', 's', '-1s', '1y', '99999999w', ''])
    assert.equal(bad(serve(`--shutdown-grace=${text}`)).length, 1, text)
})

test('the help of each mode names each of its flags with its variable', () => {
  for (const name of optionNames)
    assert.ok(optionHelp('serve').includes(`--${name}`) || optionHelp('dev').includes(`--${name}`), name)
  assert.ok(optionHelp('serve').includes('STRONGROOM_TLS_CERT'))
  assert.ok(!optionHelp('dev').includes('--tls-cert'))
  assert.equal(variableOf('tls-cert'), 'STRONGROOM_TLS_CERT')
})

test('whatever stands on a command line gives a config or problems, never a throw', () => {
  const flag = fc.oneof(fc.constantFrom(...optionNames.map((name) => `--${name}`)), fc.string())
  const value = fc.oneof(fc.string(), fc.constantFrom('127.0.0.1:1', 'postgres://x/y', '1', 'true'))
  fc.assert(
    fc.property(
      fc.constantFrom('serve' as const, 'dev' as const),
      fc.array(fc.oneof(flag, value), { maxLength: 8 }),
      (mode, args) => {
        const configured =
          mode === 'serve' ? configure(mode, args, {}, reading({})) : configure(mode, args, {}, reading({}))
        assert.ok('config' in configured || configured.problems.length > 0)
      },
    ),
    { numRuns: 500 },
  )
})

test('nearest finds a slip and nothing far away', () => {
  const known = ['serve', 'dev', 'audit', 'version']
  assert.deepEqual(
    ['sreve', 'serv', 'devv', 'audti', 'ver', 'vers', 'xyzzy', ''].map((word) => nearest(word, known)),
    ['serve', 'serve', 'dev', 'audit', undefined, 'version', undefined, undefined],
  )
})

test('the environment of rotation functions is a file; private hosts of webhooks are names and networks', () => {
  assert.deepEqual(good(serve()).functions, { environmentPath: undefined, webhookPrivateHosts: [] })
  assert.equal(good(dev('--rotation-environment policy.json')).functions.environmentPath, path.resolve('policy.json'))
  assert.deepEqual(good(serve('--webhook-private-hosts Hooks.Internal,10.0.0.0/8,fd00::/8')).functions, {
    environmentPath: undefined,
    webhookPrivateHosts: ['hooks.internal', '10.0.0.0/8', 'fd00::/8'],
  })
  for (const text of [
    '10.0.0.0/33',
    '10.1',
    '0x7f000001',
    '2130706433',
    'a..b',
    'https://x',
    '*.internal',
    'x:80',
    ',',
  ])
    assert.equal(bad(serve(`--webhook-private-hosts ${text}`)).length, 1, text)
})

test("whether users' functions run is left to where they would run, unless it is said", () => {
  assert.equal(good(serve()).sandboxes.run, undefined)
  assert.equal(good(dev()).sandboxes.run, undefined)
  assert.equal(good(serve('--functions on')).sandboxes.run, true)
  assert.equal(good(dev('--functions off')).sandboxes.run, false)
})

test("users' functions run on the Python that the path has; all of it can be set", () => {
  const plain = good(serve('', { PATH: '/opt/own:relative:/usr/bin' })).sandboxes
  assert.deepEqual(plain, {
    run: undefined,
    most: 10,
    pythons: ['/opt/own/python3', '/usr/bin/python3', '/usr/local/bin/python3'],
    endpoint: undefined,
    caPath: undefined,
    directory: undefined,
  })
  const set = good(
    serve(
      '--functions off --function-sandboxes 3 --function-python /opt/f/bin/python3 --function-endpoint https://secrets.example.com/ --function-ca /ca.pem --function-directory /srv/f',
    ),
  ).sandboxes
  assert.deepEqual(set, {
    run: false,
    most: 3,
    pythons: ['/opt/f/bin/python3'],
    endpoint: 'https://secrets.example.com',
    caPath: '/ca.pem',
    directory: '/srv/f',
  })
})

test('what functions can not be run by is refused', () => {
  for (const line of [
    '--functions perhaps',
    '--function-sandboxes 0',
    '--function-endpoint secrets.example.com',
    '--function-endpoint ftp://x',
    '--function-endpoint https://a:b@x',
    '--function-endpoint https://x/path',
  ])
    assert.equal(bad(serve(line)).length, 1, line)
})

test('Parameter Store is throttled and strict only when it is asked to be, in serve and in dev', () => {
  assert.deepEqual(good(serve('')).parameters, { throughput: undefined, strictPaths: false })
  const set = { throughput: 40, strictPaths: true }
  assert.deepEqual(good(dev('--parameter-throughput 40 --strict-paths')).parameters, set)
  assert.deepEqual(good(serve('--parameter-throughput 40 --strict-paths')).parameters, set)
  for (const line of ['--parameter-throughput 0', '--parameter-throughput many']) {
    assert.equal(bad(serve(line)).length, 1, line)
  }
})

test('the limits of Secrets Manager are those of AWS unless others are asked for, in serve and in dev', () => {
  assert.deepEqual(good(serve('')).secretLimits, { nameReuse: false })
  const set = { secrets: 1_000_000, nameReuse: true }
  assert.deepEqual(good(dev('--secrets-per-account 1000000 --name-reuse')).secretLimits, set)
  const variables = { STRONGROOM_SECRETS_PER_ACCOUNT: '1000000', STRONGROOM_NAME_REUSE: 'true' }
  assert.deepEqual(good(serve('', variables)).secretLimits, set)
  for (const line of ['--secrets-per-account 0', '--secrets-per-account many', '--name-reuse=perhaps']) {
    assert.equal(bad(serve(line)).length, 1, line)
  }
})

test('requests to Secrets Manager are counted only when it is asked for, in serve and in dev', () => {
  assert.deepEqual(good(serve('')).requestRates, [])
  const set = [{ operations: ['GetSecretValue'], perSecond: 500 }]
  assert.deepEqual(good(dev('--request-rates GetSecretValue=500')).requestRates, set)
  assert.deepEqual(good(serve('', { STRONGROOM_REQUEST_RATES: 'GetSecretValue=500' })).requestRates, set)
  assert.equal(good(serve('--request-rates aws')).requestRates.length, 13)
  assert.deepEqual(bad(serve('--request-rates GetParameter=5')), [
    "--request-rates 'GetParameter' is not an operation of Secrets Manager | write aws for the figures of AWS, operations with your own, or both: aws,GetSecretValue=500,TagResource=5",
  ])
})

test('which seal opens the store follows from what is set, or is said by --seal', () => {
  assert.deepEqual(good(serve('--seal shamir')).seal, { kind: 'shamir', shareFiles: [] })
  assert.deepEqual(good(serve('--seal-share-files a,b')).seal, {
    kind: 'shamir',
    shareFiles: [path.resolve('a'), path.resolve('b')],
  })
  // what the variables say of another seal is for starts without the flag
  assert.equal(good(serve('--seal shamir', { STRONGROOM_SEAL_FILE: 'k' })).seal.kind, 'shamir')
  assert.deepEqual(bad(serve('--seal shamir --seal-file k')), [
    '--seal-file does not belong to --seal shamir | leave it away, or say --seal file',
  ])
  assert.deepEqual(bad(serve('--seal-file k --seal-kms-key a')), [
    '--seal-file and --seal-kms-key exclude each other | choose one way to unseal the store',
  ])
  assert.deepEqual(bad(serve('--seal none')), ["--seal 'none' is none of file, passphrase, shamir, kms, pkcs11"])
  assert.deepEqual(bad(serve('--seal passphrase')), [
    '--seal passphrase lacks the passphrase | give --seal-passphrase-file or STRONGROOM_SEAL_PASSPHRASE',
  ])
})

test('a seal by another KMS: its settings, credentials out of a file or of variables, and all that is wrong at once', () => {
  const line = '--seal-kms-endpoint https://kms.example.com --seal-kms-key alias/seal --region eu-central-1'
  const env = { STRONGROOM_SEAL_KMS_ACCESS_KEY_ID: 'AKIA', STRONGROOM_SEAL_KMS_SECRET_ACCESS_KEY: 'hush' }
  const { seal } = good(serve(line, env))
  assert.ok(seal.kind === 'kms')
  const { secretAccessKey, ...rest } = seal
  assert.equal(secretAccessKey.reveal(), 'hush')
  assert.deepEqual(rest, {
    kind: 'kms',
    endpoint: 'https://kms.example.com',
    region: 'eu-central-1',
    keyId: 'alias/seal',
    accessKeyId: 'AKIA',
  })
  for (const content of [
    '[default]\naws_access_key_id = AKIB\naws_secret_access_key=whisper/+=\naws_session_token = t\n',
    "# root of account 1\nexport AWS_ACCESS_KEY_ID=AKIB\nexport AWS_SECRET_ACCESS_KEY='whisper/+='\nexport AWS_SESSION_TOKEN=t\n",
  ]) {
    const filed = good(serve(`${line} --seal-kms-credentials-file c`, {}, { c: content })).seal
    assert.ok(filed.kind === 'kms')
    assert.deepEqual(
      [filed.accessKeyId, filed.secretAccessKey.reveal(), filed.sessionToken?.reveal()],
      ['AKIB', 'whisper/+=', 't'],
    )
  }
  assert.deepEqual(bad(serve('--seal kms')), [
    '--seal-kms-endpoint is missing | where the other service is: https://kms.eu-central-1.amazonaws.com',
    '--seal-kms-key is missing | the id, ARN or alias of a symmetric key there',
    "--seal-kms-credentials-file is missing | a file like AWS's credentials file; or STRONGROOM_SEAL_KMS_ACCESS_KEY_ID and STRONGROOM_SEAL_KMS_SECRET_ACCESS_KEY",
  ])
  assert.deepEqual(bad(serve('--seal-kms-endpoint http://10.0.0.1 --seal-kms-key a', env)), [
    '--seal-kms-endpoint is plain http to another machine: the network would see the key | use https',
  ])
  assert.equal(good(serve('--seal-kms-endpoint http://127.0.0.1:4567 --seal-kms-key a', env)).seal.kind, 'kms')
})

test('a seal in a token: module, token, key and PIN, which no flag takes', () => {
  const line = '--seal-pkcs11-module /usr/lib/p.so --seal-pkcs11-token t'
  const { seal } = good(serve(`${line} --seal-pkcs11-pin-file p`, {}, { p: '1234\n' }))
  assert.ok(seal.kind === 'pkcs11')
  const { pin, ...rest } = seal
  assert.equal(pin.reveal(), '1234')
  assert.deepEqual(rest, { kind: 'pkcs11', module: '/usr/lib/p.so', token: 't', key: 'strongroom-seal' })
  assert.equal(good(serve(line, { STRONGROOM_SEAL_PKCS11_PIN: '1' })).seal.kind, 'pkcs11')
  assert.deepEqual(bad(serve('--seal pkcs11')), [
    "--seal-pkcs11-module is missing | the token's library, such as /usr/lib/softhsm/libsofthsm2.so",
    '--seal-pkcs11-token is missing | the label of the token',
    '--seal-pkcs11-pin-file is missing | a file with the PIN of the user of the token; or STRONGROOM_SEAL_PKCS11_PIN',
  ])
  assert.deepEqual(bad(serve('--seal-pkcs11-pin 1234')), [
    '--seal-pkcs11-pin is not a flag | a command line is read by every process of the machine; use STRONGROOM_SEAL_PKCS11_PIN or --seal-pkcs11-pin-file',
  ])
})

test('how old a drill may be is 90 days, or what is said', () => {
  assert.equal(good(serve()).drillMs, 90 * 86_400_000)
  assert.equal(good(serve('--drill-every 4w')).drillMs, 28 * 86_400_000)
})

test('the audit journal is kept for good, or as long as it is said, 90 days at least', () => {
  assert.equal(good(serve()).auditKeptMs, undefined)
  assert.equal(good(serve('--audit-retention 400d')).auditKeptMs, 400 * 86_400_000)
  assert.match(bad(serve('--audit-retention 89d')).join(' '), /the audit journal is kept for 90 days at least/)
})

test('traces go to a collector that is named by flag, variable, or the variable of OpenTelemetry; else nowhere', () => {
  assert.equal(good(serve('')).tracing, undefined)
  const own = { endpoint: 'http://collector:4318', sample: 1, headers: undefined }
  assert.deepEqual(good(serve('--otlp-endpoint http://collector:4318/')).tracing, own)
  assert.deepEqual(good(dev('', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' })).tracing, own)
  const env = {
    STRONGROOM_OTLP_ENDPOINT: 'https://otlp.example.com/otlp',
    STRONGROOM_OTLP_HEADERS: 'api-key=canary',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://elsewhere:4318',
  }
  const { tracing } = good(serve('--otlp-sample 0.25', env))
  assert.deepEqual([tracing?.endpoint, tracing?.sample], ['https://otlp.example.com/otlp', 0.25])
  assert.equal(tracing?.headers?.reveal(), 'api-key=canary')
  assert.doesNotMatch(inspect(tracing, { depth: 9 }) + JSON.stringify(tracing), /canary/)
  for (const line of [
    '--otlp-endpoint collector:4318',
    '--otlp-endpoint http://me:canary@collector',
    '--otlp-endpoint http://collector/?key=canary',
    '--otlp-endpoint http://c --otlp-sample 2',
    '--otlp-endpoint http://c --otlp-sample half',
  ]) {
    const problems = bad(serve(line))
    assert.equal(problems.length, 1, line)
    assert.doesNotMatch(problems.join(), /canary/)
  }
  assert.match(bad(serve('', { OTEL_EXPORTER_OTLP_ENDPOINT: 'canary' }))[0] ?? '', /^OTEL_EXPORTER_OTLP_ENDPOINT /)
})

test('the history of secrets is kept for a year, or as long as is said', () => {
  const year = 365 * 86_400_000
  assert.deepEqual(good(dev('')).history, { keptMs: year, versions: 100 })
  const kept = (line: string) => good(dev(line)).history.keptMs
  assert.equal(kept('--history 90d'), 90 * 86_400_000)
  assert.equal(kept('--history 7y'), 7 * year)
  assert.equal(kept('--history off'), 0)
  assert.equal(good(dev('--history-versions 1000')).history.versions, 1000)
  for (const line of [
    '--history 1h',
    '--history 0y',
    '--history on',
    '--history-versions -1',
    '--history-versions all',
  ])
    assert.equal(bad(dev(line)).length, 1, line)
  for (const line of ['--history on', '--history 1h', '--history 2years'])
    assert.match(bad(dev(line))[0] ?? '', /\| write a span like 1y or 90d, or 'off'$/)
})

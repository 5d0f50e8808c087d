import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../command.ts'
import type { Incoming } from '../incoming.ts'
import { readJsonText, readJsonTexts, TextProblem } from '../json-text.ts'
import { isPrivate, secretsInVault, vaultIn } from './api.ts'
import { kvIn, pathOfFile } from './exports.ts'
import { fromKv } from './kv.ts'
import { VaultDouble } from './test/double.ts'

const NOW = Date.UTC(2026, 5, 1)

/** `name: value [labels] …` of each secret, what stays behind with why, tags and notes behind. */
function shown(found: readonly Incoming[]): string[] {
  return found.flatMap((incoming) => {
    if ('left' in incoming) return [`left ${incoming.left.name}: ${incoming.left.why}`]
    const { name, versions, tags, notes } = incoming.secret
    const values = versions.map(({ value, labels }) => `${'text' in value ? value.text : '?'} [${labels.join(' ')}]`)
    const told = [...(tags ?? []).map(({ Key, Value }) => `tag ${Key}=${Value}`), ...notes]
    return [`${name}: ${values.join(', ')}`, ...told.map((each) => `  ${each}`)]
  })
}

const fromTexts = (texts: Readonly<Record<string, string>>, per: 'path' | 'key' = 'path') => {
  const documents = Object.entries(texts).flatMap(([path, text]) => readJsonTexts(text).map((node) => ({ path, node })))
  return kvIn(documents, NOW).flatMap((secret) => fromKv(secret, { per }))
}

const got = (version: number, data: object | null, more: object = {}) =>
  JSON.stringify({
    request_id: 'r',
    data: {
      data,
      metadata: {
        created_time: `2026-01-0${version}T00:00:00.5Z`,
        custom_metadata: null,
        deletion_time: '',
        destroyed: false,
        version,
        ...more,
      },
    },
  })

test('what vault kv get and kv metadata get print: versions, custom metadata, what is gone', () => {
  const metadata = JSON.stringify({
    request_id: 'm',
    data: {
      current_version: 4,
      custom_metadata: { owner: 'team-a', 'aws:x': 'no', long: 'x'.repeat(300) },
      versions: {
        1: { created_time: '2026-01-01T00:00:00Z', deletion_time: '2026-01-05T00:00:00Z', destroyed: false },
        2: { created_time: '2026-01-02T00:00:00Z', deletion_time: '', destroyed: true },
        3: { created_time: '2026-01-03T00:00:00Z', deletion_time: '2099-01-01T00:00:00Z', destroyed: false },
        4: { created_time: '2026-01-04T00:00:00Z', deletion_time: '', destroyed: false },
        5: { created_time: '2026-01-05T00:00:00Z', deletion_time: '', destroyed: false },
      },
    },
  })
  const found = fromTexts({ 'app/db': `${got(5, { p: 5.0 })}\n${got(4, { p: 'four' })}${metadata}` })
  assert.deepEqual(shown(found), [
    'app/db: {"p":"four"} [AWSPREVIOUS], {"p":5} [AWSCURRENT]',
    '  tag owner=team-a',
    '  its custom metadata "aws:x" can be no tag and stays behind',
    '  its custom metadata "long" can be no tag and stays behind',
    '  version 1 is deleted and stays behind',
    '  version 2 is destroyed and stays behind',
    '  version 3 is not in the export and stays behind',
  ])
  const [first] = found
  assert.ok(first && 'secret' in first)
  assert.deepEqual(
    first.secret.versions.map(({ createdAt }) => createdAt),
    [Date.UTC(2026, 0, 4, 0, 0, 0, 500), Date.UTC(2026, 0, 5, 0, 0, 0, 500)],
  )
  for (const { id } of first.secret.versions) assert.match(id ?? '', /^vault-000[45]-[0-9a-f]{32}$/)
  assert.deepEqual(fromTexts({ 'app/db': got(4, { p: 'four' }) }).flatMap(idsOf), [first.secret.versions[0]?.id])
})

test('an answer without what stood around its data is no tree of paths', () => {
  const bare = (text: string) => JSON.stringify({ data: JSON.parse(text).data })
  const metadata = { current_version: 2, custom_metadata: { owner: 'me' }, versions: {} }
  const texts = [bare(got(1, { p: 'one' })), bare(got(2, { p: 'two' })), JSON.stringify({ data: metadata })]
  assert.deepEqual(shown(fromTexts({ 'app/db': texts.join('\n') })), [
    'app/db: {"p":"one"} [AWSPREVIOUS], {"p":"two"} [AWSCURRENT]',
    '  tag owner=me',
  ])
  assert.deepEqual(shown(fromTexts({ 'app/gone': bare(got(2, null)) })), [
    'left app/gone: its current version 2 is deleted',
  ])
})

const idsOf = (incoming: Incoming) => ('secret' in incoming ? incoming.secret.versions.map(({ id }) => id) : [])

test('a secret whose current version is deleted is not there in Vault, and stays behind', () => {
  const gone = got(2, null, { deletion_time: '2026-01-05T00:00:00Z' })
  assert.deepEqual(shown(fromTexts({ a: `${got(1, { x: 'y' })}${gone}` })), [
    'left a: its current version 2 is deleted',
  ])
})

test('numbers in Vault stay as they are written', () => {
  const text = got(1, {}).replace('"data":{}', '"data":{"n": 12345678901234567890, "f": 1.10}')
  assert.deepEqual(shown(fromTexts({ a: text })), ['a: {"n":12345678901234567890,"f":1.10} [AWSCURRENT]'])
})

test('per key: a version only where the value of the key changed', () => {
  const texts = [got(1, { u: 'a', p: '1' }), got(2, { u: 'a', p: '2' }), got(3, { u: 'a', p: '3', o: { x: 1 } })]
  assert.deepEqual(shown(fromTexts({ app: texts.join('\n') }, 'key')), [
    'app/u: a [AWSCURRENT]',
    'app/p: 1 [], 2 [AWSPREVIOUS], 3 [AWSCURRENT]',
    'app/o: {"x":1} [AWSCURRENT]',
  ])
})

test('trees of paths: medusa, vkv, and both formats of safe', () => {
  const tree = '{"secret": {"app": {"db": {"user": "x", "n": 1}, "web/": {"key": "y"}}, "top": {"k": "v"}, "none": {}}}'
  assert.deepEqual(shown(fromTexts({ '': tree })), [
    'secret/app/db: {"user":"x","n":1} [AWSCURRENT]',
    'secret/app/web: {"key":"y"} [AWSCURRENT]',
    'secret/top: {"k":"v"} [AWSCURRENT]',
  ])
  assert.deepEqual(shown(fromTexts({ '': '{"secret/a/b": {"k": "v"}}' })), ['secret/a/b: {"k":"v"} [AWSCURRENT]'])
  const safe = {
    export_version: 2,
    data: {
      'secret/a': {
        first: 3,
        versions: [{ value: { k: '3' } }, { deleted: true, value: { k: '4' } }, { value: { k: '5' } }],
      },
      'secret/b': { versions: [{ value: { k: '1' } }, { destroyed: true }] },
    },
    requires_versioning: { secret: true },
  }
  assert.deepEqual(shown(fromTexts({ '': JSON.stringify(safe) })), [
    'secret/a: {"k":"3"} [AWSPREVIOUS], {"k":"5"} [AWSCURRENT]',
    '  version 4 is deleted and stays behind',
    'left secret/b: its current version 2 is destroyed',
  ])
})

test('what is no export of Vault is refused', () => {
  for (const text of [
    '[]',
    '"x"',
    '{"user": "TOPSECRET"}',
    '{"request_id": "x", "data": {"value": "TOPSECRET"}}',
    '{"request_id": "x", "data": {"data": {}, "metadata": {}}}',
    '{"export_version": 2}',
    '{"export_version": 2, "data": {"a": {}}}',
  ])
    assert.throws(
      () => fromTexts({ '': text }),
      (error) => error instanceof TextProblem && !error.message.includes('TOPSECRET'),
      text,
    )
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom('path', 'key' as const), (text, per) => {
      try {
        for (const secret of kvIn([{ path: '', node: readJsonText(text) }], NOW)) fromKv(secret, { per } as never)
      } catch (error) {
        assert.ok(error instanceof TextProblem, String(error))
      }
    }),
    { numRuns: 500 },
  )
})

test('the names of files are paths', () => {
  assert.deepEqual(['a/b.json', 'a/b.v3.json', 'a/b.metadata.json', 'a\\b.json', 'x.y.json'].map(pathOfFile), [
    ...['a/b', 'a/b', 'a/b', 'a/b', 'x.y'],
  ])
})

const placeOf = (double: VaultDouble, env: Record<string, string> = {}) =>
  vaultIn({ VAULT_ADDR: double.url, VAULT_TOKEN: double.token, ...env })
const around = { now: () => NOW, pause: async () => undefined }
const all = (double: VaultDouble, path = '', env: Record<string, string> = {}, per: 'path' | 'key' = 'path') =>
  Array.fromAsync(secretsInVault(placeOf(double, env), { mount: 'secret', path, per }, around))

test('a running Vault: folders, all kept versions, custom metadata, what is deleted', async () => {
  await using double = await VaultDouble.start()
  double.put('app/db', { user: 'x' })
  double.put('app/db', { user: 'y' })
  double.put('app/db', { user: 'z' })
  double.put('app', { k: 'v' })
  double.put('app/deep/er one', { ä: 1 })
  double.put('gone', { k: 'v' })
  const kept = double.secrets.get('app/db')
  assert.ok(kept)
  kept.metadata = { owner: 'team' }
  Object.assign(kept.versions.get(2) ?? {}, { destroyed: true })
  Object.assign(double.secrets.get('gone')?.versions.get(1) ?? {}, { deletion: '2026-02-01T00:00:00Z' })
  const everything = [
    'app: {"k":"v"} [AWSCURRENT]',
    'app/db: {"user":"x"} [AWSPREVIOUS], {"user":"z"} [AWSCURRENT]',
    '  tag owner=team',
    '  version 2 is destroyed and stays behind',
    'app/deep/er one: {"ä":1} [AWSCURRENT]',
    'left gone: its current version 1 is deleted',
  ]
  assert.deepEqual(shown(await all(double, '', { VAULT_NAMESPACE: 'admin/a' })), everything)
  assert.ok(double.asked.every((line) => line.startsWith('GET /v1/secret/') && line.endsWith(' admin/a')))
  assert.deepEqual(shown(await all(double, '/app/')), everything.slice(0, 5))
  assert.deepEqual(shown(await all(double, 'app/db', {}, 'key')), [
    ...[
      'app/db/user: x [AWSPREVIOUS], z [AWSCURRENT]',
      '  tag owner=team',
      '  version 2 is destroyed and stays behind',
    ],
  ])
})

test('a Vault that fails: what passes is tried again, the rest is told without what it said', async () => {
  await using double = await VaultDouble.start()
  double.put('a', { k: 'v' })
  double.failing.push(429, 503, 500)
  assert.deepEqual(shown(await all(double)), ['a: {"k":"v"} [AWSCURRENT]'])
  const refused = async (prepare: () => void, expected: RegExp, env: Record<string, string> = {}) => {
    prepare()
    await assert.rejects(all(double, '', env), (error) => {
      assert.ok(error instanceof Failure, String(error))
      assert.match(`${error.message}; ${error.hint}`, expected)
      assert.doesNotMatch(`${error.message}; ${error.hint}`, /TOPSECRET|hvs/)
      return true
    })
    double.failing.length = 0
  }
  await refused(() => double.failing.push(403), /lets the token not read/)
  await refused(() => double.failing.push(...Array<number>(9).fill(503)), /sealed/)
  await refused(() => double.failing.push(...Array<number>(9).fill(429)), /patience/)
  await refused(() => double.failing.push(400), /status 400/)
  await refused(() => undefined, /no secrets at secret\//, { VAULT_ADDR: `${double.url}/elsewhere` })
  await refused(() => undefined, /lets the token not read/, { VAULT_TOKEN: 'hvs.other' })
  await refused(() => undefined, /can not be asked \(ECONNREFUSED\)/, { VAULT_ADDR: 'http://127.0.0.1:1' })
  double.secrets.clear()
  await refused(() => undefined, /no secrets/)
})

test('a standby of Vault sends on, but not to another protocol', async () => {
  await using standby = await VaultDouble.start()
  await using active = await VaultDouble.start()
  active.put('a', { k: 'v' })
  standby.redirect = active.url
  assert.deepEqual(shown(await all(standby)), ['a: {"k":"v"} [AWSCURRENT]'])
  standby.redirect = 'https://127.0.0.1:1'
  await assert.rejects(all(standby), /another kind of address/)
  standby.redirect = standby.url
  await assert.rejects(all(standby), Failure, 'in a circle')
})

test('where Vault is and who asks', () => {
  const good = { VAULT_ADDR: 'https://vault:8200', VAULT_TOKEN: 'hvs.x' }
  assert.equal(vaultIn(good).url.href, 'https://vault:8200/')
  assert.equal(vaultIn({ ...good, BAO_ADDR: 'https://bao:8200', BAO_TOKEN: 's.y' }).token, 's.y')
  for (const [env, expected] of [
    [{}, /where is Vault/],
    [{ ...good, VAULT_ADDR: 'vault:8200' }, /no http/],
    [{ ...good, VAULT_ADDR: 'https://u:p@vault' }, /no http/],
    [{ VAULT_ADDR: 'https://vault' }, /who asks/],
    [{ ...good, VAULT_TOKEN: 'a\r\nb: c' }, /no token/],
    [{ ...good, VAULT_NAMESPACE: 'a b' }, /no namespace/],
    [{ ...good, VAULT_SKIP_VERIFY: 'true' }, /SKIP_VERIFY/],
    [{ ...good, VAULT_CACERT: '/nowhere' }, /cannot be read/],
  ] as const)
    assert.throws(() => vaultIn(env), expected)
  const secure = (VAULT_ADDR: string) => isPrivate(vaultIn({ ...good, VAULT_ADDR }))
  assert.deepEqual(
    ['https://v', 'http://127.0.0.1:8200', 'http://[::1]:8200', 'http://localhost', 'http://vault:8200'].map(secure),
    [true, true, true, true, false],
  )
})

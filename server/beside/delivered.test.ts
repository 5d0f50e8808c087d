import assert from 'node:assert/strict'
import { copyFileSync, cpSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { knownIn } from '../services/cloudtrail/delivery/known.ts'
import { strongroom } from '../../cli/strongroom.ts'
import { rootOf, start } from '../test/start.ts'
import { type Basis, keysIn, validate } from './delivered.ts'

const BUCKET = 'audit-of-mine'

/** A folder with three hours of files, and what the store knows of them. */
async function delivered(t: { after(work: () => void): void }) {
  await using server = await start({ engine: 'file', hoursAgo: 3 })
  const root = rootOf(server.account)
  const trails = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'
  const done = (target: string, input: object) => server.inside.local(target, input, root)
  await done(`${trails}.CreateTrail`, { Name: 'main', S3BucketName: BUCKET, EnableLogFileValidation: true })
  await done(`${trails}.StartLogging`, { Name: 'main' })
  for (const hour of [1, 2, 3]) {
    await done('secretsmanager.ListSecrets', {})
    await server.inside.following.settle()
    await server.clock.advance(hour === 3 ? { hours: 1, minutes: 1 } : { hours: 1 })
  }
  const { vault, storage } = server.inside
  const known = await storage.unit('read', (unit) => knownIn(unit, vault.macKey('cloudtrail/rows')))
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-delivered-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(server.directory ?? '', 'trails'), join(folder, 'whole'), { recursive: true })
  const keys = await done(`${trails}.ListPublicKeys`, {
    StartTime: (server.clock.now() - 86_400_000) / 1000,
    EndTime: server.clock.now() / 1000,
  })
  const { PublicKeyList } = keys as { PublicKeyList: { Value: Uint8Array }[] }
  const shown = PublicKeyList.map((key) => ({ ...key, Value: Buffer.from(key.Value).toString('base64') }))
  const basis: Basis = { keys: keysIn(Buffer.from(JSON.stringify({ PublicKeyList: shown }))), known }
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ PublicKeyList: shown }))
  let copies = 0
  return {
    folder,
    basis,
    /** A fresh copy, changed. */
    async changed(change: (at: { logs: string[]; digests: string[]; root: string }) => void, by: Basis = basis) {
      const root = join(folder, `copy-${++copies}`)
      cpSync(join(folder, 'whole'), root, { recursive: true })
      const files = (kind: string) =>
        globSync(`${BUCKET}/AWSLogs/*/${kind}/**/*.json.gz`, { cwd: root })
          .sort()
          .map((file) => join(root, file))
      change({ logs: files('CloudTrail'), digests: files('CloudTrail-Digest'), root })
      return validate(root, by)
    },
  }
}

const rewritten = (file: string, change: (text: string) => string) =>
  writeFileSync(file, gzipSync(change(gunzipSync(readFileSync(file)).toString())))
const kindsOf = ({ problems }: { problems: readonly { kind: string }[] }) => problems.map(({ kind }) => kind)
const besideOf = (root: string, file: string) =>
  join(root, BUCKET, '.metadata', `${file.slice(join(root, BUCKET).length + 1)}.json`)

test('audit validate: what was delivered is good; each kind of tampering is found and named; without the store the tail is not (trap 10)', async (t) => {
  const world = await delivered(t)
  const { changed, basis } = world
  const alone: Basis = { keys: basis.keys }

  const good = await changed(() => undefined)
  assert.deepEqual([good.ok, good.problems, good.digests, good.logs], [true, [], 3, 3])
  assert.equal((await changed(() => undefined, alone)).ok, true)
  assert.equal((await validate(join(world.folder, 'whole', BUCKET), basis)).ok, true)

  const table: readonly [string, Parameters<typeof changed>[0], readonly string[], (readonly string[])?][] = [
    [
      'altered log',
      ({ logs: [log = ''] }) => rewritten(log, (text) => text.replace('ListSecrets', 'Other')),
      ['log-altered'],
    ],
    ['a log that is no gzip', ({ logs: [log = ''] }) => writeFileSync(log, 'x'), ['log-altered']],
    ['removed log', ({ logs: [log = ''] }) => rmSync(log), ['log-missing']],
    [
      'added log',
      ({ logs: [log = ''] }) => copyFileSync(log, log.replace(/_\w{16}\.json/, '_0123456789abcdef.json')),
      ['log-added'],
      [],
    ],
    [
      'altered digest',
      ({ digests: [, digest = ''] }) => rewritten(digest, (text) => text.replace('"logFiles":[{', '"logFiles":[ {')),
      ['digest-altered', 'chain-broken', 'digest-altered'],
      ['digest-altered', 'chain-broken'],
    ],
    ['removed digest', ({ digests: [, digest = ''] }) => rmSync(digest), ['digest-missing'], ['digest-missing']],
    [
      'moved digest',
      ({ digests: [, digest = ''] }) => renameSync(digest, digest.replace(/_\d{8}T\d{6}Z/, '_20260101T000000Z')),
      ['digest-moved', 'digest-missing'],
    ],
    [
      'a digest that is none',
      ({ digests: [, digest = ''] }) => writeFileSync(digest, gzipSync('[')),
      ['digest-unreadable', 'digest-missing'],
    ],
    [
      'removed signature',
      ({ digests: [, digest = ''], root }) => rmSync(besideOf(root, digest)),
      ['signature-missing', 'chain-broken'],
    ],
    ['the newest digest removed', ({ digests }) => rmSync(digests.at(-1) ?? ''), ['tail-cut'], []],
    [
      'all digests removed',
      ({ digests }) => digests.forEach((digest) => void rmSync(digest)),
      ['tail-cut', 'tail-cut', 'tail-cut'],
      [],
    ],
  ]
  for (const [name, change, withStore, withoutStore = withStore] of table) {
    assert.deepEqual(kindsOf(await changed(change)), withStore, name)
    assert.deepEqual(kindsOf(await changed(change, alone)), withoutStore, `${name}, without the store`)
  }
  const stranger = await changed(() => undefined, { keys: new Map() })
  assert.deepEqual(kindsOf(stranger), ['key-unknown', 'key-unknown', 'key-unknown'])

  // The same at the command line, by the keys that ListPublicKeys answers.
  const out: string[] = []
  const io = { env: {}, out: (text: string) => void out.push(text), err: (text: string) => void out.push(text) }
  const command = (...args: string[]) =>
    strongroom(['audit', 'validate', ...args], io as unknown as Parameters<typeof strongroom>[1])
  assert.equal(await command(join(world.folder, 'whole'), '--public-key', join(world.folder, 'keys.json')), 0)
  assert.match(out.join(''), /ok: 3 digests, 3 log files\n/)
  rmSync(globSync(join(world.folder, 'whole', '**/*_CloudTrail_*.json.gz'))[0] ?? '')
  assert.equal(await command(join(world.folder, 'whole'), '--public-key', join(world.folder, 'keys.json')), 1)
  assert.match(out.join(''), /log-missing: audit-of-mine\/AWSLogs\//)
  assert.equal(await command(join(world.folder, 'nowhere'), '--public-key', join(world.folder, 'keys.json')), 2)
  assert.equal(await command(join(world.folder, 'whole'), '--public-key', join(world.folder, 'whole')), 2)
  assert.equal(await command(), 2)
})

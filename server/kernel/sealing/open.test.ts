import assert from 'node:assert/strict'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { migrations } from '#kernel/sealing/schema'
import type { SealError } from '#kernel/sealing/error'
import { fileSeal, memorySeal, passphraseSeal, type Seal } from '#kernel/sealing/seal'
import { tablesOf } from '#kernel/storage/migration'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement, type Storage } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'

const random = systemRandom

async function store(t: TestContext): Promise<Storage> {
  const storage = await openSqlite({ file: ':memory:', migrations, clock: new SettableClock(0) })
  t.after(() => storage.close())
  return storage
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'strongroom-seal-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

const everything = statement('test/everything', 'select id, kind, parameters, wrapped_root from seal')
const terms = statement('test/terms', 'select term, wrapped from keyring order by term')
const contents = (storage: Storage) =>
  storage.unit('read', async (unit) => [await unit.all(everything, {}), await unit.all(terms, {})])

/** That a vault opened now reads what one opened before has wrapped. */
async function sameKeys(storage: Storage, first: Seal, later: Seal): Promise<void> {
  const wrapped = (await openVault({ storage, seal: first, random })).wrap('x', Buffer.from('record'), ['id'])
  const vault = await openVault({ storage, seal: later, random })
  assert.equal(vault.unwrap('x', wrapped, ['id']).toString(), 'record')
}

test('the key file is made on the first start, 32 bytes for the owner only, and opens the store afterwards', async (t) => {
  const storage = await store(t)
  const path = join(await folder(t), 'seal.key')
  await sameKeys(storage, fileSeal(path), fileSeal(path))
  const { mode, size } = await stat(path)
  assert.deepEqual([mode & 0o777, size], [0o600, 32])
})

test('a key file that others may read or write is refused with the command that helps', async (t) => {
  const storage = await store(t)
  const path = join(await folder(t), 'seal.key')
  await openVault({ storage, seal: fileSeal(path), random })
  for (const mode of [0o640, 0o620, 0o604, 0o601, 0o644]) {
    await chmod(path, mode)
    await assert.rejects(openVault({ storage, seal: fileSeal(path), random }), {
      message: `the key file ${path} may be read or written by others`,
      hint: `chmod 600 ${path}`,
    })
  }
})

test('a key file behind a link that others could swap, or that belongs to somebody else, is refused', async (t) => {
  const storage = await store(t)
  const here = await folder(t)
  const path = join(here, 'seal.key')
  await openVault({ storage, seal: fileSeal(path), random })
  const open = join(here, 'open')
  await mkdir(open)
  await chmod(open, 0o777)
  await symlink(path, join(open, 'link'))
  await assert.rejects(openVault({ storage, seal: fileSeal(join(open, 'link')), random }), {
    message: new RegExp(`^the key file ${open}/link is reached by the link ${open}/link, which others can change$`),
  })
  await chmod(open, 0o755)
  await openVault({ storage, seal: fileSeal(join(open, 'link')), random })
  if (process.geteuid?.() !== 0) return t.diagnostic('not root: a key file of another user was not tried')
  await chown(path, 65_534, 65_534)
  await assert.rejects(
    openVault({ storage, seal: fileSeal(path), random }),
    (error: SealError) => /belongs to another user/.test(error.message) && error.hint.startsWith('chown it'),
  )
})

test('a key file that is gone is not made anew, since another key would open nothing', async (t) => {
  const storage = await store(t)
  const path = join(await folder(t), 'seal.key')
  await openVault({ storage, seal: fileSeal(path), random })
  await rm(path)
  await assert.rejects(openVault({ storage, seal: fileSeal(path), random }), {
    message: /is not there, and /,
    hint: /^put it back/,
  })
  await assert.rejects(stat(path), { code: 'ENOENT' })
})

test('a key file of another size is refused', async (t) => {
  const storage = await store(t)
  const path = join(await folder(t), 'seal.key')
  for (const size of [0, 31, 33]) {
    await writeFile(path, Buffer.alloc(size), { mode: 0o600 })
    await assert.rejects(openVault({ storage, seal: fileSeal(path), random }), /does not hold exactly 32 bytes/)
  }
  assert.deepEqual(await contents(storage), [[], []])
})

test('a wrong key file fails at once with a hint and writes nothing', async (t) => {
  const storage = await store(t)
  const path = join(await folder(t), 'seal.key')
  await openVault({ storage, seal: fileSeal(path), random })
  const before = await contents(storage)
  await writeFile(path, Buffer.alloc(32, 1), { mode: 0o600 })
  await assert.rejects(openVault({ storage, seal: fileSeal(path), random }), {
    message: 'the file seal does not open this store: wrong key',
    hint: new RegExp(`^put back .* ${path}`),
  })
  assert.deepEqual(await contents(storage), before)
  assert.deepEqual(await readFile(path), Buffer.alloc(32, 1))
})

test('a passphrase opens the store, a wrong one does not; letters with accents may come composed or not', async (t) => {
  const storage = await store(t)
  await sameKeys(
    storage,
    passphraseSeal(new Secret('caf\u00e9 au lait')),
    passphraseSeal(new Secret('cafe\u0301 au lait')),
  )
  const [seals] = await contents(storage)
  const { kdf, N, r, p, salt } = JSON.parse(String(seals?.[0]?.parameters))
  assert.deepEqual([kdf, N, r, p, Buffer.from(salt, 'base64').length], ['scrypt', 131072, 8, 1, 16])
  await assert.rejects(openVault({ storage, seal: passphraseSeal(new Secret('another one')), random }), {
    message: 'the passphrase seal does not open this store: wrong key',
    hint: 'check the passphrase',
  })
})

test('a short passphrase is refused before anything is written', async (t) => {
  const storage = await store(t)
  await assert.rejects(openVault({ storage, seal: passphraseSeal(new Secret('1234567')), random }), /shorter than 8/)
  assert.deepEqual(await contents(storage), [[], []])
})

test('weakened or absurd parameters in the store are refused, and so is a changed salt', async (t) => {
  const storage = await store(t)
  const seal = passphraseSeal(new Secret('correct horse'))
  await openVault({ storage, seal, random })
  const change = statement('test/change', 'update seal set parameters = :parameters')
  const salt = Buffer.alloc(16).toString('base64')
  const good = { kdf: 'scrypt', N: 131072, r: 8, p: 1, salt }
  for (const bad of [
    { N: 1024 },
    { N: 2 ** 30 },
    { r: 1 },
    { p: 1000 },
    { salt: '' },
    { kdf: 'none' },
    { N: '131072' },
  ]) {
    const parameters = JSON.stringify({ ...good, ...bad })
    await storage.unit('write', (unit) => unit.run(change, { parameters }))
    await assert.rejects(openVault({ storage, seal, random }), /are not ones that this program writes/)
  }
  await storage.unit('write', (unit) => unit.run(change, { parameters: JSON.stringify(good) }))
  await assert.rejects(openVault({ storage, seal, random }), /wrong key/)
})

test('a store that is sealed otherwise says how', async (t) => {
  const storage = await store(t)
  await openVault({ storage, seal: memorySeal(), random })
  await assert.rejects(openVault({ storage, seal: fileSeal(join(await folder(t), 'k')), random }), {
    message: 'this store is sealed by memory, not by file',
    hint: 'start with the seal it was made with: strongroom seal list says more of it',
  })
})

test('two nodes that start a new store at the same moment end with one root key', async (t) => {
  const storage = await store(t)
  const path = join(await folder(t), 'seal.key')
  const vaults = await Promise.all(
    Array.from({ length: 5 }, () => openVault({ storage, seal: fileSeal(path), random })),
  )
  const wrapped = vaults.map((vault) => vault.wrap('x', Buffer.from('record'), ['id']))
  for (const vault of vaults)
    for (const one of wrapped) assert.equal(vault.unwrap('x', one, ['id']).toString(), 'record')
  const [seals, keyring] = await contents(storage)
  assert.deepEqual([seals?.length, keyring?.length], [1, 1])
})

test('a node that loses the first start with a key file of its own fails, and takes its file back', async (t) => {
  const storage = await store(t)
  const here = await folder(t)
  const [mine, theirs] = [join(here, 'mine'), join(here, 'theirs')]
  const results = await Promise.allSettled([
    openVault({ storage, seal: fileSeal(mine), random }),
    openVault({ storage, seal: fileSeal(theirs), random }),
  ])
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const [winner, loser] = results[0]?.status === 'fulfilled' ? [mine, theirs] : [theirs, mine]
  assert.equal((await stat(winner)).size, 32)
  await assert.rejects(stat(loser), { code: 'ENOENT' })
})

test('a keyring row that was altered is told apart from a wrong key', async (t) => {
  const storage = await store(t)
  const seal = memorySeal()
  await openVault({ storage, seal, random })
  const alter = statement('test/alter', 'update keyring set wrapped = :wrapped')
  await storage.unit('write', (unit) => unit.run(alter, { wrapped: Buffer.alloc(112) }))
  await assert.rejects(openVault({ storage, seal, random }), /^SealError: term 1 of the keyring was altered/)
})

test('a store that has been used and whose keys are gone gets no new ones', async (t) => {
  const tables = [...migrations, { name: 'test/0001-account', sql: 'create table account (id text primary key);' }]
  const storage = await openSqlite({ file: ':memory:', migrations: tables, clock: new SettableClock(0) })
  t.after(() => storage.close())
  const path = join(await folder(t), 'seal.key')
  const opening = { storage, seal: fileSeal(path), random, tables: tablesOf(tables) }
  ;(await openVault(opening)).close()
  ;(await openVault(opening)).close()
  const run = (name: string, sql: string) => storage.unit('write', (unit) => unit.run(statement(name, sql), {}))
  await run('test/use', "insert into account (id) values ('1')")
  await run('test/empty-keyring', 'delete from keyring')
  await assert.rejects(openVault(opening), {
    message: 'the keyring is gone from the store',
    hint: /^restore/,
  })
  await run('test/empty-seal', 'delete from seal')
  await rm(path)
  await assert.rejects(openVault(opening), {
    message: 'the store has rows in account, and the keys that they are encrypted under are gone from it',
    hint: 'restore the whole store from a backup',
  })
  assert.deepEqual(await contents(storage), [[], []])
  await assert.rejects(stat(path), { code: 'ENOENT' })
  await run('test/unuse', 'delete from account')
  await openVault(opening)
})

test('neither root nor keyring nor passphrase lies in the store in clear', async (t) => {
  const storage = await store(t)
  const handed: Buffer[] = []
  // What the generator gave is zeroed after use: a copy is kept here to look for it.
  const spy = { ...random, bytes: (size: number) => Buffer.from(handed[handed.push(random.bytes(size)) - 1] as Buffer) }
  await openVault({ storage, seal: passphraseSeal(new Secret('correct horse')), random: spy })
  const rows = (await contents(storage)).flat().flatMap((row) => Object.values(row))
  const bytes = Buffer.concat(rows.map((value) => Buffer.from(value instanceof Uint8Array ? value : String(value))))
  const keys = handed.filter(({ length }) => length === 32)
  // Root and keyring key, and a salt for each of their wrappings: of these four the salts are there.
  assert.equal(keys.filter((key) => bytes.includes(key)).length, 2)
  assert(!bytes.includes('correct horse'))
})

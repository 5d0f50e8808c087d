import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { systemRandom as random } from '#kernel/random'
import { addSeal, type Change, rekey, removeSeal, USABLE_MS } from '#kernel/sealing/change'
import { LINK_MS, openHeld } from '#kernel/sealing/held'
import { openRoot, openVault, readStored } from '#kernel/sealing/open'
import { Root } from '#kernel/sealing/root'
import { addSeal as insertSeal, type SealRow, writeTerm } from '#kernel/sealing/rows.sql'
import { migrations } from '#kernel/sealing/schema'
import { fileSeal, memorySeal, type Seal } from '#kernel/sealing/seal'
import { boxRoot, sealMac, wrapTerm } from '#kernel/sealing/wrapping'
import { faulty } from '#kernel/storage/faulty'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { type Storage, statement } from '#kernel/storage/storage'

const clock = new SettableClock(1_000_000)

async function store(t: TestContext, steps = migrations): Promise<Storage> {
  const storage = await openSqlite({ file: ':memory:', migrations: steps, clock })
  t.after(() => storage.close())
  return storage
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'strongroom-seals-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

/** A seal of its own kind, whose key lives in this test. */
const seal = (kind: string): Seal => ({ ...memorySeal(), kind })

const opening = (storage: Storage, by: Seal) => ({ storage, seal: by, random, clock })
const change = async (storage: Storage, by: Seal): Promise<Change> => ({
  storage,
  opened: await openRoot(opening(storage, by)),
  random,
  clock,
})
const query = (storage: Storage, sql: string) =>
  storage.unit('read', (unit) => unit.all(statement(`test/${sql}`, sql), {}))
const idsOf = async (storage: Storage) => (await query(storage, 'select id from seal order by id')).map(({ id }) => id)
const opens = async (storage: Storage, by: Seal, wrapped: Uint8Array) =>
  (await openVault(opening(storage, by))).unwrap('x', wrapped, ['id']).toString() === 'record'

/** A store with one seal, and a record under its keys. */
async function sealed(t: TestContext, by: Seal) {
  const storage = await store(t)
  const wrapped = (await openVault(opening(storage, by))).wrap('x', Buffer.from('record'), ['id'])
  return { storage, wrapped }
}

test('each of several seals opens the store, and nothing but the wrapping of the root key is written', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage, wrapped } = await sealed(t, first)
  const keyring = await query(storage, 'select * from keyring')
  const { id } = await addSeal(await change(storage, first), second)
  assert.match(id, /^second-[0-9a-f]{8}$/)
  assert.deepEqual(await idsOf(storage), ['first', id])
  assert.deepEqual(await query(storage, 'select * from keyring'), keyring)
  for (const by of [first, second]) assert.ok(await opens(storage, by, wrapped))
  await removeSeal(await change(storage, second), 'first')
  assert.deepEqual(await idsOf(storage), [id])
  assert.ok(await opens(storage, second, wrapped))
  await assert.rejects(openVault(opening(storage, first)), { message: 'this store is sealed by second, not by first' })
})

test('two seals of one kind: each finds its own row', async (t) => {
  const [first, second] = [seal('same'), seal('same')]
  const { storage, wrapped } = await sealed(t, first)
  await addSeal(await change(storage, first), second)
  for (const by of [first, second]) assert.ok(await opens(storage, by, wrapped))
  await assert.rejects(openVault(opening(storage, seal('same'))), /wrong key/)
})

test('the last seal can not be removed, nor the one that the command came by, nor one that is not there', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage } = await sealed(t, first)
  await assert.rejects(removeSeal(await change(storage, first), 'first'), {
    message: 'first is the last seal of the store: without it nobody opens it again',
    hint: 'add another one first: strongroom seal add',
  })
  await addSeal(await change(storage, first), second)
  await assert.rejects(removeSeal(await change(storage, first), 'first'), /is the seal that this command opened/)
  await assert.rejects(removeSeal(await change(storage, first), 'third'), {
    message: 'the store has no seal third',
  })
})

test('two removals at once leave one seal', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage, wrapped } = await sealed(t, first)
  const { id } = await addSeal(await change(storage, first), second)
  const [one, other] = [await change(storage, first), await change(storage, second)]
  const results = await Promise.allSettled([removeSeal(one, id), removeSeal(other, 'first')])
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  assert.equal((await idsOf(storage)).length, 1)
  assert.ok(await opens(storage, (await idsOf(storage))[0] === 'first' ? first : second, wrapped))
})

test('a seal that does not open what it has sealed is not added, and its key file is taken back', async (t) => {
  const first = seal('first')
  const { storage } = await sealed(t, first)
  const path = join(await folder(t), 'other.key')
  const file = fileSeal(path)
  const forgetful: Seal = {
    ...file,
    open: async (rows) => rows.map(({ id }) => ({ id, key: createSecretKey(Buffer.alloc(32, 7)) })),
  }
  await assert.rejects(addSeal(await change(storage, first), forgetful), {
    message: 'the new file seal does not open what it has sealed: it was not added',
  })
  assert.deepEqual(await idsOf(storage), ['first'])
  assert.equal(existsSync(path), false)
})

test('a seal replaces another in one unit', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage, wrapped } = await sealed(t, first)
  const { id } = await addSeal(await change(storage, first), second, 'first')
  assert.deepEqual(await idsOf(storage), [id])
  assert.ok(await opens(storage, second, wrapped))
})

test('rekey: the old record and a new one open with every seal, those that were not at hand too', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage, wrapped } = await sealed(t, first)
  await addSeal(await change(storage, first), second)
  const before = await query(storage, 'select wrapped_root from seal')
  const { root, term, seals } = await rekey(await change(storage, first))
  assert.deepEqual([root, term, seals], [2, 2, await idsOf(storage)])
  assert.deepEqual(await rekey(await change(storage, second)), {
    root: 3,
    term: 3,
    seals,
    followed: true,
  })
  const after = await query(storage, 'select wrapped_root from seal')
  assert.equal(
    after.some((row) =>
      before.some((old) =>
        Buffer.from(old.wrapped_root as Uint8Array).equals(Buffer.from(row.wrapped_root as Uint8Array)),
      ),
    ),
    false,
  )
  for (const by of [first, second]) {
    assert.ok(await opens(storage, by, wrapped))
    const vault = await openVault(opening(storage, by))
    // not before every server knows the term
    assert.equal(vault.wrap('x', Buffer.from('new'), ['id']).readUInt32BE(1), 1)
    const later = await openVault({ ...opening(storage, by), clock: new SettableClock(clock.now() + USABLE_MS) })
    const fresh = later.wrap('x', Buffer.from('new'), ['id'])
    assert.equal(fresh.readUInt32BE(1), 3)
    assert.equal(vault.unwrap('x', fresh, ['id']).toString(), 'new')
    assert.ok(vault.macKey('y').equals(later.macKey('y')))
  }
})

test('rekey does not wrap for a seal whose public key was put there from outside', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage } = await sealed(t, first)
  const { id } = await addSeal(await change(storage, first), second)
  for (const sql of [
    `update seal set public_key = x'${'11'.repeat(32)}' where id = '${id}'`,
    `update seal set public_key = null where id = '${id}'`,
    `update seal set box_key = null where id = '${id}'`,
    `update seal set box_key = (select box_key from seal where id = 'first') where id = '${id}'`,
    `update seal set mac = x'00' where id = '${id}'`,
  ]) {
    const by = await change(storage, first)
    await storage.unit('write', (unit) => unit.run(statement(`test/${sql}`, sql), {}))
    await assert.rejects(rekey(by), {
      message: `the row of the seal ${id} was altered in the store: a new root key is not wrapped for it`,
    })
  }
})

test('a change that began before another one was made does nothing', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage, wrapped } = await sealed(t, first)
  const stale = await change(storage, first)
  await rekey(await change(storage, first))
  await assert.rejects(addSeal(stale, second), /somebody else changed the seals/)
  await assert.rejects(rekey(stale), /somebody else changed the seals/)
  assert.ok(await opens(storage, first, wrapped))
})

test('a store of before, with one seal, takes all of it', async (t) => {
  const storage = await store(t)
  const [first, second] = [seal('first'), seal('second')]
  const wrapped = (await openVault(opening(storage, first))).wrap('x', Buffer.from('record'), ['id'])
  // as 0001 left it
  const old = 'update seal set wrapping = null, public_key = null, box_key = null, created_at = null, mac = null'
  const age = () => storage.unit('write', (unit) => unit.run(statement('test/age', old), {}))
  await age()
  await rekey(await change(storage, first))
  await age()
  await addSeal(await change(storage, first), second)
  await rekey(await change(storage, second))
  for (const by of [first, second]) assert.ok(await opens(storage, by, wrapped))
})

test('a server that runs follows a rekey, keeps nothing of the old root key, and drops the link in time', async (t) => {
  const time = new SettableClock(5_000)
  const first = seal('first')
  const storage = await store(t)
  const roots: number[] = []
  const held = await openHeld({ storage, seal: first, random, clock: time, onRoot: ({ number }) => roots.push(number) })
  t.after(() => held.close())
  const wrapped = held.vault.wrap('x', Buffer.from('record'), ['id'])
  const old = held.root()
  const bytes = old.bytes()
  assert.equal(
    bytes.every((byte) => byte === 0),
    false,
  )
  for (let times = 0; times < 2; times++)
    await rekey({ storage, opened: await openRoot({ storage, seal: first, random, clock: time }), random, clock: time })
  await held.follow()
  assert.deepEqual([held.root().number, roots], [3, [3]])
  assert.ok(bytes.every((byte) => byte === 0))
  assert.throws(() => old.bytes(), /forgotten/)
  assert.equal(held.vault.unwrap('x', wrapped, ['id']).toString(), 'record')
  assert.equal(held.vault.wrap('x', Buffer.from('n'), ['id']).readUInt32BE(1), 1)
  time.set(time.now() + USABLE_MS)
  await held.follow()
  assert.equal(held.vault.wrap('x', Buffer.from('n'), ['id']).readUInt32BE(1), 3)
  assert.equal((await query(storage, 'select number from root_key where link is not null')).length, 2)
  time.set(time.now() + LINK_MS)
  await held.follow()
  assert.equal((await query(storage, 'select number from root_key where link is not null')).length, 0)
})

test('a server that was away while the root key was replaced says so, and works on with what it has', async (t) => {
  const first = seal('first')
  const storage = await store(t)
  const held = await openHeld({ storage, seal: first, random, clock })
  t.after(() => held.close())
  const wrapped = held.vault.wrap('x', Buffer.from('record'), ['id'])
  // nothing for it to follow by, or that is gone by now
  assert.deepEqual(await rekey(await change(storage, first), false), {
    root: 2,
    term: 2,
    seals: ['first'],
    followed: false,
  })
  assert.deepEqual(await query(storage, 'select link from root_key'), [{ link: null }])
  await assert.rejects(held.follow(), {
    message: 'the root key was replaced and this server did not follow in time: it must be restarted',
  })
  assert.equal(held.vault.unwrap('x', wrapped, ['id']).toString(), 'record')
  const forged = `update root_key set link = x'${'00'.repeat(112)}'`
  await storage.unit('write', (unit) => unit.run(statement('test/forge', forged), {}))
  await assert.rejects(held.follow(), /did not follow in time/)
  assert.equal(held.root().number, 1)
})

for (const kind of ['error', 'lost', 'conflict'] as const)
  test(`a store that fails (${kind}) at any step of a change opens afterwards, with every seal that it lists`, async (t) => {
    const here = await folder(t)
    const names = new Map<string, Seal>()
    let step = 1
    for (const what of ['add', 'replace', 'remove', 'rekey'] as const)
      for (step = 1; ; step++) {
        const storage = await store(t)
        const broken = faulty(storage)
        const [first, second] = [seal('first'), seal('second')]
        const path = join(here, `${kind}-${what}-${step}.key`)
        const third = fileSeal(path)
        names.clear()
        names.set('first', first).set('second', second).set('file', third)
        const wrapped = (await openVault(opening(storage, first))).wrap('x', Buffer.from('record'), ['id'])
        await addSeal(await change(storage, first), second)
        const by = { ...(await change(storage, first)), storage: broken }
        const steps = broken.steps
        broken.failAt(step, kind)
        const doing = {
          add: () => addSeal(by, third),
          replace: () => addSeal(by, third, 'first'),
          remove: async () => removeSeal(by, (await idsOf(storage))[1] as string),
          rekey: () => rekey(by),
        }[what]
        const failed = await doing().then(
          () => false,
          () => true,
        )
        const seals = await query(storage, 'select id, kind from seal')
        assert.ok(seals.length > 0)
        for (const { kind: listed } of seals)
          assert.ok(await opens(storage, names.get(String(listed)) as Seal, wrapped))
        // a key file without a row stays only when the row may be there
        if (existsSync(path) && kind !== 'lost') assert.ok(seals.some((row) => row.kind === 'file'))
        if (!failed && broken.steps - steps < step) break
      }
  })

test('neither a root key nor a keyring key lies in the store in clear', async (t) => {
  const handed: Buffer[] = []
  const spy = { ...random, bytes: (size: number) => Buffer.from(handed[handed.push(random.bytes(size)) - 1] as Buffer) }
  const [first, second] = [seal('first'), seal('second')]
  const storage = await store(t)
  const given = { storage, seal: first, random: spy, clock }
  await openVault(given)
  const change = async () => ({ storage, opened: await openRoot(given), random: spy, clock })
  await addSeal(await change(), second)
  await rekey(await change())
  const opened = await openRoot(given)
  const { root } = opened
  const rows = (
    await Promise.all(['seal', 'keyring', 'root_key'].map((table) => query(storage, `select * from ${table}`)))
  ).flat()
  const bytes = Buffer.concat(
    rows
      .flatMap((row) => Object.values(row))
      .map((value) => Buffer.from(value instanceof Uint8Array ? value : String(value))),
  )
  assert.equal(bytes.includes(root.bytes()), false)
  // of all that was drawn only salts and the ephemeral keys' public halves are there
  const found = handed.filter((key) => key.length === 32 && bytes.includes(key)).length
  const messages = rows
    .flatMap((row) => Object.entries(row))
    .filter(([name, value]) => /wrapped|link|box_key/.test(name) && value !== null).length
  assert.equal(found, messages)
})

test('a key file that lies ready is taken for an added seal, and stays when the seal is not added', async (t) => {
  const first = seal('first')
  const { storage, wrapped } = await sealed(t, first)
  const path = join(await folder(t), 'ready.key')
  await writeFile(path, Buffer.alloc(32, 9), { mode: 0o600 })
  const stale = await change(storage, first)
  await addSeal(await change(storage, first), seal('second'))
  await rekey(await change(storage, first))
  await assert.rejects(addSeal(stale, fileSeal(path)))
  assert.deepEqual(await readFile(path), Buffer.alloc(32, 9))
  await addSeal(await change(storage, first), fileSeal(path))
  assert.ok(await opens(storage, fileSeal(path), wrapped))
})

test('a seal that a new root key was boxed for has it under its own key after the first command that comes by it', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage, wrapped } = await sealed(t, first)
  const { id } = await addSeal(await change(storage, first), second)
  await rekey(await change(storage, first))
  const wrappings = async () =>
    (await query(storage, 'select wrapping from seal order by id')).map((row) => row.wrapping)
  assert.deepEqual(await wrappings(), ['key', 'box'])
  await removeSeal(await change(storage, second), 'first')
  assert.deepEqual([await wrappings(), await idsOf(storage)], [['key'], [id]])
  assert.ok(await opens(storage, second, wrapped))
  await rekey(await change(storage, second))
  assert.ok(await opens(storage, second, wrapped))
})

test('a root key of somebody else’s making, boxed for the seal by its public key, opens nothing', async (t) => {
  const [first, second] = [seal('first'), seal('second')]
  const { storage, wrapped } = await sealed(t, first)
  await addSeal(await change(storage, first), second)
  await rekey(await change(storage, first))
  // whoever may write to the database, and has no key: a root key and a keyring of his own, with all that follows of them
  const mine = Root.make(random, 2)
  const put = statement(
    'test/forge',
    `update seal set wrapped_root = :wrapped_root, wrapping = 'box', mac = :mac where id = :id`,
  )
  await storage.unit('write', async (unit) => {
    for (const row of (await readStored(unit)).seals) {
      const guessed = random.bytes(32)
      const wrapped_root = boxRoot(row.public_key as Uint8Array, guessed, row, mine, random)
      await unit.run(put, { id: row.id, wrapped_root, mac: sealMac(mine, row) })
    }
    for (const term of [1, 2])
      await unit.run(writeTerm, { term, wrapped: wrapTerm(mine, term, random.bytes(32), random) })
  })
  for (const by of [first, second]) await assert.rejects(opens(storage, by, wrapped), /wrong key/)
})

test('the row of a removed seal that somebody puts back opens nothing after a rekey without it', async (t) => {
  const [first, lost] = [seal('first'), seal('lost')]
  const { storage, wrapped } = await sealed(t, first)
  const { id } = await addSeal(await change(storage, first), lost)
  const row = (await storage.unit('read', readStored)).seals.find((one) => one.id === id) as SealRow
  await removeSeal(await change(storage, first), id)
  const putBack = () => storage.unit('write', (unit) => unit.run(insertSeal, { ...row }))
  // before it does, and a rekey says so
  await putBack()
  assert.ok(await opens(storage, lost, wrapped))
  assert.deepEqual((await rekey(await change(storage, first), false)).seals, ['first', id])
  await removeSeal(await change(storage, first), id)
  assert.deepEqual((await rekey(await change(storage, first), false)).seals, ['first'])
  await putBack()
  await assert.rejects(opens(storage, lost, wrapped), { message: 'term 1 of the keyring was altered in the store' })
  assert.ok(await opens(storage, first, wrapped))
  // and no later root key is made for it
  await assert.rejects(rekey(await change(storage, first)), {
    message: `the row of the seal ${id} was altered in the store: a new root key is not wrapped for it`,
  })
})

test('a box that was altered, or moved to another seal’s row, does not open', async (t) => {
  const [first, second, third] = [seal('first'), seal('second'), seal('third')]
  const { storage } = await sealed(t, first)
  await addSeal(await change(storage, first), second)
  await addSeal(await change(storage, first), third)
  await rekey(await change(storage, first))
  const row = (kind: string) => query(storage, `select wrapped_root from seal where kind = '${kind}'`)
  const box = Buffer.from((await row('second'))[0]?.wrapped_root as Uint8Array)
  const put = statement('test/put', 'update seal set wrapped_root = :box where kind = :kind')
  const tried = async (kind: string, bytes: Buffer) => {
    await storage.unit('write', (unit) => unit.run(put, { box: bytes, kind }))
    return openVault(opening(storage, kind === 'second' ? second : third))
  }
  await assert.rejects(tried('third', box), /wrong key/)
  for (let at = 0; at < box.length; at += 7) {
    const bytes = Buffer.from(box)
    bytes[at] = (bytes[at] as number) ^ 1
    await assert.rejects(tried('second', bytes), /wrong key/)
  }
  for (const bytes of [Buffer.alloc(0), box.subarray(0, 31), Buffer.alloc(box.length)])
    await assert.rejects(tried('second', bytes), /wrong key/)
  await tried('second', box)
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SettableClock } from '#kernel/clock'
import { systemRandom as random } from '#kernel/random'
import { addSeal } from '#kernel/sealing/change'
import type { SealError } from '#kernel/sealing/error'
import { openRoot, openVault } from '#kernel/sealing/open'
import { pkcs11Seal } from '#kernel/sealing/pkcs11/seal'
import { migrations } from '#kernel/sealing/schema'
import type { Pkcs11Settings } from '#kernel/sealing/settings'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { Secret } from '#kernel/values/bytes'
import { Program } from '../program.ts'

/** A seal in a token: SoftHSM of Debian (package softhsm2), which `.ci/run` installs. */

const MODULE = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
].find((file) => existsSync(file))
const skip = MODULE === undefined ? 'softhsm2 is not installed' : false
if (skip !== false && process.env.CI === 'true') throw new Error(skip)

const folder = mkdtempSync(join(tmpdir(), 'strongroom-softhsm-'))
after(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'tokens'))
const conf = join(folder, 'softhsm2.conf')
writeFileSync(conf, `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`)
// the library reads it in this process
process.env.SOFTHSM2_CONF = conf

const PIN = '123456'
function token(label: string): Pkcs11Settings {
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '87654321'])
  return { kind: 'pkcs11', module: MODULE as string, token: label, key: 'strongroom-seal', pin: new Secret(PIN) }
}

const store = () => openSqlite({ file: ':memory:', migrations, clock: new SettableClock(0) })

// One test: a process initializes the library once, and it knows the tokens that were there then.
test('a store that is sealed in a token opens with it and its PIN, and by nothing else', { skip }, async () => {
  const [settings, other] = [token('first'), token('second')]
  const storage = await store()
  try {
    const opening = (more: Partial<Pkcs11Settings> = {}) => ({
      storage,
      seal: pkcs11Seal({ ...settings, ...more }),
      random,
    })
    const vault = await openVault(opening())
    const wrapped = vault.wrap('x', Buffer.from('record'), ['id'])
    const opens = async (by = opening()) => (await openVault(by)).unwrap('x', wrapped, ['id']).toString()
    assert.equal(await opens(), 'record')
    const refused = async (what: Partial<Pkcs11Settings>, message: string | RegExp) =>
      assert.rejects(opens(opening(what)), (error: SealError) => {
        assert.match(error.message, message instanceof RegExp ? message : new RegExp(`^${message}$`))
        assert.notEqual(error.hint, '')
        assert.ok(!JSON.stringify([error.message, error.hint]).includes(PIN))
        return true
      })
    await refused({ pin: new Secret('654321') }, 'the token first refuses: C_Login answers CKR_PIN_INCORRECT')
    await refused({ token: 'third' }, 'there is no token with the label third')
    await refused(other, 'the token second has no key strongroom-seal')
    await refused({ module: '/usr/lib/none.so' }, /can't be loaded as a library of PKCS #11$/)
    await refused({ module: conf }, /can't be loaded as a library of PKCS #11$/)
    // a second token beside the first, which then opens alone
    const opened = await openRoot(opening())
    const { id } = await addSeal({ storage, opened, random }, pkcs11Seal(other))
    assert.match(id, /^pkcs11-/)
    assert.equal(await opens({ storage, seal: pkcs11Seal(other), random }), 'record')
    assert.equal(await opens(), 'record')
    // rotating makes a new wrapping under the same key of the token, which may be neither read nor taken out
    const again = await openRoot(opening())
    await addSeal({ storage, opened: again, random }, pkcs11Seal(settings), again.by?.row.id)
    assert.equal(await opens(), 'record')
    const objects = readdirSync(join(folder, 'tokens'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.object'),
    )
    assert.ok(objects.length >= 2)
    for (const name of objects) assert.ok(!readFileSync(join(folder, 'tokens', name)).includes('record'))
    const altered = { ...opening(), seal: pkcs11Seal(settings) }
    await assert.rejects(
      altered.seal.open([{ id: 'x', parameters: '{"token":"first"}' }]),
      /are not ones that this program writes/,
    )
    // such a row does not keep the others from opening
    const rows = (await openRoot(opening())).stored.seals
    const found = await altered.seal.open([{ id: 'x', parameters: '{' }, ...rows])
    assert.ok(found.length > 0)
  } finally {
    await storage.close()
  }
})

test('strongroom serve with a seal in a token, as its flags and a PIN file say', { skip }, async () => {
  const settings = token('served')
  const pin = join(folder, 'pin')
  writeFileSync(pin, `${PIN}\n`, { mode: 0o600 })
  const data = join(folder, 'data')
  const flags = [
    '--seal-pkcs11-module',
    settings.module,
    '--seal-pkcs11-token',
    'served',
    '--seal-pkcs11-pin-file',
    pin,
  ]
  const program = (...args: string[]) =>
    new Program(fileURLToPath(new URL('../../../cli/main.ts', import.meta.url)), [...args, '--data', data, ...flags], {
      SOFTHSM2_CONF: conf,
    })
  for (let start = 0; start < 2; start++) {
    await using running = program('serve', '--listen', '127.0.0.1:0')
    const url = await running.says(/^strongroom: ready on (\S+)$/m)
    assert.deepEqual(await (await fetch(`${url}/_strongroom/health`)).json(), { status: 'ready' })
    running.child.kill('SIGTERM')
    assert.deepEqual(await running.exited, [0, null])
  }
  await using rotated = program('seal', 'rotate')
  assert.deepEqual(await rotated.exited, [0, null])
  assert.match(rotated.output, /^pkcs11-[0-9a-f]{8} took the place of pkcs11\n$/)
  await using listed = program('seal', 'list')
  await listed.exited
  assert.match(listed.output, /^pkcs11-\S+ +pkcs11 +\S+ +token served, key strongroom-seal$/m)
})

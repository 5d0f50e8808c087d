import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ZipEntry, zip } from './test/zip.ts'
import { BadZip, unzip, type UnzipLimits } from './unzip.ts'

const LINK = 0o120777

async function unpacked(entries: readonly ZipEntry[] | Buffer, limits?: UnzipLimits) {
  const root = mkdtempSync(join(tmpdir(), 'strongroom-unzip-'))
  const into = join(root, 'code')
  mkdirSync(into)
  const bytes = Buffer.isBuffer(entries) ? entries : zip(entries)
  await unzip(bytes, into, limits).catch((error) => {
    rmSync(root, { recursive: true })
    throw error
  })
  return { root, into, [Symbol.dispose]: () => rmSync(root, { recursive: true }) }
}

const refused = (entries: readonly ZipEntry[] | Buffer, text: RegExp, limits?: UnzipLimits) =>
  assert.rejects(unpacked(entries, limits), (error) => {
    assert.ok(error instanceof BadZip, String(error))
    assert.match(error.message, text)
    return true
  })

test('files, folders, modes and links within the folder are unpacked', async () => {
  using one = await unpacked([
    { name: 'bootstrap', content: '#!/bin/sh', mode: 0o100755 },
    { name: 'lib/', content: '', mode: 0o040755 },
    { name: 'lib/deep/a.txt', content: 'a', mode: 0o100600 },
    { name: 'bin/b', content: '../lib/deep/a.txt', mode: LINK },
    { name: 'plain', content: 'x', mode: 0 },
  ])
  assert.equal(readFileSync(join(one.into, 'lib/deep/a.txt'), 'utf8'), 'a')
  assert.equal(statSync(join(one.into, 'bootstrap')).mode & 0o777, 0o755)
  // Readable by the user that the function runs as, whoever made the zip.
  assert.equal(statSync(join(one.into, 'lib/deep/a.txt')).mode & 0o777, 0o644)
  assert.equal(readlinkSync(join(one.into, 'bin/b')), '../lib/deep/a.txt')
  assert.equal(statSync(join(one.into, 'plain')).mode & 0o777, 0o644)
})

test('no bit that gives rights comes out of a zip', async () => {
  using one = await unpacked([{ name: 'x', content: '', mode: 0o106777 }])
  assert.equal(statSync(join(one.into, 'x')).mode & 0o7777, 0o755)
})

const leading: readonly (readonly [name: string, entries: readonly ZipEntry[]])[] = [
  ['a name with ..', [{ name: '../x', content: 'x' }]],
  ['a name with .. in the middle', [{ name: 'a/../../x', content: 'x' }]],
  ['an absolute name', [{ name: '/tmp/strongroom-evil', content: 'x' }]],
  ['a name with a backslash', [{ name: '..\\x', content: 'x' }]],
  ['a drive', [{ name: 'C:/x', content: 'x' }]],
  ['a link that is absolute', [{ name: 'l', content: '/etc', mode: LINK }]],
  ['a link that leads out', [{ name: 'a/l', content: '../../x', mode: LINK }]],
  ['a link that is empty', [{ name: 'l', content: '', mode: LINK }]],
  ['a device', [{ name: 'd', content: '', mode: 0o020666 }]],
  ['a pipe', [{ name: 'p', content: '', mode: 0o010666 }]],
]
for (const [name, entries] of leading) {
  test(`a zip with ${name} is refused`, async () => {
    await assert.rejects(unpacked(entries), BadZip)
    assert.ok(!existsSync('/tmp/strongroom-evil'))
  })
}

test('nothing is written through a link of the same zip', async () => {
  await refused(
    [
      { name: 'l', content: 'sub', mode: LINK },
      { name: 'l/x', content: 'x' },
    ],
    /two files of one name/,
  )
  await refused(
    [
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ],
    /two files of one name/,
  )
  await refused(
    [
      { name: 'a', content: '1' },
      { name: 'a/b', content: '2' },
    ],
    /lies in another file/,
  )
})

test('a zip that is too large, says less than it holds, or has too many files is refused', async () => {
  const limits = { bytes: 1000, entries: 3 }
  await refused([{ name: 'a', content: 'x'.repeat(1001) }], /larger than 1000 bytes/, limits)
  await refused(
    [
      { name: 'a', content: 'x'.repeat(600) },
      { name: 'b', content: 'x'.repeat(600) },
    ],
    /larger than 1000 bytes/,
    limits,
  )
  await refused([{ name: 'a', content: 'x'.repeat(100_000), claims: 10 }], /can't be read/, limits)
  await refused(
    ['a', 'b', 'c', 'd'].map((name) => ({ name, content: '' })),
    /more than 3 files/,
    limits,
  )
  await refused([{ name: `${'a/'.repeat(100)}x`, content: '' }], /too deep/)
})

test('whatever the bytes are, a zip is unpacked or refused, and nothing is outside of its folder', async () => {
  const good = zip({ 'a.txt': 'hello', 'b/c.txt': 'world' })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      async (changes) => {
        const bytes = Buffer.from(good)
        for (const [at, byte] of changes) bytes[at] = byte
        try {
          using one = await unpacked(bytes)
          assert.ok(existsSync(one.into))
        } catch (error) {
          assert.ok(error instanceof BadZip, String(error))
        }
      },
    ),
    { numRuns: 60 },
  )
})

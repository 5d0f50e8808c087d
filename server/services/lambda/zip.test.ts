import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { zip, type ZipEntry } from '../../runtime/test/zip.ts'
import { inspectZip } from './zip.ts'

const LINK = 0o120777
const limits = { bytes: 52_428_800, unzippedBytes: 262_144_000, entries: 50_000 }
const refused = (bytes: Uint8Array, text: string, fewer: Partial<typeof limits> = {}) =>
  assert.rejects(
    inspectZip(bytes, { ...limits, ...fewer }),
    (error) => error instanceof ApiError && error.message === text,
  )
const unreadable = 'Could not unzip uploaded file. Please check your file, then try to upload again.'

test('a zip answers the hash of its bytes; files, folders, links inside and empty files may be in it', async () => {
  const good = zip([
    { name: 'index.js', content: 'x' },
    { name: 'node_modules/', content: '' },
    { name: 'node_modules/.bin/tool', content: '../tool/cli.js', mode: LINK },
    { name: 'bootstrap', content: '#!/bin/sh', mode: 0o100755 },
    { name: 'empty', content: '' },
  ])
  assert.equal(await inspectZip(good), createHash('sha256').update(good).digest('base64'))
})

test('what leads out of its folder, is encrypted, stands twice or is no file is refused', async () => {
  const bad: readonly (readonly ZipEntry[])[] = [
    [{ name: '../evil', content: 'x' }],
    [{ name: 'a/../../evil', content: 'x' }],
    [{ name: '/etc/passwd', content: 'x' }],
    [{ name: 'C:/evil', content: 'x' }],
    [{ name: 'a\\..\\evil', content: 'x' }],
    [{ name: 'a\0b', content: 'x' }],
    [{ name: 'link', content: '/etc/passwd', mode: LINK }],
    [{ name: 'link', content: '..', mode: LINK }],
    [{ name: 'a/link', content: '../../evil', mode: LINK }],
    [{ name: 'a/link', content: 'b/../../../evil', mode: LINK }],
    [{ name: 'link', content: '', mode: LINK }],
    [{ name: 'link', content: 'x'.repeat(2000), mode: LINK }],
    [{ name: 'device', content: '', mode: 0o060644 }],
    [{ name: 'pipe', content: '', mode: 0o010644 }],
    [
      { name: 'same', content: '1' },
      { name: 'same', content: '2' },
    ],
    [
      { name: 'same', content: '1' },
      { name: './same', content: '2' },
    ],
    [{ name: `${'d/'.repeat(70)}f`, content: 'x' }],
    [],
  ]
  for (const entries of bad) await refused(zip(entries), unreadable)
  for (const bytes of [Buffer.alloc(0), Buffer.from('PK'), Buffer.alloc(100, 'x')]) await refused(bytes, unreadable)
})

test('sizes are bounded by what is said and by what comes out: bombs cost no more than they may', async () => {
  const mega = Buffer.alloc(1024 * 1024)
  const two = zip([
    { name: 'a', content: mega },
    { name: 'b', content: mega },
  ])
  await refused(two, 'Unzipped size must be smaller than 262144000 bytes', { unzippedBytes: 2 * mega.length - 1 })
  assert.match(await inspectZip(two, { ...limits, unzippedBytes: 2 * mega.length, entries: 2 }), /=$/)
  await refused(two, unreadable, { entries: 1 })
  // It says that it is small.
  await refused(zip([{ name: 'bomb', content: mega, claims: 10 }]), unreadable)
  await refused(zip([{ name: 'short', content: 'x', claims: 1000 }]), unreadable)
  await refused(Buffer.alloc(52_428_801), 'Zipped size must be smaller than 52428800 bytes')
})

test('whatever bytes there are, the answer is a hash or a refusal of Lambda', async () => {
  const sound = zip([
    { name: 'a/b', content: 'text '.repeat(50) },
    { name: 'c', content: 'x' },
  ])
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(sound.length),
      async (changes, cut) => {
        const bytes = Buffer.from(sound)
        for (const [at, value] of changes) bytes[at] = value
        for (const each of [bytes, bytes.subarray(0, cut)]) {
          try {
            assert.match(await inspectZip(each), /^[A-Za-z0-9+/]{43}=$/)
          } catch (error) {
            assert.ok(error instanceof ApiError, String(error))
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})

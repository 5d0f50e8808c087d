import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspectZip } from '../services/lambda/zip.ts'
import { type ZipEntry, zip } from './test/zip.ts'
import { BadZip, unzip } from './unzip.ts'

// Links in zips that lead out of their folder by way of each other: the server, which may be root, makes them.

const LINK = 0o120777
const link = (name: string, content: string): ZipEntry => ({ name, content, mode: LINK })

const leading: readonly (readonly [name: string, entries: readonly ZipEntry[]])[] = [
  // a/b/c is the folder itself, so d is made there and not three folders down.
  ['a link below a link', [link('a/b/c', '../..'), link('a/b/c/d', '../..'), link('d/planted', 'x')]],
  ['a link below a link to a folder', [{ name: 'lib/x', content: '' }, link('l', 'lib'), link('l/m', 'x')]],
  ['a link that comes after what lies below it', [link('l/m', 'x'), link('l', '.')]],
  ['a link that climbs from where another one leads', [link('a/b/c', '../..'), link('d', 'a/b/c/..')]],
]

for (const [name, entries] of leading) {
  test(`${name} is refused, when it is uploaded and when it is unpacked`, async () => {
    const root = mkdtempSync(join(tmpdir(), 'strongroom-links-'))
    const into = join(root, 'x', 'code')
    mkdirSync(into, { recursive: true })
    try {
      await assert.rejects(unzip(zip(entries), into), BadZip)
      assert.deepEqual(readdirSync(root), ['x'])
      assert.deepEqual(readdirSync(join(root, 'x')), ['code'])
    } finally {
      rmSync(root, { recursive: true })
    }
    await assert.rejects(inspectZip(zip(entries)), { code: 'InvalidParameterValueException' })
  })
}

test('links as package managers make them are taken', async () => {
  const entries = [
    { name: 'node_modules/pkg/cli.js', content: '' },
    link('node_modules/.bin/pkg', '../pkg/cli.js'),
    link('node_modules/other', './pkg'),
  ]
  await inspectZip(zip(entries))
  const into = mkdtempSync(join(tmpdir(), 'strongroom-links-'))
  try {
    await unzip(zip(entries), into)
    assert.deepEqual(readdirSync(join(into, 'node_modules/other')), ['cli.js'])
  } finally {
    rmSync(into, { recursive: true })
  }
})

import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Interpreters } from './interpreters.ts'

const asRoot = process.geteuid?.() === 0
/** Like the users of functions, and none of theirs: a test that runs beside this one ends all processes of those. */
const UID = 60_577

test('a Node that lies where the users of functions can not go is copied to where they can', {
  skip: !asRoot && 'the users of functions are others only where the server is root',
}, async (t) => {
  const hidden = mkdtempSync(join(tmpdir(), 'strongroom-hidden-'))
  const copies = mkdtempSync(join(tmpdir(), 'strongroom-copies-'))
  t.after(() => {
    for (const directory of [hidden, copies]) rmSync(directory, { recursive: true })
  })
  chmodSync(copies, 0o711)
  symlinkSync(process.execPath, join(hidden, 'node'))
  const interpreters = new Interpreters({ node: [join(hidden, 'none'), join(hidden, 'node')], python: [] })
  const found = await interpreters.for('nodejs24.x', UID, copies)
  assert.deepEqual(found, { kind: 'node', file: join(copies, 'node'), version: process.versions.node })
  // Others are not copied, and who runs as the server needs no copy.
  assert.equal((await interpreters.for('nodejs22.x', undefined, copies)).file, join(copies, 'node'))
  await assert.rejects(interpreters.for('python3.13', UID, copies), { name: 'SandboxUnavailable', why: 'missing' })
})

test('a Node that the user can run is taken as it is', async (t) => {
  const copies = mkdtempSync(join(tmpdir(), 'strongroom-copies-'))
  t.after(() => rmSync(copies, { recursive: true }))
  const interpreters = new Interpreters({ node: [process.execPath], python: [] })
  const found = await interpreters.for('nodejs24.x', undefined, copies)
  assert.deepEqual(found, { kind: 'node', file: process.execPath, version: process.versions.node })
  assert.equal(existsSync(join(copies, 'node')), false)
})

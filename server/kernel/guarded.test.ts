import assert from 'node:assert/strict'
import {
  chmodSync,
  closeSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Exposed, keepsEntries, readGuarded, refuseExposed } from '#kernel/guarded'

const US = 1000
const OTHER = 1001
const ROOT = 0

/** A directory of our own; what is in it is made by the test. */
function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'strongroom-guarded-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

/** A file with the text `key`. */
function file(path: string, mode = 0o600): string {
  writeFileSync(path, 'key')
  chmodSync(path, mode)
  return path
}

const read = (path: string): string => readGuarded(path, 100).toString()

test('a file is ours alone, or root’s and at the most for a group to read (systemd, Kubernetes’ fsGroup)', () => {
  const table: readonly [user: number, uid: number, mode: number, refused: RegExp | undefined][] = [
    [US, US, 0o600, undefined],
    [US, US, 0o400, undefined],
    [US, US, 0o640, /^\/k may be read or written by others\nhint: chmod 600 \/k$/],
    [US, US, 0o602, /by others/],
    [US, ROOT, 0o440, undefined],
    [US, ROOT, 0o640, undefined],
    [US, ROOT, 0o660, /^\/k may be read or written by others\nhint: chmod 640 \/k$/],
    [US, ROOT, 0o444, /by others/],
    [ROOT, ROOT, 0o600, undefined],
    [ROOT, ROOT, 0o640, /by others/],
    [US, OTHER, 0o600, /^\/k belongs to another user, who may read and change it\nhint: chown it/],
    [ROOT, OTHER, 0o600, /belongs to another user/],
  ]
  for (const [user, uid, mode, refused] of table) {
    const check = () => refuseExposed('/k', { uid, mode: 0o100000 | mode }, user)
    if (refused === undefined) check()
    else assert.throws(check, { name: 'Exposed', message: refused }, `${user} ${uid} ${mode.toString(8)}`)
  }
})

test('a directory keeps its links when others may not write in it, or only what is their own', () => {
  const table: readonly [user: number, uid: number, mode: number, keeps: boolean][] = [
    [US, US, 0o755, true],
    [US, ROOT, 0o755, true],
    [US, ROOT, 0o1777, true],
    [US, ROOT, 0o3777, true],
    [US, US, 0o775, false],
    [US, ROOT, 0o777, false],
    [US, OTHER, 0o755, false],
    [US, OTHER, 0o1777, false],
    [ROOT, US, 0o755, false],
  ]
  for (const [user, uid, mode, keeps] of table)
    assert.equal(keepsEntries({ uid, mode }, user), keeps, `${user} ${uid} ${mode.toString(8)}`)
})

test('a link that others could swap is refused, the last one of a path and any other', (t) => {
  const home = folder(t)
  const open = join(home, 'open')
  mkdirSync(join(home, 'keys'))
  mkdirSync(open)
  chmodSync(open, 0o777)
  const real = file(join(home, 'keys', 'seal.key'))
  symlinkSync(real, join(open, 'link'))
  symlinkSync(join(home, 'keys'), join(open, 'folder'))
  symlinkSync(join(open, 'link'), join(home, 'far'))
  for (const path of [join(open, 'link'), join(open, 'folder', 'seal.key'), join(home, 'far')])
    assert.throws(() => read(path), {
      name: 'Exposed',
      message: new RegExp(
        `^${path} is reached by the link ${open}/(link|folder), which others can change\nhint: name `,
      ),
    })
  chmodSync(open, 0o755)
  for (const path of [join(open, 'link'), join(open, 'folder', 'seal.key'), join(home, 'far')])
    assert.equal(read(path), 'key')
  if (process.geteuid?.() !== ROOT) return t.diagnostic('not root: a link that belongs to another user was not tried')
  lchownSync(join(open, 'link'), OTHER, OTHER)
  assert.throws(() => read(join(open, 'link')), Exposed)
})

test('a volume of Kubernetes: links in a sticky directory that everybody may write in', (t) => {
  const volume = folder(t)
  chmodSync(volume, 0o1777)
  mkdirSync(join(volume, '..2026_11_22'))
  file(join(volume, '..2026_11_22', 'seal.key'), 0o400)
  symlinkSync('..2026_11_22', join(volume, '..data'))
  symlinkSync('..data/seal.key', join(volume, 'seal.key'))
  assert.equal(read(join(volume, 'seal.key')), 'key')
  chmodSync(join(volume, '..2026_11_22', 'seal.key'), 0o644)
  assert.throws(() => read(join(volume, 'seal.key')), Exposed)
})

test('links that lead in a circle, to nothing or through a file end in the error of the system', (t) => {
  const home = folder(t)
  symlinkSync('b', join(home, 'a'))
  symlinkSync('a', join(home, 'b'))
  symlinkSync('none', join(home, 'c'))
  file(join(home, 'd'))
  assert.throws(() => read(join(home, 'a')), { code: 'ELOOP' })
  assert.throws(() => read(join(home, 'c')), { code: 'ENOENT' })
  assert.throws(() => read(join(home, 'd', 'e')), { code: 'ENOTDIR' })
})

test('an open file is read by its name in /dev/fd, and no more than was asked for', (t) => {
  const path = file(join(folder(t), 'phrase'))
  const descriptor = openSync(path, 'r')
  t.after(() => closeSync(descriptor))
  assert.equal(readGuarded(`/dev/fd/${descriptor}`, 2).toString(), 'ke')
  chmodSync(path, 0o644)
  assert.throws(() => readGuarded(`/dev/fd/${descriptor}`, 2), Exposed)
})

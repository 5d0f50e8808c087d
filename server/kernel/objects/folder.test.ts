import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { SettableClock } from '#kernel/clock'
import { folderOf } from '#kernel/objects/folder'
import { memoryObjects } from '#kernel/objects/memory'
import { byBytes, isBucket, isPath, type ObjectRefused, type Objects } from '#kernel/objects/objects'

const ABOUT = { contentType: 'application/json', contentEncoding: 'gzip', metadata: { signature: 'ab12' } }

function root(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'strongroom-objects-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

async function keysOf(objects: Objects, prefix = '', after = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of objects.walk('bucket', prefix, after)) keys.push(key)
  return keys
}

for (const [name, open] of [
  ['folder', (t: TestContext) => folderOf(root(t))],
  ['memory', () => memoryObjects(new SettableClock(0))],
] as const) {
  test(`${name}: what was put is read again, replaced whole, and removed`, async (t) => {
    const objects = open(t)
    await objects.put('bucket', 'a/b.gz', Buffer.from('one'), ABOUT)
    await objects.put('bucket', 'a/b.gz', Buffer.from('second'), ABOUT)
    const read = await objects.read('bucket', 'a/b.gz')
    assert.equal(read?.body.toString(), 'second')
    const { modifiedAt, ...found } = read?.found ?? {}
    assert.deepEqual(found, { key: 'a/b.gz', sizeBytes: 6, etag: 'a9f0e61a137d86aa9db53465e0801612', ...ABOUT })
    assert.equal(typeof modifiedAt, 'number')
    await objects.remove('bucket', 'a/b.gz')
    await objects.remove('bucket', 'a/b.gz')
    assert.equal(await objects.head('bucket', 'a/b.gz'), undefined)
    assert.deepEqual(await keysOf(objects), [])
  })

  test(`${name}: keys come in the order of their bytes, whatever folders they are in`, async (t) => {
    const segment = fc.stringMatching(/^[a-c+.-]{1,3}$/).filter((each) => !each.startsWith('.') && !each.endsWith('.'))
    const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((each) => each.join('/'))
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 12 }),
        fc.nat(11),
        fc.stringMatching(/^[a-c]{0,1}$/),
        async (keys, at, prefix) => {
          const objects = open(t)
          // A name is a file or a folder, not both.
          const apart = keys.filter((each) => !keys.some((other) => other.startsWith(`${each}/`)))
          for (const each of apart) await objects.put('bucket', each, Buffer.from(each), ABOUT)
          const sorted = apart.toSorted(byBytes)
          const after = sorted[at] ?? ''
          assert.deepEqual(
            await keysOf(objects, prefix, after),
            sorted.filter((each) => each.startsWith(prefix) && byBytes(each, after) > 0),
          )
        },
      ),
      { numRuns: 10 },
    )
  })

  test(`${name}: a bucket belongs to who claimed it`, async (t) => {
    const objects = open(t)
    assert.equal(await objects.claimable('bucket', '1'), true)
    await objects.claim('bucket', '1')
    assert.deepEqual([await objects.claimable('bucket', '1'), await objects.claimable('bucket', '2')], [true, false])
  })
}

test('no key leads out of its bucket, or to what is ours in it', async (t) => {
  const place = root(t)
  const objects = folderOf(join(place, 'trails'))
  const outside = [
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    'a/./b',
    '.metadata/owner.json',
    '',
    'a\0b',
    'a\\b',
    'x'.repeat(2000),
  ]
  writeFileSync(join(place, 'x'), 'secret')
  for (const key of outside) {
    assert.equal(isPath(key), false, key)
    await assert.rejects(objects.put('bucket', key, Buffer.from('x'), ABOUT), key)
    assert.equal(await objects.read('bucket', key), undefined, key)
    await objects.remove('bucket', key)
  }
  for (const bucket of ['..', '.', 'a/b', 'Upper', 'ab', 'a..b']) {
    assert.equal(isBucket(bucket), false)
    await assert.rejects(objects.put(bucket, 'key', Buffer.from('x'), ABOUT))
    assert.equal(await objects.claimable(bucket, '1'), false)
  }
  assert.equal(readFileSync(join(place, 'x'), 'utf8'), 'secret')
  assert.deepEqual(readdirSync(place), ['x'])
})

test('links are not followed, and a folder of somebody else is no bucket', async (t) => {
  const place = root(t)
  const objects = folderOf(place)
  await objects.put('bucket', 'a', Buffer.from('x'), ABOUT)
  symlinkSync('/etc/hostname', join(place, 'bucket', 'link'))
  assert.equal(await objects.read('bucket', 'link'), undefined)
  assert.deepEqual(await keysOf(objects), ['a'])
  mkdirSync(join(place, 'theirs'))
  assert.equal(await objects.claimable('theirs', '1'), true)
  writeFileSync(join(place, 'theirs', 'file'), 'x')
  assert.equal(await objects.claimable('theirs', '1'), false)
})

test('what a crash left half written is never an object, and the next try takes its place', async (t) => {
  const place = root(t)
  const objects = folderOf(place)
  mkdirSync(join(place, 'bucket', 'day'), { recursive: true })
  const part = join(place, 'bucket', 'day', '.log.gz.part')
  writeFileSync(part, 'ha')
  assert.deepEqual(await keysOf(objects), [])
  assert.equal(await objects.read('bucket', 'day/.log.gz.part'), undefined)
  await objects.put('bucket', 'day/log.gz', Buffer.from('whole'), ABOUT)
  assert.equal(existsSync(part), false)
  assert.deepEqual(await keysOf(objects), ['day/log.gz'])
})

test('a full disk leaves no half file and is told without a path; so is a read-only one (ENOSPC, EROFS)', async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'strongroom-objects-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', place])
  t.after(() => {
    spawnSync('umount', ['-l', place])
    rmSync(place, { recursive: true, force: true })
  })
  if (mounted.status !== 0) {
    t.skip(`no file system can be mounted here: ${String(mounted.stderr ?? mounted.error).trim()}`)
    return
  }
  const objects = folderOf(place)
  const refused = (code: string) => (error: ObjectRefused) => error.code === code && !error.message.includes(place)
  await assert.rejects(objects.put('bucket', 'large', Buffer.alloc(1 << 20), ABOUT), refused('DiskFull'))
  assert.deepEqual(await keysOf(objects), [])
  await objects.put('bucket', 'small', Buffer.from('x'), ABOUT)
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', place]).status, 0)
  await assert.rejects(objects.put('bucket', 'other', Buffer.from('x'), ABOUT), refused('ReadOnly'))
  assert.deepEqual(await keysOf(objects), ['small'])
})

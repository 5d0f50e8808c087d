import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeptPages } from './kept-pages.ts'

const cell = { account: '111122223333', region: 'us-east-1' }
const page = (text: string) => ({ text, keys: ['a/b/1'], token: undefined, until: Number.POSITIVE_INFINITY })

test('a change takes out the pages of every path above, and no other', () => {
  const pages = new KeptPages()
  for (const path of ['', 'a', 'a/b', 'a/b/1', 'a/bc', 'c']) pages.keep(cell, path, 'q', page(path))
  pages.keep(cell, 'a', 'other', page('a'))
  pages.keep({ ...cell, account: '444455556666' }, 'a', 'q', page('theirs'))
  pages.changed(cell, 'a/b/1')
  const found = (path: string, question = 'q') => pages.find(cell, path, question)?.text
  assert.deepEqual(
    ['', 'a', 'a/b'].map((path) => found(path)),
    [undefined, undefined, undefined],
  )
  assert.equal(found('a', 'other'), undefined)
  assert.deepEqual(
    ['a/b/1', 'a/bc', 'c'].map((path) => found(path)),
    ['a/b/1', 'a/bc', 'c'],
  )
  assert.equal(pages.find({ ...cell, account: '444455556666' }, 'a', 'q')?.text, 'theirs')
  pages.clear()
  assert.equal(found('c'), undefined)
})

test('pages take no more room than they may; the oldest go first, and one that is too large is not kept', () => {
  const pages = new KeptPages(10_000)
  for (let n = 0; n < 50; n++) pages.keep(cell, `p${n}`, 'q', page('x'.repeat(1000)))
  const kept = Array.from({ length: 50 }, (_, n) => n).filter((n) => pages.find(cell, `p${n}`, 'q') !== undefined)
  assert.deepEqual(kept, [44, 45, 46, 47, 48, 49])
  // Whoever asks for paths where nothing is takes room by their names.
  const long = (n: number) => `${n}/${'x'.repeat(2000)}`
  for (let n = 0; n < 50; n++) pages.keep(cell, long(n), 'q', page(''))
  assert.equal(Array.from({ length: 50 }, (_, n) => n).filter((n) => pages.find(cell, long(n), 'q')).length, 4)
  for (let n = 0; n < 50; n++) pages.keep(cell, `p${n}`, 'q', page('x'.repeat(1000)))
  pages.keep(cell, 'large', 'q', page('x'.repeat(10_000)))
  assert.equal(pages.find(cell, 'large', 'q'), undefined)
  // A page that is kept anew takes no second place.
  for (let n = 0; n < 50; n++) pages.keep(cell, 'p49', 'q', page('x'.repeat(1000)))
  assert.ok(pages.find(cell, 'p45', 'q'))
})

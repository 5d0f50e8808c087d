import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tree } from './tree.ts'

function drawn(names: readonly string[], depth?: number): string {
  let text = ''
  const tree = new Tree((line) => {
    text += line
  }, depth)
  for (const name of [...names].sort()) tree.add(name)
  tree.end()
  return text
}

test('names become folders by their slashes', () => {
  assert.equal(
    drawn(['prod/db/main', 'prod/db/copy', 'prod/api', 'plain', 'prod-x']),
    `plain
prod-x
prod/
  api
  db/
    copy
    main
`,
  )
})

test('odd names lose nothing: a slash at the beginning, at the end, two together; a secret named as a folder', () => {
  assert.equal(
    drawn(['/a', 'b', 'b/', 'b//c', 'b/d']),
    `/
  a
b
b/
  
  /
    c
  d
`,
  )
})

test('what lies deeper than --depth is counted', () => {
  const names = ['a', 'p/1', 'p/q/2', 'p/q/3', 'p/r/s/4', 'q/5', 'z']
  assert.equal(drawn(names, 1), 'a\np/  (4 secrets)\nq/  (1 secret)\nz\n')
  assert.equal(drawn(names, 2), 'a\np/\n  1\n  q/  (2 secrets)\n  r/  (1 secret)\nq/\n  5\nz\n')
})

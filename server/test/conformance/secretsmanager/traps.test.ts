import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

/** Every trap of secretsmanager.md 18 is named by a test of this folder: `trap 7: …`. */

const TRAPS = 56

test(`the ${TRAPS} traps of the specification are named by tests, each by one`, () => {
  const named = new Map<number, string[]>()
  for (const file of readdirSync(import.meta.dirname).filter((name) => /^traps-.*\.test\.ts$/.test(name))) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8')
    for (const [, number] of text.matchAll(/\btest\(\s*['"`]trap (\d+): /g)) {
      named.set(Number(number), [...(named.get(Number(number)) ?? []), file])
    }
  }
  const all = Array.from({ length: TRAPS }, (_, at) => at + 1)
  assert.deepEqual(
    all.filter((trap) => named.get(trap) === undefined),
    [],
    'traps without a test',
  )
  assert.deepEqual(
    [...named.keys()].filter((trap) => !all.includes(trap)),
    [],
    'no such traps',
  )
})

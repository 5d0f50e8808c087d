import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'

/** The test runner of the repository, over small files that pass, fail, skip, crash and hold nothing. */

function npmTest(names: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const files = names.map((name) => `scripts/fixtures/runner/${name}`)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(import.meta.dirname, 'test.ts'), ...files],
    {
      encoding: 'utf8',
      env,
    },
  )
  return { status, output: stdout + stderr, last: stdout.trimEnd().split('\n').at(-1) }
}

test('the closing line counts tests, not suites', () => {
  const { status, last } = npmTest(['passes.test.ts'])
  assert.deepEqual([status, last], [0, '2 passed, 0 failed'])
})

test('a failure is named with what is around it, and its reason is shown', () => {
  const { status, last, output } = npmTest(['fails.test.ts', 'passes.test.ts'])
  assert.deepEqual([status, last], [1, '3 passed, 1 failed'])
  assert.match(output, /✖ outer › inner\n[^✖]*AssertionError/)
  assert.match(output, /1 failed:\n {2}scripts\/fixtures\/runner\/fails\.test\.ts: outer › inner\n {4}\S.*\n/)
})

test('a skipped test says why; with CI=true it is a failure', () => {
  const { status, last, output } = npmTest(['skips.test.ts'])
  assert.deepEqual([status, last], [0, '1 passed, 0 failed, 1 skipped'])
  assert.match(output, /skipped: needs a program: there is no such program here\n/)
  const inCi = npmTest(['skips.test.ts'], { CI: 'true' })
  assert.deepEqual([inCi.status, inCi.last], [1, '1 passed, 1 failed'])
})

test('a file whose process dies, and one without tests, count as failed', () => {
  const { status, last, output } = npmTest(['crashes.test.ts', 'empty.test.ts'])
  assert.deepEqual([status, last], [1, '0 passed, 2 failed'])
  assert.match(output, /its process ended with exit code 3/)
  assert.match(output, /holds no test/)
})

test('a name that is not there is refused', () => {
  const { status, output } = npmTest(['nothing.test.ts'])
  assert.equal(status, 2)
  assert.match(output, /there is no scripts\/fixtures\/runner\/nothing\.test\.ts here\nhint: npm test, /)
})

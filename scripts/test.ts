/**
 * `npm test`: every test of every workspace with Node's own runner, then one closing line `N passed, N failed, N skipped`.
 * Arguments are files or folders to run instead of all. Exit code 0 only when tests ran and none failed.
 */
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { globSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'

const root = dirname(import.meta.dirname)
const wanted = process.argv.slice(2)
const filter = (path: string) => !path.includes('node_modules')
const files =
  wanted.length === 0
    ? globSync('{server,cli,scripts}/**/*.test.ts', { cwd: root }).filter(filter)
    : wanted.flatMap((path) =>
        statSync(resolve(root, path)).isDirectory() ? globSync(`${path}/**/*.test.ts`, { cwd: root }) : [path],
      )

let passed = 0
let failed = 0
let skipped = 0
const stream = run({ files: files.sort().map((file) => resolve(root, file)), concurrency: availableParallelism() })
stream.on('test:pass', (event) => {
  if (event.details.type === 'suite') return
  if (event.skip !== undefined) {
    skipped += 1
    const reason = typeof event.skip === 'string' ? event.skip : 'no reason given'
    process.stdout.write(`skipped: ${event.name}: ${reason}\n`)
  } else passed += 1
})
stream.on('test:fail', (event) => {
  if (event.details.type !== 'suite') failed += 1
})
stream.on('end', () => {
  if (process.env['CI'] === 'true' && skipped > 0) {
    process.stdout.write(`in CI a test that cannot run is a failure: ${skipped} skipped\n`)
    process.exitCode = 1
  }
  if (failed > 0 || passed === 0) process.exitCode = 1
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
})
const report = stream.compose(spec)
report.pipe(process.stdout, { end: false })

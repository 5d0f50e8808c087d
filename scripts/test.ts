/**
 * `npm test`: every test of every workspace with Node's own runner, one line for each file, then one closing line
 * `N passed, N failed` (and `, N skipped`). Arguments are files or folders to run instead of all. Exit code 0 only when
 * tests ran and none failed; with `CI=true` a test that is skipped counts as failed.
 */
import { run } from 'node:test'
import { existsSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'

/** A single test may take so long, and a file with all of its tests: a file that hangs is ended and counts as failed. */
const TEST_MS = 120_000
const FILE_MS = 240_000
/** Of the reason of a failure, in the list at the end: who sees only the end of a log learns what went wrong. */
const REASON_LINES = 12

const root = path.dirname(import.meta.dirname)
const ci = process.env.CI === 'true'
const began = performance.now()
const total = { passed: 0, failed: 0, skipped: 0 }
const failures: string[] = []
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

// Each file is a process of its own, and half of the time of most is the loading of the same modules: compiled once for all of them.
const compiled = mkdtempSync(path.join(tmpdir(), 'strongroom-compiled-'))
process.env.NODE_COMPILE_CACHE ??= compiled
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }))

const files = wanted(process.argv.slice(2))
const queue = [...files]
await Promise.all(Array.from({ length: Math.min(availableParallelism(), files.length) }, work))

if (failures.length > 0) process.stdout.write(`\n${failures.length} failed:\n${failures.join('')}`)
const seconds = Math.round((performance.now() - began) / 1000)
process.stdout.write(`\n${files.length} files in ${seconds} s\n`)
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`)
process.exit(total.failed > 0 || total.passed === 0 || stop.signal.aborted ? 1 : 0)

/** Takes files from the queue until it is empty. */
async function work(): Promise<void> {
  for (let file = queue.shift(); file !== undefined && !stop.signal.aborted; file = queue.shift()) await runFile(file)
}

/** Runs one file in a process of its own and prints how it went. */
async function runFile(file: string): Promise<void> {
  const start = performance.now()
  const count = { passed: 0, failed: 0, skipped: 0 }
  const notes: string[] = []
  const said: string[] = []
  const fail = (name: string, why: string) => {
    count.failed += 1
    notes.push(`  ✖ ${name}\n${indented(why)}\n`)
    failures.push(`  ${file}: ${name}\n${indented(why.split('\n').slice(0, REASON_LINES).join('\n'))}\n`)
  }

  const deadline = AbortSignal.timeout(FILE_MS)
  const stream = run({
    files: [path.join(root, file)],
    concurrency: 1,
    timeout: TEST_MS,
    signal: AbortSignal.any([deadline, stop.signal]),
  })
  /** Names of the tests around the one that is reported, by depth. */
  const around: string[] = []
  stream.on('test:start', ({ name, nesting }) => void around.splice(nesting, Infinity, name))
  const fullName = (name: string, nesting: number) => [...around.slice(0, nesting), name].join(' › ')
  stream.on('test:pass', ({ name, nesting, skip, todo, details }) => {
    if (details.type === 'suite' && skip === undefined) return
    // Node reports a file without tests as one that passed.
    if (name === path.join(root, file)) return fail('the file', 'holds no test')
    const left = skip ?? todo
    if (left === undefined) {
      count.passed += 1
      return
    }
    const reason = typeof left === 'string' && left !== '' ? left : 'no reason given'
    if (ci) return fail(fullName(name, nesting), `skipped, which in CI is a failure: ${reason}`)
    count.skipped += 1
    notes.push(`  skipped: ${fullName(name, nesting)}: ${reason}\n`)
  })
  stream.on('test:fail', ({ name, nesting, details }) => {
    const error = details.error as Failed
    // Such a test or suite only carries on what is reported already.
    if (error.failureType === 'subtestsFailed') return
    const whole = name === path.join(root, file)
    const why = deadline.aborted ? `did not end within ${FILE_MS / 1000} s` : reasonOf(error)
    fail(whole ? 'the file' : fullName(name, nesting), why)
  })
  stream.on('test:stdout', ({ message }) => void said.push(message))
  stream.on('test:stderr', ({ message }) => void said.push(message))
  const ended = Promise.withResolvers<void>()
  stream.on('end', ended.resolve)
  stream.on('error', (error) => {
    fail('the file', inspect(error))
    ended.resolve()
  })
  stream.resume()
  await ended.promise
  if (deadline.aborted && count.failed === 0) fail('the file', `did not end within ${FILE_MS / 1000} s`)
  if (count.passed + count.failed + count.skipped === 0) fail('the file', 'ran no test')

  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
  const took = ((performance.now() - start) / 1000).toFixed(1).padStart(5)
  process.stdout.write(`${count.failed > 0 ? '✖' : '✔'} ${took} s ${String(count.passed).padStart(4)} ${file}\n`)
  process.stdout.write(notes.join(''))
  if (count.failed > 0 && said.length > 0) process.stdout.write(`  it wrote:\n${indented(said.join(''))}\n`)
}

/** What Node's runner tells of a failure: of a test its own error as the cause, of a file how its process ended. */
type Failed = Error & { readonly failureType?: string; readonly exitCode?: number | null; readonly signal?: string }

function reasonOf(error: Failed): string {
  if (error.exitCode !== undefined) return `its process ended with ${error.signal ?? `exit code ${error.exitCode}`}`
  const cause = error.cause ?? error
  return typeof cause === 'string' ? cause : inspect(cause)
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ')
}

/** The files to run, relative to the root; those that need a whole server first, since they take longest. */
function wanted(names: readonly string[]): string[] {
  const all = names.length === 0 ? ['server', 'cli', 'scripts', 'examples'] : names.map(found)
  const list = all.flatMap((name) =>
    statSync(path.join(root, name)).isDirectory() ? globSync(`${name}/**/*.test.ts`, { cwd: root }) : [name],
  )
  const own = [...new Set(list.map((file) => path.normalize(file)))].filter(
    (file) => names.includes(file) || !/node_modules|\/fixtures\//.test(file),
  )
  const whole = (file: string) => /(^|\/)test\/|^(scripts|examples)\//.test(file)
  return own.sort((a, b) => Number(whole(b)) - Number(whole(a)) || (a < b ? -1 : 1))
}

/** A file or folder as a person names it: from the root, or from where the command was given. */
function found(name: string): string {
  const places = [root, process.env.INIT_CWD ?? process.cwd()]
  for (const place of places) {
    const full = path.resolve(place, name)
    if (existsSync(full) && full.startsWith(root)) return path.relative(root, full) || '.'
  }
  process.stderr.write(`there is no ${name} here\nhint: npm test, npm test server/kernel, npm test cli/serve.test.ts\n`)
  process.exit(2)
}

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { node, rig, runnable } from '../test/rig.ts'

// One pool for all: functions differ by their names.
const world = rig()
after(() => world[Symbol.asyncDispose]())
let count = 0
const own = () => ({ name: `node-${++count}`, revision: String(count) })

const outcomes: readonly (readonly [what: string, source: string, expected: unknown])[] = [
  ['a promise', 'export const handler = async () => ({ a: 1 })', { a: 1 }],
  ['nothing: null', 'export const handler = async () => {}', null],
  ['a callback', 'export const handler = (event, context, done) => setTimeout(() => done(null, "late"), 5)', 'late'],
  [
    'a callback, when nothing is left to do',
    'export const handler = (event, context, done) => { globalThis.n = 0; done(null, "x"); setTimeout(() => console.log("after"), 5) }',
    'x',
  ],
  [
    'no promise and no callback: null, when nothing is left to do',
    'export const handler = () => { setTimeout(() => {}, 5) }',
    null,
  ],
  [
    'a callback that need not wait',
    'export const handler = (event, context, done) => { context.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1000); done(null, 7) }',
    7,
  ],
  ['context.succeed', 'export const handler = (event, context) => context.succeed("s")', 's'],
  ['a handler in an object', 'export const inner = { handler: async () => "nested" }', 'nested'],
]
for (const [what, source, expected] of outcomes) {
  test(`a Node function answers by ${what}`, async () => {
    const handler = source.includes('inner') ? { handler: 'index.inner.handler' } : {}
    const { answer, functionError } = await world.invoke(node(source, { ...own(), ...handler }))
    assert.deepEqual([functionError, answer], [undefined, expected])
  })
}

// Source of types and texts: rotation.md 14.2, and Lambda's documentation of Node errors.
const failures: readonly (readonly [files: Record<string, string>, handler: string, type: string, text: RegExp])[] = [
  [{ 'index.js': 'exports.handler = async () => { throw new TypeError("no") }' }, 'index.handler', 'TypeError', /^no$/],
  [
    { 'index.js': 'exports.handler = (e, c, done) => done(new RangeError("cb"))' },
    'index.handler',
    'RangeError',
    /^cb$/,
  ],
  [{ 'index.js': 'exports.handler = async () => { throw "text" }' }, 'index.handler', 'string', /^text$/],
  [
    { 'index.js': 'exports.other = 1' },
    'index.handler',
    'Runtime.HandlerNotFound',
    /^index.handler is undefined or not exported$/,
  ],
  [
    { 'index.js': 'exports.handler = 1' },
    'index.handler',
    'Runtime.HandlerNotFound',
    /^index.handler is not a function$/,
  ],
  [{ 'other.js': '' }, 'index.handler', 'Runtime.ImportModuleError', /^Error: Cannot find module 'index'/],
  [
    { 'index.js': 'require("nowhere")' },
    'index.handler',
    'Runtime.ImportModuleError',
    /^Error: Cannot find module 'nowhere'/,
  ],
  [{ 'index.mjs': 'import "nowhere"' }, 'index.handler', 'Runtime.ImportModuleError', /Cannot find package 'nowhere'/],
  [{ 'index.js': 'exports.handler = (' }, 'index.handler', 'Runtime.UserCodeSyntaxError', /^SyntaxError: /],
  [{ 'index.js': '' }, 'index', 'Runtime.MalformedHandlerName', /^Bad handler$/],
  [{ 'index.js': '' }, '../index.handler', 'Runtime.MalformedHandlerName', /is not a valid handler name/],
  [{ 'index.js': 'throw new Error("at start")' }, 'index.handler', 'Error', /^at start$/],
  [
    {
      'index.js':
        'exports.handler = async () => { Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r, 1000)) }',
    },
    'index.handler',
    'Runtime.UnhandledPromiseRejection',
    /^Error: lost$/,
  ],
  [
    {
      'index.js':
        'exports.handler = async () => { setTimeout(() => { throw new EvalError("thrown") }, 1); await new Promise((r) => setTimeout(r, 1000)) }',
    },
    'index.handler',
    'EvalError',
    /^thrown$/,
  ],
  [
    { 'index.js': 'exports.handler = () => new Promise(() => {})' },
    'index.handler',
    'Runtime.NodeJsExit',
    /Promise that was never settled/,
  ],
  [
    { 'index.js': 'exports.handler = async () => { const a = {}; a.a = a; return a }' },
    'index.handler',
    'Error',
    /^Unable to stringify response body$/,
  ],
]
for (const [files, handler, type, text] of failures) {
  test(`a Node function that fails is told as ${type}: ${text.source}`, async () => {
    const { answer, functionError } = await world.invoke(runnable(files, { handler, ...own() }))
    assert.equal(functionError, 'Unhandled')
    assert.equal(answer.errorType, type)
    assert.match(answer.errorMessage, text)
    assert.ok(Array.isArray(answer.trace))
  })
}

test('a Node function that ends its process is told by its exit status', async () => {
  const exits = node('export const handler = async () => process.exit(7)', own())
  const requestId = '00000000-0000-4000-8000-000000000001'
  assert.deepEqual((await world.invoke(exits, {}, { requestId })).answer, {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 7`,
  })
  const quiet = node('export const handler = async () => process.exit(0)', own())
  assert.match((await world.invoke(quiet)).answer.errorMessage, /Runtime exited without providing a reason$/)
})

test('Node finds a handler where Lambda does', async () => {
  const found = async (files: Record<string, string>, handler: string) =>
    (await world.invoke(runnable(files, { handler, ...own() }))).answer
  assert.equal(await found({ 'src/deep/fn.js': 'exports.go = async () => "deep"' }, 'src/deep/fn.go'), 'deep')
  assert.equal(
    await found({ 'fn.js': 'export const go = async () => "esm"', 'package.json': '{"type":"module"}' }, 'fn.go'),
    'esm',
  )
  assert.equal(await found({ 'fn.cjs': 'exports.go = async () => "cjs"' }, 'fn.go'), 'cjs')
  assert.equal(await found({ 'node_modules/lib/index.js': 'exports.go = async () => "lib"' }, 'lib.go'), 'lib')
  assert.equal(await found({ 'fn.mjs': 'export default { go: async () => "default" }' }, 'fn.go'), 'default')
})

test('what a Node function prints is one line of the log, with time, request and level', async () => {
  const requestId = '00000000-0000-4000-8000-000000000002'
  const { tail } = await world.invoke(
    node(
      'console.log("at start"); export const handler = async () => { console.error("two\\nlines", { a: 1 }); process.stdout.write("raw\\n") }',
      own(),
    ),
    {},
    { requestId },
  )
  const lines = tail.split('\n')
  assert.match(
    lines[0] as string,
    /^INIT_START Runtime Version: nodejs:24\.x\.v\d+\.\d+\.\d+\tRuntime Version ARN: arn:/,
  )
  assert.match(lines[1] as string, /^\d{4}-\d\d-\d\dT[\d:.]+Z\tundefined\tINFO\tat start$/)
  assert.equal(lines[2], `START RequestId: ${requestId} Version: $LATEST`)
  assert.match(lines[3] as string, new RegExp(`^\\S+Z\\t${requestId}\\tERROR\\ttwo\\rlines { a: 1 }$`))
  assert.deepEqual(lines.slice(4, 6), ['raw', `END RequestId: ${requestId}`])
  // Source: rotation.md 15.4.
  assert.match(
    lines[6] as string,
    new RegExp(
      `^REPORT RequestId: ${requestId}\\tDuration: [\\d.]+ ms\\tBilled Duration: \\d+ ms\\tMemory Size: 256 MB\\tMax Memory Used: \\d+ MB\\tInit Duration: [\\d.]+ ms\\t$`,
    ),
  )
})

test('a client context reaches the handler', async () => {
  const { answer } = await world.invoke(
    node('export const handler = async (event, { clientContext }) => clientContext', own()),
    {},
    { clientContext: '{"custom":{"a":"ü"}}' },
  )
  assert.deepEqual(answer, { custom: { a: 'ü' } })
})

test("an answer over 6 MB is refused in Lambda's words, and the next event is served by the same process", async () => {
  const fn = node('let n = 0; export const handler = async ({ size }) => (n++, size ? "x".repeat(size) : n)', own())
  const { answer, functionError } = await world.invoke(fn, { size: 6_291_556 })
  assert.equal(functionError, 'Unhandled')
  assert.deepEqual(answer, {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: 'Response payload size (6291558 bytes) exceeded maximum allowed payload size (6291556 bytes).',
  })
  assert.equal((await world.invoke(fn)).answer, 2)
  assert.equal((await world.invoke(fn, { size: 6_291_554 })).answer.length, 6_291_554)
})

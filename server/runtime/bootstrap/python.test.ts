import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { python, rig, runnable } from '../test/rig.ts'

const world = rig()
after(() => world[Symbol.asyncDispose]())
let count = 0
const own = () => ({ runtime: 'python3.12', name: `python-${++count}`, revision: String(count) })

// Source of types and texts: rotation.md 14.2, and Lambda's documentation of Python errors.
const failures: readonly (readonly [files: Record<string, string>, handler: string, type: string, text: RegExp])[] = [
  [{ 'main.py': 'def handler(e, c):\n  raise ValueError("no")' }, 'main.handler', 'ValueError', /^no$/],
  [{ 'main.py': 'def handler(e, c):\n  return e["missing"]' }, 'main.handler', 'KeyError', /^'missing'$/],
  [{ 'main.py': '' }, 'main.handler', 'Runtime.HandlerNotFound', /^Handler 'handler' missing on module 'main'$/],
  [
    { 'main.py': '' },
    'other.handler',
    'Runtime.ImportModuleError',
    /^Unable to import module 'other': No module named 'other'$/,
  ],
  [
    { 'main.py': 'import nowhere' },
    'main.handler',
    'Runtime.ImportModuleError',
    /^Unable to import module 'main': No module named 'nowhere'$/,
  ],
  [
    { 'main.py': 'def handler(:' },
    'main.handler',
    'Runtime.UserCodeSyntaxError',
    /^Syntax error in module 'main': invalid syntax/,
  ],
  [{ 'main.py': '' }, 'main', 'Runtime.MalformedHandlerName', /^Bad handler 'main': not enough values to unpack/],
  [
    { 'main.py': 'def handler(e, c):\n  return {1}' },
    'main.handler',
    'Runtime.MarshalError',
    /^Unable to marshal response: Object of type set is not JSON serializable$/,
  ],
  [{ 'main.py': 'raise OSError("at start")' }, 'main.handler', 'OSError', /^at start$/],
]
for (const [files, handler, type, text] of failures) {
  test(`a Python function that fails is told as ${type}: ${text.source}`, async () => {
    const { answer, functionError } = await world.invoke(runnable(files, { ...own(), handler }))
    assert.equal(functionError, 'Unhandled')
    assert.equal(answer.errorType, type)
    assert.match(answer.errorMessage, text)
    assert.ok(Array.isArray(answer.stackTrace) && typeof answer.requestId === 'string')
  })
}

test('the stack of a Python failure holds frames of the function only', async () => {
  const { answer, tail } = await world.invoke(
    python('def deep():\n  raise ValueError("x")\ndef handler(e, c):\n  deep()\n', own()),
  )
  assert.equal(answer.stackTrace.length, 2)
  assert.match(answer.stackTrace[0], /^ {2}File ".*\/main\.py", line 4, in handler\n {4}deep\(\)\n/)
  // One event of the log, its indentation as no-break spaces. Source: rotation.md 15.4.
  assert.match(
    tail,
    /^\[ERROR\] ValueError: x\rTraceback \(most recent call last\):\r\u00a0\u00a0File ".*", line 4, in handler\r\u00a0\u00a0\u00a0\u00a0deep\(\)\r/m,
  )
})

test('a Python function that ends its process is told by its exit status', async () => {
  const { answer } = await world.invoke(python('import sys\ndef handler(e, c):\n  sys.exit(3)', own()))
  assert.equal(answer.errorType, 'Runtime.ExitError')
  assert.match(answer.errorMessage, /Error: Runtime exited with error: exit status 3$/)
})

test('what a Python function prints and logs is in its log', async () => {
  const requestId = '00000000-0000-4000-8000-000000000003'
  const source =
    'import logging\nlogger = logging.getLogger()\nlogger.setLevel(logging.INFO)\ndef handler(e, c):\n  print("printed ü")\n  logger.info("rotating %s", "it")\n'
  const { tail } = await world.invoke(python(source, own()), {}, { requestId })
  assert.match(tail, /\nprinted ü\n/)
  assert.match(tail, new RegExp(`\\n\\[INFO\\]\\t\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\t${requestId}\\trotating it\\n`))
})

test('a handler in a package is found by dots and by slashes', async () => {
  const files = { 'pkg/__init__.py': '', 'pkg/fn.py': 'def go(e, c):\n  return __name__' }
  assert.equal((await world.invoke(runnable(files, { ...own(), handler: 'pkg.fn.go' }))).answer, 'pkg.fn')
  assert.equal((await world.invoke(runnable(files, { ...own(), handler: 'pkg/fn.go' }))).answer, 'pkg.fn')
})

/*
 * Runs a Node function: fetches events from the Runtime API of its sandbox and hands them to the user's handler.
 * Runs in the sandbox, not in the server. Source: rotation.md 15.1, 15.2, 15.4.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import http from 'node:http'
import { createRequire, registerHooks } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { format } from 'node:util'

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const prefix = `${process.env._STRONGROOM_SANDBOX}/2018-06-01/runtime`
// Whoever runs in this process can read it anyway; children need not inherit it.
delete process.env._STRONGROOM_SANDBOX
const root = process.env.LAMBDA_TASK_ROOT
const handlerName = process.env._HANDLER ?? ''

/** Modules are looked for in the folders above the function's, too: what others put there is not run. */
const foreign = []
for (let at = path.dirname(root); ; at = path.dirname(at)) {
  foreign.push(path.join(at, 'node_modules') + path.sep)
  if (at === path.dirname(at)) break
}
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    if (found.url.startsWith('file:')) {
      const file = fileURLToPath(found.url)
      if (foreign.some((folder) => file.startsWith(folder))) {
        throw Object.assign(new Error(`Cannot find module '${specifier}'`), { code: 'MODULE_NOT_FOUND' })
      }
    }
    return found
  },
})

// Of the user's code nothing may change what this loop works with.
const { stringify, parse } = JSON
const { exit, stdout, stderr } = process
const write = stdout.write.bind(stdout)
const now = Date.now
const { request: open } = http
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

function ask(method, tail, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = open({ host, port, method, path: prefix + tail, agent, headers }, (answer) => {
      const chunks = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }))
      answer.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** A failure that has one of Lambda's own names. */
class Fault extends Error {
  constructor(type, message, trace) {
    super(message)
    this.name = type
    if (trace !== undefined) this.stack = trace
  }
}

function told(error) {
  if (error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error && 'name' in error)) {
    const stack = String(error.stack ?? '')
    return { errorType: String(error.name ?? 'Error'), errorMessage: String(error.message), trace: stack.split('\n') }
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] }
}

const errorHeaders = (body, type) => ({
  'Content-Type': 'application/json',
  'Content-Length': Buffer.byteLength(body),
  'Lambda-Runtime-Function-Error-Type': type.replace(/[^\x20-\x7e]/g, '?').slice(0, 200),
})

async function report(tail, error) {
  const what = told(error)
  const body = stringify(what)
  await flushed()
  await ask('POST', tail, body, errorHeaders(body, what.errorType))
}

let requestId

/** What console prints becomes lines of the log: time, request, level, text. */
function speak(level, values) {
  const text = format(...values).replaceAll('\n', '\r')
  write(`${new Date(now()).toISOString()}\t${requestId ?? 'undefined'}\t${level}\t${text}\n`)
}
for (const [name, level] of [
  ['log', 'INFO'],
  ['info', 'INFO'],
  ['debug', 'DEBUG'],
  ['trace', 'TRACE'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
]) {
  console[name] = (...values) => speak(level, values)
}

/** Prints a failure as the service does: one line of the log. */
function lament(what, error) {
  write(`${new Date(now()).toISOString()}\t${requestId ?? 'undefined'}\tERROR\t${what}\t${stringify(told(error)).replaceAll('\n', '\r')}\n`)
}

function nearestIsModule(file) {
  for (let at = path.dirname(file); ; at = path.dirname(at)) {
    const manifest = path.join(at, 'package.json')
    if (existsSync(manifest)) {
      try {
        return parse(readFileSync(manifest, 'utf8')).type === 'module'
      } catch {
        return false
      }
    }
    if (at === root || at === path.dirname(at)) return false
  }
}

const isFile = (file) => {
  try {
    return statSync(file).isFile()
  } catch {
    return false
  }
}

async function load(modulePath) {
  const require = createRequire(path.join(root, 'noop.js'))
  const full = path.resolve(root, modulePath)
  if (isFile(full)) return require(full)
  if (isFile(`${full}.js`)) {
    return nearestIsModule(`${full}.js`) ? import(pathToFileURL(`${full}.js`).href) : require(`${full}.js`)
  }
  if (isFile(`${full}.mjs`)) return import(pathToFileURL(`${full}.mjs`).href)
  if (isFile(`${full}.cjs`)) return require(`${full}.cjs`)
  return require(require.resolve(modulePath, { paths: [root] }))
}

/** Source of the texts: the published runtime interface client, as its users see them. */
async function findHandler() {
  if (handlerName.includes('..')) {
    throw new Fault(
      'Runtime.MalformedHandlerName',
      `'${handlerName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    )
  }
  const base = path.basename(handlerName)
  const dot = base.indexOf('.')
  if (dot < 0) throw new Fault('Runtime.MalformedHandlerName', 'Bad handler')
  const modulePath = handlerName.slice(0, handlerName.length - base.length) + base.slice(0, dot)
  let loaded
  try {
    loaded = await load(modulePath)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault('Runtime.UserCodeSyntaxError', String(error), error.stack)
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw new Fault('Runtime.ImportModuleError', String(error), error.stack)
    }
    throw error
  }
  const names = base.slice(dot + 1).split('.')
  // Node gives what a CommonJS module exports as `default`, too.
  const found = names.reduce((inner, name) => inner?.[name], loaded) ?? names.reduce((inner, name) => inner?.[name], loaded.default)
  if (found === undefined || found === null) {
    throw new Fault('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`)
  }
  if (typeof found !== 'function') throw new Fault('Runtime.HandlerNotFound', `${handlerName} is not a function`)
  return found
}

/** The end of the event that runs: set while a handler is at work. */
let pending

process.on('uncaughtException', async (error) => {
  lament('Uncaught Exception', error)
  await last(error)
  exit(129)
})
process.on('unhandledRejection', async (reason) => {
  const error = new Fault(
    'Runtime.UnhandledPromiseRejection',
    reason instanceof Error ? String(reason) : String(reason),
    reason instanceof Error ? reason.stack : undefined,
  )
  lament('Unhandled Promise Rejection', error)
  await last(error)
  exit(128)
})

/** Reports what ends this process. */
async function last(error) {
  try {
    if (initialised) {
      if (requestId !== undefined) await report(`/invocation/${requestId}/error`, error)
    } else await report('/init/error', error)
  } catch {
    // The server is gone: nobody is left to be told.
  }
}

let initialised = false

process.on('beforeExit', () => pending?.exhausted())

const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#process_exit_codes'

/** Calls the handler; answers `{ value }` or `{ error }`. */
function run(handler, event, context, deadline) {
  const { promise, resolve } = Promise.withResolvers()
  let over = false
  let early
  let waits = true
  let byCallback = true
  const settle = (outcome) => {
    if (over) return
    over = true
    pending = undefined
    resolve(outcome)
  }
  // A callback answers when nothing is left to do, unless it fails or the function says that it does not want to wait.
  const done = (error, value) => {
    if (early !== undefined || over) return
    early = error === undefined || error === null ? { value } : { error }
    if ('error' in early || !waits) settle(early)
  }
  pending = {
    exhausted() {
      if (early !== undefined) settle(early)
      else if (byCallback) settle({ value: null })
      else settle({ error: new Fault('Runtime.NodeJsExit', NEVER_SETTLED, '') })
    },
  }
  Object.defineProperty(context, 'callbackWaitsForEmptyEventLoop', {
    get: () => waits,
    set: (value) => {
      waits = Boolean(value)
      if (!waits && early !== undefined) settle(early)
    },
    enumerable: true,
  })
  context.getRemainingTimeInMillis = () => deadline - now()
  context.done = done
  context.succeed = (value) => settle({ value })
  context.fail = (error) => settle({ error: error ?? null })
  try {
    const result = handler(event, context, done)
    if (result !== null && typeof result === 'object' && typeof result.then === 'function') {
      byCallback = false
      result.then(
        (value) => settle({ value }),
        (error) => settle({ error }),
      )
    }
  } catch (error) {
    settle({ error })
  }
  return promise
}

/** Waits until what was printed is out: its reader may be slower than the function. */
async function flushed() {
  for (const stream of [stdout, stderr]) {
    if (!stream.destroyed) await new Promise((resolve) => stream.write('', () => resolve()))
  }
}

async function serveOne(handler) {
  const { status, headers, body } = await ask('GET', '/invocation/next')
  if (status !== 200) exit(1)
  requestId = headers['lambda-runtime-aws-request-id']
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? ''
  const { env } = process
  const client = headers['lambda-runtime-client-context']
  const context = {
    awsRequestId: requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    ...(client === undefined ? {} : { clientContext: parse(client) }),
  }
  let outcome
  try {
    outcome = await run(handler, parse(body.toString('utf8')), context, deadline)
  } catch (error) {
    outcome = { error }
  }
  let text
  if (!('error' in outcome)) {
    try {
      text = stringify(outcome.value === undefined ? null : outcome.value) ?? 'null'
    } catch {
      outcome = { error: new Error('Unable to stringify response body') }
    }
  }
  if ('error' in outcome) {
    lament('Invoke Error', outcome.error)
    await report(`/invocation/${requestId}/error`, outcome.error)
    if (outcome.error?.name === 'Runtime.NodeJsExit') exit(13)
    return
  }
  await flushed()
  const headersOut = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
  const answer = await ask('POST', `/invocation/${requestId}/response`, text, headersOut)
  if (answer.status !== 202 && answer.status !== 413) exit(1)
}

async function main() {
  let handler
  try {
    handler = await findHandler()
  } catch (error) {
    lament('Uncaught Exception', error)
    await last(error)
    exit(1)
  }
  initialised = true
  for (;;) {
    await serveOne(handler)
    requestId = undefined
  }
}

main().catch((error) => {
  stderr.write(`${error?.stack ?? error}\n`)
  exit(1)
})

import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SandboxUnavailable } from '../services/lambda/sandboxes.ts'
import { LocalSandboxes } from './sandboxes.ts'
import { node, python, rig, runnable } from './test/rig.ts'

const unavailable = (why: SandboxUnavailable['why'], message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SandboxUnavailable, String(error))
  assert.equal(error.why, why)
  assert.match(error.message, message)
  return true
}

/** Answers the number of the process and how many events it has had. */
const counting = (more = {}) =>
  node(
    'let n = 0; export const handler = async ({ waits = 0 }) => { await new Promise((r) => setTimeout(r, waits)); return [process.pid, ++n] }',
    more,
  )

test('a Node function answers an event, and sees what Lambda shows it', async () => {
  await using world = rig()
  const { answer, functionError } = await world.invoke(
    node(`export const handler = async (event, context) => ({ event, name: context.functionName, arn: context.invokedFunctionArn,
      memory: context.memoryLimitInMB, left: context.getRemainingTimeInMillis() > 1000 })`),
    { a: [1, 'ü'] },
  )
  assert.equal(functionError, undefined)
  assert.deepEqual(answer, {
    event: { a: [1, 'ü'] },
    name: 'fn',
    arn: 'arn:aws:lambda:us-east-1:111122223333:function:fn',
    memory: '256',
    left: true,
  })
})

test('a Python function answers an event', async () => {
  await using world = rig()
  const { answer, functionError } = await world.invoke(
    python(
      'def handler(event, context):\n  return {"event": event, "name": context.function_name, "left": context.get_remaining_time_in_millis() > 1000}\n',
    ),
    { a: [1, 'ü'] },
  )
  assert.deepEqual([functionError, answer], [undefined, { event: { a: [1, 'ü'] }, name: 'fn', left: true }])
})

test('a warm sandbox takes one event after the other; another event meanwhile has another one', async () => {
  await using world = rig()
  const fn = counting()
  const [[first], [second]] = (
    await Promise.all([world.invoke(fn, { waits: 50 }), world.invoke(fn, { waits: 50 })])
  ).map(({ answer }) => answer)
  assert.notEqual(first, second)
  const third = (await world.invoke(fn)).answer
  assert.ok([first, second].includes(third[0]))
  assert.equal(third[1], 2)
  assert.equal(world.sandboxes.size, 2)
  assert.equal(world.assumed, 2)
})

test('another version, function, account or region has another process', async () => {
  await using world = rig()
  const pids = new Set<number>()
  for (const more of [{}, { version: '1' }, { name: 'other' }, { account: '444455556666' }, { region: 'eu-west-1' }]) {
    pids.add((await world.invoke(counting(more))).answer[0])
  }
  assert.equal(pids.size, 5)
})

test('another revision of a function never runs in a warm sandbox of an older one', async () => {
  await using world = rig()
  assert.equal((await world.invoke(node('export const handler = async () => "old"'))).answer, 'old')
  assert.equal((await world.invoke(node('export const handler = async () => "new"', { revision: '2' }))).answer, 'new')
  while (world.sandboxes.size > 1) await new Promise(setImmediate)
})

test('a sandbox without events is closed after ten minutes', async () => {
  await using world = rig()
  await world.invoke(counting())
  world.clock.set(world.clock.now() + 599_000)
  world.sandboxes.sweep()
  assert.equal(world.sandboxes.size, 1)
  world.clock.set(world.clock.now() + 1000)
  world.sandboxes.sweep()
  while (world.sandboxes.size > 0) await new Promise(setImmediate)
})

test('a sandbox is not used any more when its credentials would end during an event', async () => {
  await using world = rig({ idleMs: 10 * 3_600_000 })
  const fn = counting({ timeoutMs: 60_000 })
  const [pid] = (await world.invoke(fn)).answer
  world.clock.set(world.clock.now() + 3_600_000 - 121_000)
  assert.equal((await world.invoke(fn)).answer[0], pid)
  world.clock.set(world.clock.now() + 2000)
  assert.notEqual((await world.invoke(fn)).answer[0], pid)
  assert.equal(world.assumed, 2)
})

test('at the cap an idle sandbox of another function gives way: the one that has waited longest', async () => {
  await using world = rig({ most: 1 })
  const [one, two, three] = ['one', 'two', 'three'].map((name) => counting({ name }))
  for (const fn of [one, two]) {
    await world.invoke(fn as ReturnType<typeof counting>)
    world.clock.set(world.clock.now() + 1000)
  }
  await world.invoke(three as ReturnType<typeof counting>)
  assert.equal(world.sandboxes.size, 2)
  assert.equal((await world.invoke(two as ReturnType<typeof counting>)).answer[1], 2)
  assert.equal((await world.invoke(one as ReturnType<typeof counting>)).answer[1], 1)
})

test('an account whose functions take all its places leaves other accounts some', async () => {
  await using world = rig({ most: 1, waitMs: 20_000 })
  const end = new AbortController()
  const endless = world.invoke(counting({ timeoutMs: 60_000 }), { waits: 60_000 }, { signal: end.signal })
  const { answer } = await world.invoke(counting({ account: '444455556666' }))
  assert.equal(answer[1], 1)
  end.abort()
  assert.equal((await endless).functionError, 'Unhandled')
})

test('events beyond the cap wait; when too many wait, or too long, the function is busy', async () => {
  await using world = rig({ most: 1, mostWaiting: 1 })
  const fn = counting()
  const first = world.invoke(fn, { waits: 300 })
  const second = world.invoke(fn)
  await assert.rejects(world.invoke(fn), unavailable('busy', /too many events wait/))
  assert.deepEqual([(await first).answer[1], (await second).answer[1]], [1, 2])
  await using short = rig({ most: 1, waitMs: 20 })
  const running = short.invoke(fn, { waits: 500 })
  await assert.rejects(short.invoke(fn), unavailable('busy', /no place became free in time/))
  await running
})

test('an event whose caller goes away ends with its process', async () => {
  await using world = rig()
  const gone = new AbortController()
  const fn = node('console.log("started"); export const handler = () => new Promise(() => setInterval(() => {}, 1000))')
  const running = world.invoke(fn, {}, { signal: gone.signal })
  while (world.sandboxes.size === 0) await new Promise(setImmediate)
  gone.abort()
  const { functionError, answer } = await running
  assert.deepEqual([functionError, answer.errorType], ['Unhandled', 'Runtime.ExitError'])
  assert.equal(world.sandboxes.size, 0)
})

test('an initialisation that takes too long begins again in the time of the event (rotation.md 15.1)', async () => {
  await using world = rig({ initMs: 200 })
  const slow = node('await new Promise((r) => setTimeout(r, 400)); export const handler = async () => "ready"', {
    timeoutMs: 5000,
  })
  assert.equal((await world.invoke(slow)).answer, 'ready')
  assert.match(world.text(), /INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: timeout/)
  const never = node('await new Promise((r) => setTimeout(r, 60_000)); export const handler = async () => 1', {
    timeoutMs: 300,
    revision: '2',
  })
  const { answer } = await world.invoke(never)
  assert.equal(answer.errorType, 'Sandbox.Timedout')
  assert.match(answer.errorMessage, /Task timed out after 0\.30 seconds$/)
})

test('a sandbox that failed is not used again', async () => {
  await using world = rig()
  const fn = node('export const handler = async ({ die }) => { if (die) process.exit(1); return process.pid }')
  const first = (await world.invoke(fn)).answer
  assert.equal((await world.invoke(fn, { die: true })).functionError, 'Unhandled')
  assert.equal(world.sandboxes.size, 0)
  assert.notEqual((await world.invoke(fn)).answer, first)
})

test('a sandbox that dies while it waits is replaced', async () => {
  await using world = rig()
  const fn = node('export const handler = async () => process.pid')
  const pid = (await world.invoke(fn)).answer
  process.kill(pid, 'SIGKILL')
  assert.notEqual((await world.invoke(fn)).answer, pid)
})

test('an error of the handler leaves the sandbox warm', async () => {
  await using world = rig()
  const fn = node('let n = 0; export const handler = async () => { if (++n === 1) throw new Error("once"); return n }')
  assert.equal((await world.invoke(fn)).functionError, 'Unhandled')
  assert.equal((await world.invoke(fn)).answer, 2)
})

test('what is missing on the machine is said: an interpreter, a runtime, the role; nothing is left of it', async () => {
  await using world = rig({ interpreters: { node: [process.execPath], python: ['/nowhere/python3'] } })
  await assert.rejects(
    world.invoke(python('')),
    unavailable(
      'missing',
      /^There is no Python 3 on this machine that .* can run \(looked for: \/nowhere\/python3\)\.$/,
    ),
  )
  await assert.rejects(
    world.invoke(node('', { runtime: 'java21' })),
    unavailable('missing', /java21 can't be run here/),
  )
  assert.equal(world.sandboxes.size, 0)
  await using alone = rig({ assumeRole: () => Promise.reject(new SandboxUnavailable('role', 'no')) })
  await assert.rejects(alone.invoke(node('')), unavailable('role', /^no$/))
})

test('code that is no zip, or leads out of its folder, is not run', async () => {
  await using world = rig()
  const broken = node('', { code: async () => Buffer.from('no zip') })
  await assert.rejects(world.invoke(broken), unavailable('missing', /can't be unpacked: it is no zip file/))
  const evil = runnable([{ name: '../evil.js', content: '' }], { revision: '2' })
  await assert.rejects(world.invoke(evil), unavailable('missing', /can't be unpacked/))
  assert.equal(world.sandboxes.size, 0)
})

test('when the server stops, what runs is ended, and what waits is given up', async () => {
  await using world = rig({ most: 1 })
  const fn = node('export const handler = () => new Promise(() => setInterval(() => {}, 1000))')
  const running = world.invoke(fn)
  while (world.sandboxes.size === 0) await new Promise(setImmediate)
  const waiting = assert.rejects(world.invoke(fn), unavailable('busy', /given up/))
  await world.sandboxes.close()
  await waiting
  assert.equal((await running).functionError, 'Unhandled')
})

test('the values of the event, of the credentials and those that the server handed out are not in the log', async () => {
  const { Secret } = await import('#kernel/values/bytes')
  const handled = new Map<string, string[]>()
  await using world = rig({
    handled: {
      watch: (key) => void handled.set(key, ['{"username":"app","password":"of-the-server"}']),
      of: (key) => handled.get(key) ?? [],
      forget: (key) => void handled.delete(key),
    },
  })
  const fn = node(
    'export const handler = async ({ a, b }) => { console.log(process.env.AWS_SECRET_ACCESS_KEY, process.env.AWS_SESSION_TOKEN, a + b, Buffer.from("app:of-the-server").toString("base64"), "app") }',
  )
  const { tail } = await world.invoke(
    fn,
    { a: 'token-of', b: '-rotation' },
    { hidden: [new Secret('token-of-rotation')] },
  )
  assert.match(tail, /INFO\t\*\*\*\* \*\*\*\* \*\*\*\* YXBwOm\*\*\*\*I= app\n/)
  assert.deepEqual([...handled.keys()], ['ASIAEXAMPLE1'])
  const failing = node('export const handler = async ({ a, b }) => { throw new Error(a + b + " or of-the-server") }', {
    revision: '2',
  })
  const failed = await world.invoke(
    failing,
    { a: 'token-of', b: '-rotation' },
    { hidden: [new Secret('token-of-rotation')] },
  )
  assert.equal(failed.answer.errorMessage, 'token-of-rotation or of-the-server')
  assert.equal(failed.hide(failed.answer.errorMessage), '**** or ****')
  await world.sandboxes.close()
  assert.equal(handled.size, 0)
})

test('a function that handled more values than are looked for has no log, and no further event', async () => {
  const handled = { watch: () => undefined, forget: () => undefined, of: () => values }
  let values = Array.from({ length: 190 }, (_, i) => `value-${i}-`)
  await using world = rig({ handled })
  const fn = node('let n = 0; export const handler = async () => { console.log("value-0-"); return ++n }')
  assert.match((await world.invoke(fn)).tail, /INFO\t\*\*\*\*\n/)
  values = Array.from({ length: 201 }, (_, i) => `value-${i}-`)
  const { tail, answer } = await world.invoke(fn)
  assert.match(tail, /\[\d+ bytes of output were withheld: the function handled too many secret values\]\n/)
  assert.doesNotMatch(world.text(), /value-/)
  assert.deepEqual([answer, (await world.invoke(fn)).answer], [2, 1])
})

test('what a server left that was killed is removed by the next one, and what still runs of it is ended', {
  skip: process.platform !== 'linux' && 'no Linux',
}, async () => {
  const { execFileSync } = await import('node:child_process')
  await using world = rig()
  const root = join(world.root, 'functions')
  const program = `
    import { rig, node } from ${JSON.stringify(join(import.meta.dirname, 'test/rig.ts'))}
    const world = rig({ root: ${JSON.stringify(root)} })
    const { answer } = await world.invoke(node("export const handler = async () => process.pid"))
    process.stdout.write(String(answer) + ' ', () => process.kill(process.pid, 'SIGKILL'))`
  let out = ''
  try {
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    })
  } catch (error) {
    out = (error as { stdout: string }).stdout
  }
  const pid = Number(out)
  assert.ok(existsSync(`/proc/${pid}`), 'the function outlived its server')
  assert.equal(readdirSync(root).length, 1)
  await world.sandboxes.clean()
  assert.ok(
    !existsSync(`/proc/${pid}`) ||
      /\) [ZX] /.test((await import('node:fs')).readFileSync(`/proc/${pid}/stat`, 'latin1')),
  )
  assert.equal(readdirSync(root).length, 1)
  assert.ok(LocalSandboxes)
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { Users } from './users.ts'
import { asRoot, node, python, rig, runnable, shell } from './test/rig.ts'

// What a function can't do to the machine, the server and other functions. What needs a user of its own says so.
const rootOnly = asRoot ? false : 'the tests do not run as root: functions have no users of their own'
const linux = process.platform === 'linux' ? false : 'no Linux'

/** Whether a process of this number runs (a zombie does not). */
function runs(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}

test("the environment of a function is what Lambda gives, what its user set, and nothing of the server's", async () => {
  await using world = rig({ endpoint: () => ({ url: 'https://secrets.example.com', ca: 'PEM' }) })
  process.env.SERVERS_OWN = 'x'
  const { answer } = await world.invoke(
    node('export const handler = async () => process.env', {
      environment: new Map([
        ['EXCLUDE_CHARACTERS', new Secret('/@')],
        ['AWS_REGION', new Secret('mars')],
        ['TZ', new Secret('Europe/Berlin')],
      ]),
    }),
  )
  // Source: rotation.md 15.3.
  assert.deepEqual(Object.keys(answer).sort(), [
    'AWS_ACCESS_KEY_ID',
    'AWS_CA_BUNDLE',
    'AWS_DEFAULT_REGION',
    'AWS_ENDPOINT_URL',
    'AWS_EXECUTION_ENV',
    'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
    'AWS_LAMBDA_FUNCTION_NAME',
    'AWS_LAMBDA_FUNCTION_VERSION',
    'AWS_LAMBDA_INITIALIZATION_TYPE',
    'AWS_LAMBDA_LOG_GROUP_NAME',
    'AWS_LAMBDA_LOG_STREAM_NAME',
    'AWS_LAMBDA_RUNTIME_API',
    'AWS_REGION',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_XRAY_CONTEXT_MISSING',
    'EXCLUDE_CHARACTERS',
    'HOME',
    'LAMBDA_RUNTIME_DIR',
    'LAMBDA_TASK_ROOT',
    'LANG',
    'LD_LIBRARY_PATH',
    'NODE_EXTRA_CA_CERTS',
    'NODE_PATH',
    'PATH',
    'SECRETS_MANAGER_ENDPOINT',
    'TMPDIR',
    'TZ',
    '_HANDLER',
    '_X_AMZN_TRACE_ID',
  ])
  assert.equal(answer.AWS_REGION, 'us-east-1')
  assert.equal(answer.TZ, 'Europe/Berlin')
  assert.equal(answer.AWS_EXECUTION_ENV, 'AWS_Lambda_nodejs24.x')
  assert.equal(answer.SECRETS_MANAGER_ENDPOINT, 'https://secrets.example.com')
  assert.equal(answer.AWS_SESSION_TOKEN, 'session-token-1')
  assert.match(answer.AWS_LAMBDA_LOG_STREAM_NAME, /^2026\/01\/02\/\[\$LATEST\][0-9a-f]{32}$/)
})

test("a function has three open files, none of the server's, and a session of its own", { skip: linux }, async () => {
  await using world = rig()
  const { answer } = await world.invoke(
    shell(`curl -sS -D "$TMPDIR/head" -o "$TMPDIR/event" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"
id=$(tr -d '\\r' < "$TMPDIR/head" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
for f in /proc/$$/fd/*; do case "$(readlink $f)" in /dev/null|socket:*|pipe:*|*/bootstrap) ;; *) odd="$odd $(readlink $f)";; esac; done
session=$(cut -d' ' -f6 /proc/$$/stat)
curl -sS -o /dev/null -X POST -d "{\\"odd\\":\\"$odd\\",\\"own\\":$([ "$session" = $$ ] && echo true || echo false)}" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"`),
  )
  assert.deepEqual(answer, { odd: '', own: true })
})

test('a function does not inherit files that the server itself inherited', { skip: linux }, () => {
  const program = `
    import { rig, node } from ${JSON.stringify(join(import.meta.dirname, 'test/rig.ts'))}
    const world = rig()
    const { answer } = await world.invoke(node("import { readlinkSync } from 'node:fs'; export const handler = async () => readlinkSync('/proc/self/fd/9')"))
    await world[Symbol.asyncDispose]()
    console.log(JSON.stringify(answer))`
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-inherited-'))
  try {
    writeFileSync(join(folder, 'secret'), 'x')
    const out = execFileSync(
      '/bin/sh',
      ['-c', `exec 9<"${folder}/secret"; exec "$0" --input-type=module -e "$1"`, process.execPath, program],
      { cwd: import.meta.dirname, encoding: 'utf8' },
    )
    assert.doesNotMatch(out, /secret/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const TRY = `
import os
def attempt(what):
  try:
    what()
    return "could"
  except OSError as error:
    return type(error).__name__
def handler(event, context):
  pid = event.get("server", 1)
  code = os.environ["LAMBDA_TASK_ROOT"]
  return {
    "uid": os.getuid(), "groups": os.getgroups(),
    "environ of the server": attempt(lambda: open("/proc/%d/environ" % pid, "rb").read()),
    "memory of the server": attempt(lambda: open("/proc/%d/mem" % pid, "rb").read(1)),
    "signal to the server": attempt(lambda: os.kill(pid, 0)),
    "write own code": attempt(lambda: open(code + "/main.py", "a")),
    "new file in code": attempt(lambda: open(code + "/other.py", "w")),
    "write runtime": attempt(lambda: open(os.environ["LAMBDA_RUNTIME_DIR"] + "/python.py", "a")),
    "scratch": attempt(lambda: open(os.environ["TMPDIR"] + "/x", "w")),
    "list other sandboxes": attempt(lambda: os.listdir(os.path.dirname(os.path.dirname(code)))),
    "file of the server": attempt(lambda: open(event["file"])),
    "code of another": attempt(lambda: open(event["other"])) if "other" in event else None,
    "memory of another": attempt(lambda: open("/proc/%d/environ" % event["pid"])) if "pid" in event else None,
    "code": code, "pid": os.getpid(),
  }
`

test('a function can neither look into the server and other functions nor change its own code', {
  skip: rootOnly,
}, async () => {
  await using world = rig()
  const file = join(world.root, 'private')
  writeFileSync(file, 'x', { mode: 0o600 })
  const first = await world.invoke(python(TRY, { name: 'first' }), { server: process.pid, file })
  const other = { other: `${first.answer.code}/main.py`, pid: first.answer.pid }
  const { answer } = await world.invoke(python(TRY, { name: 'second', account: '444455556666' }), {
    server: process.pid,
    file,
    ...other,
  })
  assert.deepEqual(
    { ...answer, uid: 0, code: '', pid: 0 },
    {
      uid: 0,
      groups: [],
      'environ of the server': 'PermissionError',
      'memory of the server': 'PermissionError',
      'signal to the server': 'PermissionError',
      'write own code': 'PermissionError',
      'new file in code': 'PermissionError',
      'write runtime': 'PermissionError',
      scratch: 'could',
      'list other sandboxes': 'PermissionError',
      'file of the server': 'PermissionError',
      'code of another': 'PermissionError',
      'memory of another': 'PermissionError',
      code: '',
      pid: 0,
    },
  )
  assert.ok(answer.uid >= 60_578 && answer.uid !== first.answer.uid)
})

test('a function that does not end in time is killed with all it started, and the next event has a new process', {
  skip: linux,
}, async () => {
  await using world = rig()
  const requestId = '00000000-0000-4000-8000-000000000004'
  const fn = python(
    `import os, signal, subprocess, time
def handler(event, context):
  if event.get("quick"): return os.getpid()
  signal.signal(signal.SIGTERM, signal.SIG_IGN)
  child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
  print("pids", os.getpid(), child.pid)
  time.sleep(1000)
`,
    { timeoutMs: 500 },
  )
  const { answer, functionError, tail } = await world.invoke(fn, {}, { requestId })
  assert.equal(functionError, 'Unhandled')
  // Source: rotation.md 14.2.
  assert.deepEqual(answer, {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.50 seconds`,
  })
  assert.match(tail, new RegExp(`Z ${requestId} Task timed out after 0\\.50 seconds\\n\\n`))
  const [, own, child] = /pids (\d+) (\d+)/.exec(tail) ?? []
  assert.ok(!runs(Number(own)) && !runs(Number(child)))
  assert.equal(world.sandboxes.size, 0)
  assert.notEqual((await world.invoke(fn, { quick: true })).answer, Number(own))
})

test('after an event nothing that it started is left, not even in a session of its own', { skip: linux }, async () => {
  await using world = rig()
  const fn = python(`import os, subprocess
def handler(event, context):
  plain = subprocess.Popen(["sleep", "1000"])
  daemon = int(subprocess.check_output(["sh", "-c", "setsid sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!'"]))
  return [os.getpid(), plain.pid, daemon]
`)
  const [own, ...children] = (await world.invoke(fn)).answer
  assert.deepEqual([runs(own), ...children.map(runs)], [true, false, false])
  assert.equal((await world.invoke(fn)).answer[0], own)
})

test('a function that takes more memory than it has is killed', { skip: linux }, async () => {
  await using world = rig()
  const source = 'def handler(event, context):\n  held = []\n  while True: held.append(b"x" * 10000000)\n'
  const { answer, functionError } = await world.invoke(python(source, { memoryMb: 128 }))
  assert.deepEqual([functionError, answer.errorType], ['Unhandled', 'Runtime.ExitError'])
  assert.match(answer.errorMessage, /Error: Runtime exited with error: signal: killed$/)
})

test('the memory of everything that a function starts counts', { skip: linux }, async () => {
  await using world = rig()
  const source = `import subprocess, sys
def handler(event, context):
  hog = "held = [b'x' * 10000000 for _ in range(6)]; input()"
  all = [subprocess.Popen([sys.executable, "-c", hog], stdin=subprocess.PIPE) for _ in range(4)]
  for one in all: one.wait()
`
  const { answer } = await world.invoke(python(source, { memoryMb: 160, timeoutMs: 20_000 }))
  assert.match(answer.errorMessage, /signal: killed$/)
})

test('a fork bomb ends at the number of processes that a function may have, and is gone after it', {
  skip: rootOnly,
}, async () => {
  const users: [number, number] = [61_100, 61_103]
  await using world = rig({ users: new Users(users) })
  const source = `import os, time
def handler(event, context):
  children = 0
  try:
    while True:
      if os.fork() == 0:
        while True:
          try: os.fork()
          except OSError: time.sleep(0.01)
      children += 1
  except OSError as error:
    return [children, type(error).__name__, os.getuid()]
`
  const { answer, functionError } = await world.invoke(python(source, { memoryMb: 1024, timeoutMs: 5000 }))
  if (functionError === undefined) {
    assert.ok(answer[0] < 128, `${answer[0]} children`)
    assert.equal(answer[1], 'BlockingIOError')
  } else assert.match(answer.errorType, /Timedout|ExitError/)
  const left = () =>
    readdirSync('/proc').filter(
      (pid) => /^\d+$/.test(pid) && runs(Number(pid)) && ownerOf(pid) >= users[0] && ownerOf(pid) <= users[1],
    )
  await world.sandboxes.close()
  // Who is killed takes a moment to be gone.
  while (left().length > 0) await new Promise(setImmediate)
})

function ownerOf(pid: string): number {
  try {
    return Number(/^Uid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
  } catch {
    return 0
  }
}

test('files of a function are bounded, also those that it leaves in the folders of everybody', {
  skip: linux,
}, async () => {
  await using world = rig()
  const large = python(
    'import os\ndef handler(e, c):\n  with open(os.environ["TMPDIR"] + "/big", "wb") as f:\n    for _ in range(3): f.write(b"x" * 1000000)\n',
    { ephemeralMb: 1, name: 'large' },
  )
  const { answer } = await world.invoke(large)
  assert.equal(answer.errorType, 'OSError')
  assert.match(answer.errorMessage, /File too large/)
  const many = python(
    `import os, time
def handler(e, c):
  for i in range(4):
    with open(os.environ["TMPDIR"] + "/" + str(i), "wb") as f: f.write(b"x" * 900000)
  time.sleep(5)
`,
    { ephemeralMb: 2, name: 'many' },
  )
  const killed = await world.invoke(many)
  assert.match(killed.answer.errorMessage, /signal: killed$/)
  assert.match(killed.tail, /larger than its 2 MB of scratch space/)
})

test('nothing of a sandbox is left on the disk when it is closed', { skip: rootOnly }, async () => {
  const world = rig()
  const mark = `strongroom-left-${process.pid}`
  const { answer } = await world.invoke(
    python(`import os
def handler(e, c):
  os.makedirs("/tmp/${mark}/deep"); open("/tmp/${mark}/deep/x", "w"); os.symlink("/etc", "/tmp/${mark}/link"); os.chmod("/tmp/${mark}/deep", 0)
  open("/dev/shm/${mark}", "w"); os.chmod(os.environ["TMPDIR"], 0)
  return os.environ["LAMBDA_TASK_ROOT"]
`),
  )
  assert.ok(existsSync(answer) && existsSync(`/tmp/${mark}`))
  await world.sandboxes.close()
  assert.deepEqual([answer, `/tmp/${mark}`, `/dev/shm/${mark}`, join(world.root, 'functions')].filter(existsSync), [])
  assert.ok(existsSync('/etc/passwd'))
  await world[Symbol.asyncDispose]()
})

test('output without end is bounded: the beginning and the end are kept', async () => {
  await using world = rig()
  const { tail } = await world.invoke(
    node(
      'export const handler = async () => { for (let i = 0; i < 40_000; i++) process.stdout.write(i + " " + "x".repeat(100) + "\\n"); process.stdout.write("the end\\n") }',
      { timeoutMs: 30_000 },
    ),
  )
  const text = world.text()
  assert.ok(text.length < 700_000, `${text.length} characters are kept`)
  assert.match(text, /\n0 xxx/)
  assert.match(text, /\n\[\d+ bytes of output were dropped\]\n/)
  assert.match(tail, /\nthe end\nEND RequestId/)
  assert.ok(Buffer.byteLength(tail) <= 4096)
})

test('what a flood left on its way is read when the event ends', async () => {
  await using world = rig()
  const flood = 'process.stdout.write("x".repeat(1000) + "\\n")'
  const source = `export const handler = async () => {
    for (let i = 0; i < 2500; i++) ${flood}
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (let i = 0; i < 200; i++) ${flood}
    process.stdout.write("the end\\n")
  }`
  for (let event = 0; event < 3; event++) {
    const { tail } = await world.invoke(node(source, { timeoutMs: 30_000 }))
    assert.match(tail, /\nthe end\nEND RequestId/)
  }
})

test('modules in folders above the function are not run', async () => {
  await using world = rig()
  const planted = join(world.root, 'node_modules', 'planted')
  mkdirSync(planted, { recursive: true })
  writeFileSync(join(planted, 'index.js'), 'module.exports = "foreign"')
  writeFileSync(join(world.root, 'package.json'), '{"type":"module"}')
  const { answer } = await world.invoke(
    runnable({
      'index.js':
        'exports.handler = async () => { try { return require("planted") } catch (error) { return error.message } }',
    }),
  )
  assert.equal(answer, "Cannot find module 'planted'")
})

test('between events a function stands still', { skip: linux }, async () => {
  await using world = rig()
  const fn = node('let n = 0; setInterval(() => n++, 1); export const handler = async () => ({ n, pid: process.pid })')
  const { pid } = (await world.invoke(fn)).answer
  // A signal takes a moment to reach all threads.
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) await new Promise(setImmediate)
  assert.equal((await world.invoke(fn)).answer.pid, pid)
})

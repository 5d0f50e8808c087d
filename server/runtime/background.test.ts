import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { asRoot, python, rig } from './test/rig.ts'
import { Users } from './users.ts'

const linux = process.platform === 'linux' ? false : 'no Linux'

test('who asks for the next event from a session of its own stands still between events, too', {
  skip: linux,
}, async () => {
  await using world = rig()
  // The child asks in the name of the function, which is why it is left alive, and counts on in another thread.
  const source = `
import os, socket, threading, time
def child(prefix):
    os.setsid()
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    def spin():
        while True:
            time.sleep(0.001)
    threading.Thread(target=spin).start()
    time.sleep(0.3)
    s = socket.create_connection((host, int(port)))
    s.sendall(("GET %s/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" % prefix).encode())
    s.recv(1)
def handler(event, context):
    import __main__
    pid = os.fork()
    if pid == 0:
        child(__main__.PREFIX)
    __main__.ask("POST", "/invocation/%s/response" % context.aws_request_id, str(pid).encode())
    time.sleep(60)
`
  const { answer: pid } = await world.invoke(python(source))
  // A signal takes a moment to reach all threads.
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) await new Promise(setImmediate)
})

test('memory that outlives its processes counts, and is given back', {
  skip: asRoot ? false : 'the tests do not run as root: functions have no users of their own',
}, async () => {
  const shared = () =>
    ['shm', 'msg', 'sem'].map((kind) => readFileSync(`/proc/sysvipc/${kind}`, 'latin1').match(/ 6113[4-5] /g)).join()
  const source = (megabytes: number) => `
import ctypes, time
libc = ctypes.CDLL(None)
def handler(event, context):
    libc.msgget(0, 0o1600)
    libc.semget(0, 1, 0o1600)
    for i in range(4):
        libc.shmget(0, ${megabytes} * 250_000, 0o1600)
    time.sleep(1)
    return "made"
`
  {
    await using world = rig({ users: new Users([61_134, 61_135]) })
    assert.equal((await world.invoke(python(source(1)))).answer, 'made')
    assert.notEqual(shared(), ',,')
    const { answer } = await world.invoke(python(source(300), { memoryMb: 128, name: 'other' }))
    assert.equal(answer.errorType, 'Runtime.ExitError')
  }
  assert.equal(shared(), ',,')
})

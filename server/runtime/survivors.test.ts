import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { asRoot, python, rig } from './test/rig.ts'
import { Users } from './users.ts'

// Functions that fight the end of their sandbox, with what the machine gives to every user.
const rootOnly = asRoot ? false : 'the tests do not run as root: functions have no users of their own'

/** Processes of these users, zombies not counted. */
function processesOf([first, last]: readonly [number, number]): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1')
      const uid = Number(/^Uid:\s*(\d+)/m.exec(status)?.[1])
      return uid >= first && uid <= last && !/^State:\s*[ZX]/m.test(status)
    } catch {
      return false
    }
  })
}

/** A process in a session of its own that does nothing but signal all others of its user, and so whoever comes to end it. */
const fighting = (signal: number) =>
  python(
    `
import os, time
def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        end = time.time() + 30
        while time.time() < end:
            try:
                os.kill(-1, ${signal})
            except OSError:
                pass
        os._exit(0)
    time.sleep(60)
`,
    { timeoutMs: 1000 },
  )

for (const [index, [name, signal]] of (
  [
    ['ends', 9],
    ['stops', 19],
  ] as const
).entries()) {
  test(`a function that ${name} every process of its user does not outlive its sandbox`, {
    skip: rootOnly,
  }, async () => {
    const range = [61_120 + index * 4, 61_123 + index * 4] as const
    await using world = rig({ users: new Users(range) })
    const { functionError } = await world.invoke(fighting(signal))
    assert.equal(functionError, 'Unhandled')
    assert.deepEqual(processesOf(range), [])
  })
}

test('files without a name count as long as they are open', { skip: rootOnly }, async () => {
  await using world = rig({ users: new Users([61_128, 61_129]) })
  const { answer } = await world.invoke(
    python(
      `
import tempfile, time
def handler(event, context):
    held = []
    for i in range(8):
        file = tempfile.TemporaryFile()
        file.write(b"x" * 10_000_000)
        file.flush()
        held.append(file)
    time.sleep(30)
    return "wrote"
`,
      { ephemeralMb: 32, timeoutMs: 25_000 },
    ),
  )
  assert.equal(answer.errorType, 'Runtime.ExitError')
})

test('more files in the folders of everybody than one command line holds are removed', { skip: rootOnly }, async () => {
  const made = mkdtempSync(join(tmpdir(), 'strongroom-many-'))
  const mark = made.slice(made.lastIndexOf('-') + 1)
  const range = [61_130, 61_131] as const
  {
    await using world = rig({ users: new Users(range) })
    const { answer } = await world.invoke(
      python(`
import os
def handler(event, context):
    for i in range(3000):
        os.close(os.open("/tmp/${mark}-" + "x" * 200 + str(i), os.O_CREAT | os.O_WRONLY))
    return "made"
`),
    )
    assert.equal(answer, 'made')
  }
  assert.deepEqual(
    readdirSync('/tmp').filter((name) => name.startsWith(`${mark}-`)),
    [],
  )
  rmSync(made, { recursive: true })
})

test('users are held by files that only root writes, as long as their process runs', { skip: rootOnly }, async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'strongroom-users-')), 'users')
  const users = () => new Users([61_140, 61_141], true, [folder])
  const first = await users().claim()
  assert.equal(first?.uid, 61_140)
  // What an abstract socket is called is anybody's to take: that takes no user away.
  const squatter = createServer().listen({ path: '\0strongroom/functions/61141' })
  const second = await users().claim()
  assert.equal(second?.uid, 61_141)
  squatter.close()
  await assert.rejects(users().claim(), /all users for functions are taken/)
  await first.release()
  assert.equal((await users().claim())?.uid, 61_140)
  // Its process ended without giving it back; and one was cut off while it wrote.
  for (const note of [JSON.stringify({ pid: 1, started: 'another time' }), '{"pid":']) {
    await second.release()
    writeFileSync(join(folder, '61141'), note)
    assert.equal((await users().take(61_141))?.uid, 61_141)
  }
  assert.deepEqual(readdirSync(folder).sort(), ['61140', '61141'])
  rmSync(join(folder, '..'), { recursive: true })
})

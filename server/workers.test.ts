import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse, Wire } from './test/http-rig.ts'
import { Program } from './test/program.ts'

const program = fileURLToPath(new URL('./test/workers-program.ts', import.meta.url))

interface Said {
  readonly pid: number
  readonly jobs: boolean
  readonly body: string
}

/** Asks on a new connection each, so that the primary hands them out in turn. */
async function ask(url: string): Promise<Said> {
  const answer = await fetch(url, { headers: { connection: 'close' } })
  return (await answer.json()) as Said
}

async function askBoth(url: string): Promise<Map<number, Said>> {
  const said = new Map<number, Said>()
  while (said.size < 2) {
    const one = await ask(url)
    said.set(one.pid, one)
  }
  return said
}

test('workers share one port, one of them runs the jobs, and metrics come from the primary', async () => {
  await using running = new Program(program)
  const url = await running.says(/^ready (.*)$/m)
  const both = [...(await askBoth(url)).values()]
  assert.deepEqual(both.map(({ jobs }) => jobs).sort(), [false, true])
  assert.equal(await (await fetch(`${url}/metrics`)).text(), 'all 2\n')
})

test('a worker that dies is replaced, and the replacement takes over the jobs', async () => {
  await using running = new Program(program)
  const url = await running.says(/^ready (.*)$/m)
  const jobber = [...(await askBoth(url)).values()].find(({ jobs }) => jobs)
  assert.ok(jobber)
  process.kill(jobber.pid, 'SIGKILL')
  await running.says(/(a worker died and is replaced)/)
  let next = await ask(url)
  while (!next.jobs || next.pid === jobber.pid) next = await ask(url)
  assert.notEqual(next.pid, jobber.pid)
})

test('SIGHUP reaches every worker, and SIGTERM lets a request in flight finish before all end with 0', async () => {
  await using running = new Program(program)
  const url = await running.says(/^ready (.*)$/m)
  running.child.kill('SIGHUP')
  await running.says(/reloaded.*\n(?:.*\n)*?(reloaded)/)
  const wire = await Wire.open(Number(new URL(url).port))
  wire.send('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')
  await wire.until(/100 Continue\r\n\r\n/)
  running.child.kill('SIGTERM')
  await running.says(/(stopping: requests in flight may finish)/)
  wire.send('work')
  const { body } = parse((await wire.end()).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''))
  assert.equal((JSON.parse(body) as Said).body, 'work')
  assert.deepEqual(await running.exited, [0, null])
})

test('workers that cannot start end the program with 1 instead of being started over and over', async () => {
  await using running = new Program(program, ['fail'])
  await running.says(/^failed (a worker could not start)$/m)
  assert.deepEqual(await running.exited, [1, null])
})

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse, Wire } from './test/http-rig.ts'

/** The fixture as a process of its own; killed at the end of the test. */
class Program {
  readonly child: ChildProcess
  output = ''
  readonly exited: Promise<unknown[]>

  constructor(...args: string[]) {
    this.child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./test/workers-program.ts', import.meta.url)), ...args],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    this.exited = once(this.child, 'exit')
    this.child.stdout?.on('data', (text: Buffer) => {
      this.output += text.toString()
    })
  }

  /** Waits for a line; answers the first group. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match[1] ?? ''
      if (this.child.exitCode !== null) throw new Error(`ended before ${pattern}: ${this.output}`)
      await Promise.race([once(this.child.stdout as NodeJS.ReadableStream, 'data'), this.exited])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }
}

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
  await using program = new Program()
  const url = await program.says(/^ready (.*)$/m)
  const both = [...(await askBoth(url)).values()]
  assert.deepEqual(both.map(({ jobs }) => jobs).sort(), [false, true])
  assert.equal(await (await fetch(`${url}/metrics`)).text(), 'all 2\n')
})

test('a worker that dies is replaced, and the replacement takes over the jobs', async () => {
  await using program = new Program()
  const url = await program.says(/^ready (.*)$/m)
  const jobber = [...(await askBoth(url)).values()].find(({ jobs }) => jobs)
  assert.ok(jobber)
  process.kill(jobber.pid, 'SIGKILL')
  await program.says(/(a worker died and is replaced)/)
  let next = await ask(url)
  while (!next.jobs || next.pid === jobber.pid) next = await ask(url)
  assert.notEqual(next.pid, jobber.pid)
})

test('SIGHUP reaches every worker, and SIGTERM lets a request in flight finish before all end with 0', async () => {
  await using program = new Program()
  const url = await program.says(/^ready (.*)$/m)
  program.child.kill('SIGHUP')
  await program.says(/reloaded.*\n(?:.*\n)*?(reloaded)/)
  const wire = await Wire.open(Number(new URL(url).port))
  wire.send('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')
  await wire.until(/100 Continue\r\n\r\n/)
  program.child.kill('SIGTERM')
  await program.says(/(stopping: requests in flight may finish)/)
  wire.send('work')
  const { body } = parse((await wire.end()).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''))
  assert.equal((JSON.parse(body) as Said).body, 'work')
  assert.deepEqual(await program.exited, [0, null])
})

test('workers that cannot start end the program with 1 instead of being started over and over', async () => {
  await using program = new Program('fail')
  await program.says(/^failed (a worker could not start)$/m)
  assert.deepEqual(await program.exited, [1, null])
})

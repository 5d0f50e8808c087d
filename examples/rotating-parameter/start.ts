/**
 * Starts all of the example: an API with one key, Strongroom in dev mode, and the key as a SecureString that a function rotates every
 * minute, by a rule. `--every SECONDS` lets time pass faster. Ctrl-C ends everything and leaves nothing behind.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { NAME, NOTICE, setUp, startApi } from './setup.ts'

const { values } = parseArgs({ options: { every: { type: 'string', default: '60' } } })
const everyMs = Number(values.every) * 1000
if (!(everyMs > 0)) {
  console.error('--every takes a number of seconds\nhint: npm run example:rotating-parameter -- --every 5')
  process.exit(2)
}

const key = randomBytes(20).toString('hex')
const api = await startApi(key)
const program = path.join(import.meta.dirname, '../../cli/main.ts')
const server = spawn(process.execPath, [program, 'dev', '--listen', '127.0.0.1:0', '--log-level', 'warn'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { PATH: process.env.PATH ?? '' },
  // Ctrl-C comes here, and `stop` tells the server
  detached: true,
})
let stopped = false
async function stop(code: number): Promise<never> {
  stopped = true
  if (server.exitCode === null && server.signalCode === null) {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
  await api.close()
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop(0))

try {
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = ''
    server.stdout.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000)
      const [found] = /http:\/\/\S+:\d+/.exec(said) ?? []
      if (found !== undefined) resolve(found)
    })
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  // In dev mode these are the account's root.
  const credentials = { accessKeyId: 'AKIAEXAMPLEEXAMPLE', secretAccessKey: 'example' }
  const settings = { endpoint, region: 'us-east-1', credentials }
  const { ssm } = await setUp(settings, { key, api: api.url, schedule: 'rate(1 minute)' })
  console.log(`Strongroom: ${endpoint}`)
  console.log(`The key of the API is ${NAME}; a function rotates it every ${values.every} s. Ctrl-C ends it.`)
  let known = ''
  while (!stopped) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(everyMs, 1000)))
    if (everyMs < 60_000) {
      await fetch(`${endpoint}/_strongroom/dev/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advance: '1m' }),
      })
      await new Promise((resolve) => setTimeout(resolve, Math.max(everyMs - 1000, 0)))
    }
    const notice = await ssm.getParameter({ Name: NOTICE }).catch(() => undefined)
    const said = notice?.Parameter?.Value ?? ''
    if (said !== known) console.log(said)
    known = said
  }
} catch (error) {
  if (!stopped) {
    console.error(error instanceof Error ? error.message : error)
    await stop(1)
  }
}

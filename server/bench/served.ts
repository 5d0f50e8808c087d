import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Keys } from './sign.ts'

const root = dirname(dirname(import.meta.dirname))

/** A process that is measured. */
export interface Served {
  readonly port: number
  readonly keys: Keys
  /** Milliseconds from the start of the process to its readiness. */
  readonly startMs: number
  /** CPU time of the process so far, in milliseconds; NaN where the system does not tell. */
  cpu(): number
  /** Resident memory in MiB; NaN where the system does not tell. */
  rssMiB(): number
  /** The most that it ever was. */
  peakMiB(): number
  stop(): Promise<void>
}

async function portOf(child: ChildProcess, expression: RegExp): Promise<number> {
  let seen = ''
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const look = (chunk: Buffer) => {
    seen += chunk.toString()
    const match = expression.exec(seen)
    if (match !== null) resolve(Number(match[1]))
  }
  child.stdout?.on('data', look)
  child.stderr?.on('data', look)
  child.once('exit', (code) => reject(new Error(`it ended with ${code} before it was ready:\n${seen}`)))
  return promise
}

async function served(
  args: readonly string[],
  ready: RegExp,
  keys: Keys,
  env: NodeJS.ProcessEnv,
  after: () => void,
): Promise<Served> {
  const begin = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const port = await portOf(child, ready)
  const startMs = performance.now() - begin
  const proc = (file: string) => {
    try {
      return readFileSync(`/proc/${child.pid}/${file}`, 'utf8')
    } catch {
      return undefined
    }
  }
  return {
    port,
    keys,
    startMs,
    cpu() {
      const fields = proc('stat')?.split(') ')[1]?.split(' ')
      return fields === undefined ? Number.NaN : (Number(fields[11]) + Number(fields[12])) * 10
    },
    rssMiB: () => Number(/VmRSS:\s+(\d+)/.exec(proc('status') ?? '')?.[1] ?? Number.NaN) / 1024,
    peakMiB: () => Number(/VmHWM:\s+(\d+)/.exec(proc('status') ?? '')?.[1] ?? Number.NaN) / 1024,
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      after()
    },
  }
}

/** The bare measure: node:http that reads a body and sends it back. */
export function echo(): Promise<Served> {
  const program = `import { createServer } from 'node:http'
const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.1', 'Content-Length': body.length })
    response.end(body)
  })
})
server.listen(0, '127.0.0.1', () => console.log('echo on ' + server.address().port))`
  const nobody = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'none' }
  return served(['--input-type=module', '-e', program], /echo on (\d+)/, nobody, {}, () => undefined)
}

/** The environment and the arguments of Node in `npm start`: what is measured is what people run. */
function asStarted(): { readonly env: Readonly<Record<string, string>>; readonly args: readonly string[] } {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
  const words = scripts.start.split(' ')
  const node = words.indexOf('node')
  const env = Object.fromEntries(words.slice(0, node).map((word) => word.split('=') as [string, string]))
  return { env, args: words.slice(node + 1) }
}

/** The root user's in every measured server. */
export const BENCH_KEYS: Keys = {
  accessKeyId: 'AKIABENCHBENCHBENCH1',
  secretAccessKey: 'bench/bench/bench/bench/bench/bench/1234',
}

/** `strongroom serve` on a fresh data directory, or on `data` when given, which is left with `keep`. `node`: further arguments of Node's. */
export function strongroom(
  extra: readonly string[] = [],
  data = mkdtempSync(join(tmpdir(), 'strongroom-bench-')),
  node: readonly string[] = [],
  keep = false,
): Promise<Served> {
  const keys = BENCH_KEYS
  const { env, args } = asStarted()
  return served(
    [...node, ...args, '--listen', '127.0.0.1:0', '--data', data, '--region', 'us-east-1', ...extra],
    /ready on http:\/\/127\.0\.0\.1:(\d+)/,
    keys,
    {
      ...env,
      STRONGROOM_ROOT_ACCESS_KEY_ID: keys.accessKeyId,
      STRONGROOM_ROOT_SECRET_ACCESS_KEY: keys.secretAccessKey,
    },
    () => (keep ? undefined : rmSync(data, { recursive: true, force: true })),
  )
}

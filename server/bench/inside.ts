/**
 * `npm run bench:inside`: what a request costs without HTTP, as CPU time of the main thread and of all threads. For finding
 * out where the time goes: run it under `node --cpu-prof`. --secrets 2000   --only get | put
 *   --kms          KMS instead of secrets; --only Decrypt: that alone
 *   --parameters 2000   Parameter Store instead of secrets; --only ByPath: those rows alone
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock as clock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom as random } from '#kernel/random'
import { memorySeal } from '#kernel/sealing/seal'
import { type RawRequest, rawRequest } from '#kernel/signature/request'
import { Secret } from '#kernel/values/bytes'
import { assemble } from '../server.ts'
import { bootstrap } from '../services/iam/accounts.ts'
import { fillStore } from './fill.ts'
import { workloads } from './keys.ts'
import { WORKS } from './parameters.ts'
import { signed } from './sign.ts'

const { values } = parseArgs({
  options: {
    secrets: { type: 'string', default: '2000' },
    only: { type: 'string' },
    parameters: { type: 'string' },
    kms: { type: 'boolean', default: false },
  },
})
const count = Number(values.secrets)
const keys = { accessKeyId: 'AKIABENCHBENCHBENCH1', secretAccessKey: 'bench/bench/bench/bench/bench/bench/1234' }
const directory = mkdtempSync(join(tmpdir(), 'strongroom-inside-'))
const log = openLog({ level: 'info', form: 'json', clock, to: 2 })
const server = await assemble({
  kept: { kind: 'file', directory },
  seal: memorySeal(),
  regions: ['us-east-1'],
  shared: false,
  runsJobs: false,
  clock,
  random,
  log,
  metrics: openMetrics('bench'),
})
const { account } = await bootstrap({
  storage: server.storage,
  vault: server.vault,
  random,
  now: clock.now(),
  rootAccessKeyId: keys.accessKeyId,
  rootSecretAccessKey: new Secret(keys.secretAccessKey),
})

type Prepared = Parameters<typeof rawRequest>[0]

/** The request as http.ts would hand it over. */
function prepared(target: string, input: object): Prepared {
  const [head, body] = signed(keys, 1, target.includes('.') ? target : `secretsmanager.${target}`, input)
    .toString('latin1')
    .split('\r\n\r\n')
  const headers = (head as string).split('\r\n').slice(1)
  return {
    method: 'POST',
    target: '/',
    headers: headers.flatMap((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
    body: Buffer.from(body as string),
    remoteAddress: '127.0.0.1',
    secure: false,
  }
}

/** Answers requests, `width` at a time, and tells what one costs. */
async function run(what: string, width: number, requests: readonly Prepared[], times = requests.length): Promise<void> {
  let next = 0
  const began = performance.now()
  const all = process.cpuUsage()
  const main = process.threadCpuUsage()
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < times) {
        const request: RawRequest = rawRequest(requests[next++ % requests.length] as Prepared)
        const { status, body } = await server.handle(request)
        if (status !== 200) throw new Error(String(body))
      }
    }),
  )
  const wall = (performance.now() - began) * 1000
  const spent = process.cpuUsage(all)
  const onMain = process.threadCpuUsage(main)
  const each = (total: number) => (total / times).toFixed(1).padStart(8)
  process.stdout.write(
    `${what.padEnd(16)} ${String(width).padStart(4)} ${each(wall)} ${each(onMain.user + onMain.system)} ${each(spent.user + spent.system)}\n`,
  )
}

if (values.kms) {
  process.stdout.write('µs per request     at     wall     main      all\n')
  const works = await workloads(async (operation, input) => {
    const { status, body } = await server.handle(rawRequest(prepared(`TrentService.${operation}`, input)))
    if (status !== 200) throw new Error(String(body))
    return JSON.parse(String(body)) as Record<string, string>
  })
  for (const [what, inputOf] of Object.entries(works)) {
    if (values.only !== undefined && !what.startsWith(values.only)) continue
    const target = `TrentService.${what.split(' ')[0]}`
    const requests = Array.from({ length: 10_000 }, (_, at) => prepared(target, inputOf(at)))
    await run(what.slice(0, 16), 32, requests, 20_000)
    await run(what.slice(0, 16), 32, requests, 60_000)
  }
  await server.close()
  rmSync(directory, { recursive: true })
  process.exit(0)
}

if (values.parameters !== undefined) {
  const count = Number(values.parameters)
  await fillStore(server, account, count)
  process.stdout.write('µs per request     at     wall     main      all\n')
  for (const { what, target, input, cold } of WORKS) {
    if (cold) continue
    if (values.only !== undefined && !what.includes(values.only)) continue
    const pool = Math.min(count, 10_000)
    const step = Math.floor(count / pool)
    const requests = Array.from({ length: pool }, (_, i) =>
      prepared(`AmazonSSM.${target}`, input((i * step * 7919) % count)),
    )
    process.stdout.write(`${what}\n`)
    await run('', 32, requests)
    await run('', 32, requests, 30_000)
  }
  await server.close()
  rmSync(directory, { recursive: true })
  process.exit(0)
}

const nameOf = (i: number) => `app/secret-${i % count}`
const token = () => randomUUID()
const creates = Array.from({ length: count }, (_, i) =>
  prepared('CreateSecret', { Name: nameOf(i), SecretString: '{"password":"first"}', ClientRequestToken: token() }),
)
process.stdout.write('µs per request     at     wall     main      all\n')
await run('CreateSecret', 32, creates)
if (values.only !== 'put') {
  const gets = Array.from({ length: count }, (_, i) => prepared('GetSecretValue', { SecretId: nameOf(i) }))
  await run('GetSecretValue', 32, gets, 20_000)
  for (const width of [1, 32, 128]) await run('GetSecretValue', width, gets, width === 1 ? 5000 : 60_000)
}
if (values.only !== 'get')
  for (const width of [1, 32]) {
    const puts = Array.from({ length: width === 1 ? 2000 : 20_000 }, (_, i) =>
      prepared('PutSecretValue', {
        SecretId: nameOf(i),
        SecretString: '{"password":"next"}',
        ClientRequestToken: token(),
      }),
    )
    await run('PutSecretValue', width, puts)
  }
await server.close()
rmSync(directory, { recursive: true })
process.exit(0)

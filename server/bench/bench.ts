/**
 * `npm run bench`: how fast Strongroom is against what the machine can do at all, as ratios measured in one run.
 *   --secrets 100000   secrets stored     --seconds 4   length of each run
 *   --connections 1,8,32,128              --json FILE   figures as JSON     --ladder   also 1,000 secrets, for comparison
 *   --parameters 100000   Parameter Store with so many parameters (1000,100000,1000000: one after the other), and nothing else;
 *                  --only ByPath   those rows alone
 *   --kms          Encrypt, Decrypt and GenerateDataKey, and nothing else;   --only Decrypt   that alone
 *   --audit        what the audit trail costs: the same with it and without, in turns, and nothing else
 *   --policies     reads by root and by a user with 10 attached policies of 20 statements, in turns, and nothing else
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { measureAudit } from './audit.ts'
import { measureKeys } from './keys.ts'
import { load, type Measured } from './load.ts'
import { measureParameters, type Row } from './parameters.ts'
import { people } from './people.ts'
import { echo, type Served, strongroom } from './served.ts'
import { signed } from './sign.ts'

const { values } = parseArgs({
  options: {
    secrets: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '1,8,32,128' },
    json: { type: 'string' },
    ladder: { type: 'boolean', default: false },
    parameters: { type: 'string' },
    only: { type: 'string' },
    policies: { type: 'boolean', default: false },
    audit: { type: 'boolean', default: false },
    kms: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const connectionCounts = values.connections.split(',').map(Number)
const nameOf = (i: number) => `bench/service-${i % 97}/secret-${i}`
const value = (i: number) => JSON.stringify({ username: `user${i}`, password: `p-${i}-abcdefghijklmnop` })

/** Rate of one-row transactions that are durable each: SQLite, WAL, synchronous=FULL, on the same file system. */
function bareTransactions(): number {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-bare-'))
  const database = new DatabaseSync(join(directory, 'bare.db'))
  database.exec('pragma journal_mode=wal; pragma synchronous=full; create table t (id text primary key, value blob)')
  const insert = database.prepare('insert into t values (?, ?)')
  const row = Buffer.alloc(300, 7)
  const begin = performance.now()
  let count = 0
  while (performance.now() - begin < seconds * 1000) {
    insert.run(`row-${count}`, row)
    count += 1
  }
  const rate = count / ((performance.now() - begin) / 1000)
  database.close()
  rmSync(directory, { recursive: true })
  return rate
}

async function fill(server: Served, count: number): Promise<void> {
  const chunk = 20_000
  for (let from = 0; from < count; from += chunk) {
    const requests = Array.from({ length: Math.min(chunk, count - from) }, (_, i) =>
      signed(server.keys, server.port, 'secretsmanager.CreateSecret', {
        Name: nameOf(from + i),
        SecretString: value(from + i),
        ClientRequestToken: randomUUID(),
      }),
    )
    let next = 0
    const workers = 64
    const results = await Promise.all(
      Array.from({ length: workers }, async () => {
        let bad = 0
        while (next < requests.length) {
          const from = next
          next += Math.ceil(requests.length / workers)
          const share = requests.slice(from, next)
          bad += await once(server, share)
        }
        return bad
      }),
    )
    const refused = results.reduce((sum, bad) => sum + bad, 0)
    if (refused > 0) throw new Error(`${refused} secrets could not be made`)
    process.stderr.write(`\rstored ${from + requests.length} of ${count} secrets`)
  }
  process.stderr.write('\n')
}

/** Sends each request once over one connection; number of answers that are not 200. */
async function once(server: Served, requests: readonly Buffer[]): Promise<number> {
  const { connect } = await import('node:net')
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const socket = connect(server.port, '127.0.0.1', () => socket.write(requests[0] as Buffer))
  let at = 0
  let bad = 0
  let pending = ''
  socket.on('error', reject)
  socket.on('data', (data) => {
    pending += data.toString('latin1')
    const head = pending.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = Number(/content-length: (\d+)/i.exec(pending)?.[1])
    if (pending.length < head + 4 + length) return
    if (!pending.startsWith('HTTP/1.1 200')) bad += 1
    pending = ''
    at += 1
    const next = requests[at]
    if (next === undefined) {
      socket.destroy()
      resolve(bad)
    } else socket.write(next)
  })
  return promise
}

/** Requests made ahead, spread over all secrets; valid for the five minutes of their signature. */
function reads(server: Served, count: number, keys = server.keys): Buffer[] {
  const pool = Math.min(count, 30_000)
  const step = Math.max(1, Math.floor(count / pool))
  return Array.from({ length: pool }, (_, i) =>
    signed(keys, server.port, 'secretsmanager.GetSecretValue', { SecretId: nameOf((i * step * 7919) % count) }),
  )
}

function puts(server: Served, count: number): Buffer[] {
  return Array.from({ length: Math.ceil(seconds * 12_000) }, (_, i) =>
    signed(server.keys, server.port, 'secretsmanager.PutSecretValue', {
      SecretId: nameOf((i * 7919) % count),
      SecretString: value(i),
      ClientRequestToken: randomUUID(),
    }),
  )
}

const figure = (x: number, digits = 0) =>
  x.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })

function row(what: string, measured: Measured, ratio: number): string {
  const cells = [
    what.padEnd(16),
    String(measured.connections).padStart(5),
    figure(measured.perSecond).padStart(9),
    ratio.toFixed(2).padStart(6),
    measured.p50.toFixed(2).padStart(8),
    measured.p99.toFixed(2).padStart(8),
    measured.cpuPer1000.toFixed(1).padStart(9),
    measured.refused > 0 ? `  ${measured.refused} refused` : '',
  ]
  return cells.join(' ')
}

interface Round {
  readonly secrets: number
  readonly connections: number
  readonly echo: Measured
  readonly get: Measured
  readonly put: Measured
}

async function measure(secrets: number, bare: number): Promise<{ rounds: Round[]; rssMiB: number }> {
  const server = await strongroom()
  const measuredEcho = await echo()
  try {
    await fill(server, secrets)
    process.stdout.write(`\n${figure(secrets)} secrets    ratio: to echo (get), to a bare durable transaction (put)\n`)
    process.stdout.write('what              conn       1/s  ratio   p50 ms   p99 ms  cpu/1000\n')
    // The steady state is what is measured: every secret that will be asked for has been read before.
    await load({
      ...server,
      requests: reads(server, secrets),
      connections: 32,
      seconds: Math.min(8, 1 + secrets / 5000),
    })
    const rounds: Round[] = []
    for (const connections of connectionCounts) {
      const requests = reads(server, secrets)
      await load({ ...server, requests, connections, seconds: 1 })
      const bareEcho = await load({ ...measuredEcho, requests, connections, seconds })
      const get = await load({ ...server, requests, connections, seconds })
      const again = await load({ ...measuredEcho, requests, connections, seconds })
      const both = { ...bareEcho, perSecond: (bareEcho.perSecond + again.perSecond) / 2 }
      const put = await load({ ...server, requests: puts(server, secrets), connections, seconds })
      rounds.push({ secrets, connections, echo: both, get, put })
      process.stdout.write(`${row('echo', both, 1)}\n`)
      process.stdout.write(`${row('GetSecretValue', get, get.perSecond / both.perSecond)}\n`)
      process.stdout.write(`${row('PutSecretValue', put, put.perSecond / bare)}\n`)
    }
    const rssMiB = server.rssMiB()
    process.stdout.write(`resident memory ${figure(rssMiB)} MiB\n`)
    return { rounds, rssMiB }
  } finally {
    await Promise.all([server.stop(), measuredEcho.stop()])
  }
}

/** What policies cost: the same reads by root and by users whose policies are looked through, in turns. */
async function measurePolicies(secrets: number): Promise<void> {
  const server = await strongroom()
  try {
    await fill(server, secrets)
    const callers = [{ what: 'root', keys: server.keys }, ...(await people(server))]
    await load({
      ...server,
      requests: reads(server, secrets),
      connections: 32,
      seconds: Math.min(8, 1 + secrets / 5000),
    })
    for (const connections of connectionCounts) {
      const rates = callers.map(() => [] as number[])
      for (let turn = 0; turn < 5; turn++) {
        for (const [at, { keys }] of callers.entries()) {
          const requests = reads(server, secrets, keys)
          await load({ ...server, requests, connections, seconds: 0.5 })
          const { perSecond, refused } = await load({ ...server, requests, connections, seconds })
          if (refused > 0) throw new Error(`${refused} reads were refused`)
          rates[at]?.push(perSecond)
        }
      }
      const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] as number
      const root = median(rates[0] as number[])
      for (const [at, { what }] of callers.entries()) {
        const rate = median(rates[at] as number[])
        process.stdout.write(
          `${what.padEnd(44)} ${String(connections).padStart(4)} ${figure(rate).padStart(8)} /s  ${(rate / root).toFixed(3)} of root\n`,
        )
      }
    }
  } finally {
    await server.stop()
  }
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${figure(totalmem() / 2 ** 30)} GiB, node ${process.version}`
process.stdout.write(`${machine}\n`)
if (values.policies) {
  await measurePolicies(Number(values.secrets))
  process.exit(0)
}
if (values.audit) {
  const count = Number(values.secrets)
  process.stdout.write('what              conn  with: 1/s  cpu/1000  without: 1/s  cpu/1000  dearer by (cpu)\n')
  const rows = await measureAudit(
    {
      ...{ turns: 5, seconds, connections: connectionCounts },
      prepare: (server) => fill(server, count),
      works: [
        { what: 'GetSecretValue', requests: (server) => reads(server, count) },
        { what: 'PutSecretValue', requests: (server) => puts(server, count) },
      ],
    },
    ({ what, connections, withTrail, without }) => {
      const cells = [
        what.padEnd(16),
        String(connections).padStart(5),
        figure(withTrail.perSecond).padStart(10),
        withTrail.cpuPer1000.toFixed(1).padStart(9),
        figure(without.perSecond).padStart(13),
        without.cpuPer1000.toFixed(1).padStart(9),
        `${figure((withTrail.cpuPer1000 / without.cpuPer1000 - 1) * 100, 1)} %`.padStart(16),
      ]
      process.stdout.write(`${cells.join(' ')}\n`)
    },
  )
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`)
  process.exit(0)
}
if (values.kms) {
  process.stdout.write('what                conn       1/s  ratio   p50 ms   p99 ms  cpu/1000\n')
  const plan = { seconds, connections: connectionCounts, only: values.only }
  const rows = await measureKeys(plan, ({ what, echo, kms }) => {
    process.stdout.write(`${row('echo', echo, 1)}\n${row(what, kms, kms.perSecond / echo.perSecond)}\n`)
  })
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`)
  process.exit(0)
}
if (values.parameters !== undefined) {
  const rows: Row[] = []
  for (const count of values.parameters.split(',').map(Number)) {
    rows.push(...(await measureParameters(count, { seconds, connections: connectionCounts, only: values.only })))
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`)
  process.exit(0)
}
const bare = bareTransactions()
process.stdout.write(`bare durable one-row SQLite transactions: ${figure(bare)} /s\n`)
const sizes = values.ladder ? [1000, Number(values.secrets)] : [Number(values.secrets)]
const results = []
for (const size of sizes) results.push(await measure(size, bare))
const figures = { machine, bareTransactionsPerSecond: bare, results }
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)

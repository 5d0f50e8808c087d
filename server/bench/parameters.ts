import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill, kindOf, nameOf, PER_PATH, pathOf, textOf } from './fill.ts'
import { load, type Measured } from './load.ts'
import { BENCH_KEYS, echo, type Served, strongroom } from './served.ts'
import { signed } from './sign.ts'

interface Measuring {
  readonly what: string
  readonly target: string
  input(i: number): object
  /** From the store and not from memory: as many as can be asked for once. */
  readonly cold?: true
}

/** What is measured: each with requests made ahead, spread over all parameters of its kind. */
export const WORKS: readonly Measuring[] = [
  {
    what: 'GetParameter, never read before',
    target: 'GetParameter',
    input: (i: number) => ({ Name: nameOf(ofKind(i, 'SecureString')), WithDecryption: true }),
    cold: true,
  },
  {
    what: 'ByPath of 10, never read before',
    target: 'GetParametersByPath',
    input: (i: number) => ({ Path: pathWith(i, 'String') }),
    cold: true,
  },
  {
    what: 'GetParameter, SecureString decrypted',
    target: 'GetParameter',
    input: (i: number) => ({ Name: nameOf(ofKind(i, 'SecureString')), WithDecryption: true }),
  },
  {
    what: 'GetParameter, String',
    target: 'GetParameter',
    input: (i: number) => ({ Name: nameOf(ofKind(i, 'String')) }),
  },
  {
    what: 'ByPath of 10, SecureString as it is',
    target: 'GetParametersByPath',
    input: (i: number) => ({ Path: pathWith(i, 'SecureString') }),
  },
  {
    what: 'ByPath of 10, String',
    target: 'GetParametersByPath',
    input: (i: number) => ({ Path: pathWith(i, 'String') }),
  },
  {
    what: 'ByPath of 10, SecureString decrypted',
    target: 'GetParametersByPath',
    input: (i: number) => ({ Path: pathWith(i, 'SecureString'), WithDecryption: true }),
  },
  {
    what: 'Describe, Name Equals',
    target: 'DescribeParameters',
    input: (i: number) => ({ ParameterFilters: [{ Key: 'Name', Values: [nameOf(i)] }] }),
  },
  {
    what: 'PutParameter, SecureString',
    target: 'PutParameter',
    input: (i: number) => ({ Name: nameOf(ofKind(i, 'SecureString')), Value: textOf(i), Overwrite: true }),
  },
]

/** Requests that are made ahead: as many parameters or paths are read, and read again. */
const POOL = 10_000
/** With fewer parameters there are too few that were never read. */
const LEAST_FOR_COLD = 100_000

/** The parameter i, or the one at its place in the next path, so that it is of the kind. */
const ofKind = (i: number, kind: string) => (kindOf(i) === kind ? i : i < PER_PATH ? i + PER_PATH : i - PER_PATH)
const pathWith = (i: number, kind: string) => pathOf(Math.floor(ofKind(i, kind) / PER_PATH))

/** What was measured with so many parameters and connections: rates, and their ratio to the echo of the same requests. */
export interface Row extends Measured {
  readonly what: string
  readonly parameters: number
  readonly echo: number
  readonly ratio: number
}

/** Measures Parameter Store with `count` parameters; prints each row, with `only` those whose name has this text. */
export async function measureParameters(
  count: number,
  plan: { readonly seconds: number; readonly connections: readonly number[]; readonly only: string | undefined },
): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
  await fill(directory, BENCH_KEYS, count)
  const server = await strongroom([], directory)
  const bare = await echo()
  try {
    process.stdout.write(`\n${count.toLocaleString('en')} parameters\n${HEAD}\n`)
    const rows: Row[] = []
    for (const work of WORKS) {
      if (plan.only !== undefined && !work.what.includes(plan.only)) continue
      // The steady state is what is measured: what will be asked for has been read before.
      const warm = Math.min(8, 1 + count / 10_000)
      if (work.cold) {
        if (count >= LEAST_FOR_COLD) rows.push(await measure(server, bare, work, count, 32, 1))
        continue
      }
      if (work.target !== 'PutParameter') {
        await load({ ...server, requests: requests(server, work, count), connections: 32, seconds: warm })
      }
      for (const connections of plan.connections)
        rows.push(await measure(server, bare, work, count, connections, plan.seconds))
    }
    process.stdout.write(`resident memory ${server.rssMiB().toFixed(0)} MiB\n`)
    return rows
  } finally {
    await Promise.all([server.stop(), bare.stop()])
  }
}

async function measure(
  server: Served,
  bare: Served,
  work: Measuring,
  parameters: number,
  connections: number,
  seconds: number,
): Promise<Row> {
  const pool = requests(server, work, parameters)
  const before = await load({ ...bare, requests: pool, connections, seconds: seconds / 2 })
  const measured = await load({ ...server, requests: pool, connections, seconds })
  const after = await load({ ...bare, requests: pool, connections, seconds: seconds / 2 })
  const perSecond = (before.perSecond + after.perSecond) / 2
  const row = { ...measured, what: work.what, parameters, echo: perSecond, ratio: measured.perSecond / perSecond }
  process.stdout.write(`${printed(row)}\n`)
  return row
}

function requests({ keys, port }: Served, { target, input }: Measuring, count: number): Buffer[] {
  const pool = Math.min(count, POOL)
  const step = Math.max(1, Math.floor(count / pool))
  return Array.from({ length: pool }, (_, i) =>
    signed(keys, port, `AmazonSSM.${target}`, input((i * step * 7919) % count)),
  )
}

const HEAD = 'what                                  conn    echo/s       1/s  ratio   p50 ms   p99 ms  cpu/1000'

function printed(row: Row): string {
  const whole = (x: number) => x.toLocaleString('en', { maximumFractionDigits: 0 })
  const cells = [
    row.what.padEnd(37),
    String(row.connections).padStart(4),
    whole(row.echo).padStart(9),
    whole(row.perSecond).padStart(9),
    row.ratio.toFixed(2).padStart(6),
    row.p50.toFixed(2).padStart(8),
    row.p99.toFixed(2).padStart(8),
    row.cpuPer1000.toFixed(1).padStart(9),
    row.refused > 0 ? `  ${row.refused} refused` : '',
  ]
  return cells.join(' ')
}

/**
 * `npm run wide`: a store of a million secrets against one of a thousand, side by side in one run.
 *   --secrets 1000000   how many     --data DIR   keep the stores in DIR, and take those that are there (default: made anew and removed)
 *   --seconds 4         length of each run of load     --turns 3   runs of each, in turns; medians count
 *   --long 60           length of the loads that go on while the index of the trail must keep up
 *   --read 1000000      so many secrets are read once before: what is read never before costs more (default: all)
 *   --pages 100         pages at each end of each order     --walk   one order from the first page to the last
 *   --json FILE         figures as JSON
 *   --postgres          with stores in a PostgreSQL of its own, gone afterwards, in the place of SQLite files
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Secret } from '#kernel/values/bytes'
import type { Kept } from '../server.ts'
import { type Postgres, startPostgres } from '../test/postgres.ts'
import { fillSecrets, nameOf, RARE, scattered, textOf } from './fill-secrets.ts'
import { load, type Measured } from './load.ts'
import { BENCH_KEYS, type Served, strongroom } from './served.ts'
import { signed } from './sign.ts'

const { values } = parseArgs({
  options: {
    secrets: { type: 'string', default: '1000000' },
    data: { type: 'string' },
    seconds: { type: 'string', default: '4' },
    turns: { type: 'string', default: '3' },
    long: { type: 'string', default: '60' },
    read: { type: 'string' },
    pages: { type: 'string', default: '100' },
    walk: { type: 'boolean', default: false },
    json: { type: 'string' },
    postgres: { type: 'boolean', default: false },
  },
})
const count = Number(values.secrets)
const seconds = Number(values.seconds)
const turns = Number(values.turns)
const long = Number(values.long)
const pages = Number(values.pages)
const read = Number(values.read ?? count)
const SMALL = 1000
const CONNECTIONS = 32
/** At rest: seconds in which a server does nothing; the trail's index has a pass every five. */
const QUIET_S = 6
const WARM_S = 2

/** A running server with its store. */
interface Store {
  readonly what: string
  readonly count: number
  readonly server: Served
}

type Input = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of several operations
type Out = any

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN
const most = (list: readonly number[], share: number): number =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? NaN
const figure = (x: number, digits = 0): string =>
  x.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** One connection that asks one thing after the other. */
class Line {
  readonly #server: Served
  readonly #socket
  #pending = Buffer.alloc(0)
  #answered: ((answer: Buffer) => void) | undefined

  constructor(server: Served) {
    this.#server = server
    this.#socket = connect(server.port, '127.0.0.1').setNoDelay(true)
    this.#socket.on('data', (data) => {
      this.#pending = Buffer.concat([this.#pending, data])
      const head = this.#pending.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(this.#pending.toString('latin1', 0, head))?.[1] ?? 0)
      if (this.#pending.length < head + 4 + length) return
      const answer = this.#pending
      this.#pending = Buffer.alloc(0)
      this.#answered?.(answer)
    })
  }

  /** What was answered, and how many milliseconds it took. Throws for a refusal. */
  async ask(operation: string, input: Input): Promise<{ out: Out; ms: number }> {
    const request = signed(this.#server.keys, this.#server.port, `secretsmanager.${operation}`, input)
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    this.#answered = resolve
    const begin = performance.now()
    this.#socket.write(request)
    const answer = await promise
    const ms = performance.now() - begin
    const body = answer.toString('utf8', answer.indexOf('\r\n\r\n') + 4)
    if (!answer.toString('latin1', 0, 12).endsWith(' 200')) throw new Error(`${operation}: ${body}`)
    return { out: body === '' ? undefined : JSON.parse(body), ms }
  }

  end(): void {
    this.#socket.destroy()
  }
}

/** Pages of a listing from its start, at most so many. */
async function listing(
  line: Line,
  input: Input,
  limit: number,
): Promise<{ times: number[]; hits: number[]; ended: boolean }> {
  const times: number[] = []
  const hits: number[] = []
  for (let NextToken: string | undefined; times.length < limit; ) {
    const { out, ms } = await line.ask('ListSecrets', { ...input, ...(NextToken !== undefined && { NextToken }) })
    times.push(ms)
    hits.push(out.SecretList.length)
    NextToken = out.NextToken
    if (NextToken === undefined) return { times, hits, ended: true }
  }
  return { times, hits, ended: false }
}

const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0)

async function measureListings({ server, what }: Store): Promise<Out[]> {
  const rows: Out[] = []
  const row = async (text: string, input: Input, limit: number) => {
    const line = new Line(server)
    const cpu = server.cpu()
    const { times, hits, ended } = await listing(line, input, limit)
    line.end()
    const one = {
      ...{ store: what, listing: text, pages: times.length, hits: sum(hits), ended },
      ...{ p50: median(times), p99: most(times, 0.99), cpuMs: (server.cpu() - cpu) / times.length },
    }
    rows.push(one)
    const cells = [what.padEnd(6), text.padEnd(46), figure(one.pages).padStart(6), figure(one.hits).padStart(9)]
    cells.push(one.p50.toFixed(1).padStart(8), one.p99.toFixed(1).padStart(8), one.cpuMs.toFixed(1).padStart(8))
    say(cells.join(' '))
  }
  for (const SortBy of ['created-date', 'last-changed-date', 'last-accessed-date', 'name']) {
    for (const SortOrder of ['asc', 'desc'])
      await row(`by ${SortBy}, ${SortOrder}: from that end`, { SortBy, SortOrder }, pages)
  }
  const filter = (text: string, Key: string, Values: string[], more: Input = {}) =>
    row(text, { Filters: [{ Key, Values }], ...more }, Math.max(5, pages / 4))
  await filter('name, one secret', 'name', [nameOf(77)])
  await filter('name, a few hundred', 'name', ['prod/team-3/service-1'])
  await filter('name, a third of all', 'name', ['prod/'])
  await filter('name, a few hundred, by name', 'name', ['prod/team-3/service-1'], { SortBy: 'name' })
  await filter('name, a third of all, by name from the end', 'name', ['prod/'], { SortBy: 'name', SortOrder: 'desc' })
  await filter('name, negated: two thirds', 'name', ['!prod/'])
  await filter('name, none', 'name', ['nothing/'])
  await filter('tag-key, all', 'tag-key', ['team'])
  await filter(`tag-key, one in ${figure(RARE)}`, 'tag-key', ['quarantine'])
  await filter('tag-value, one in a hundred', 'tag-value', ['team-42'])
  await filter(`tag-value, one in ${figure(RARE)}`, 'tag-value', ['zanzibar'])
  await filter('tag-value, negated: nearly all', 'tag-value', ['!zanzibar'])
  await filter('description, nearly all', 'description', ['login database'])
  await filter(`description, one in ${figure(RARE)}`, 'description', ['zanzibar'])
  await filter('all, nearly all', 'all', ['login'])
  await filter(`all, one in ${figure(RARE)}`, 'all', ['zanzibar'])
  await filter('all, negated: nearly all', 'all', ['!zanzibar'])
  await filter('primary-region, none', 'primary-region', ['eu-'])
  await filter('owning-service, none', 'owning-service', ['rds'])
  return rows
}

/** One order from the first page to the last: tenths of the way beside each other. */
async function walkAll({ server, what }: Store): Promise<Out> {
  const line = new Line(server)
  const { times, hits } = await listing(line, { MaxResults: 100 }, Number.POSITIVE_INFINITY)
  line.end()
  const tenth = Math.ceil(times.length / 10)
  const tenths = Array.from({ length: 10 }, (_, n) => median(times.slice(n * tenth, (n + 1) * tenth)))
  say(
    `${what}: all ${figure(times.length)} pages, ${figure(sum(hits))} secrets; ms a page in each tenth of the way: ${tenths.map((ms) => ms.toFixed(1)).join(' ')}`,
  )
  return { store: what, pages: times.length, secrets: sum(hits), tenths }
}

/** Requests for secrets drawn by chance from all that were read before. */
const reads = ({ server, count: all }: Store, operation: string, among: number): Buffer[] =>
  Array.from({ length: 30_000 }, () =>
    signed(server.keys, server.port, `secretsmanager.${operation}`, {
      SecretId: nameOf(scattered(Math.floor(Math.random() * among), all)),
    }),
  )

let made = 0
const creations = ({ server }: Store): Buffer[] =>
  Array.from({ length: Math.ceil(seconds * 6000) }, () =>
    signed(server.keys, server.port, 'secretsmanager.CreateSecret', {
      Name: `made/${process.hrtime.bigint()}-${++made}`,
      SecretString: textOf(made),
      ClientRequestToken: crypto.randomUUID(),
    }),
  )

/** Each of so many secrets once. */
async function readOnce(store: Store, among: number): Promise<void> {
  const chunk = 10_000
  const begin = performance.now()
  for (let from = 0; from < among; from += chunk) {
    const share = Math.ceil(chunk / CONNECTIONS)
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async (_, at) => {
        const line = new Line(store.server)
        for (let i = at * share; i < Math.min((at + 1) * share, chunk, among - from); i++) {
          await line.ask('GetSecretValue', { SecretId: nameOf(scattered(from + i, store.count)) })
        }
        line.end()
      }),
    )
    process.stderr.write(`\rread ${figure(Math.min(from + chunk, among))} secrets`)
  }
  process.stderr.write('\n')
  const took = (performance.now() - begin) / 1000
  say(`${store.what}: each of ${figure(among)} secrets read once in ${figure(took)} s; ${memory(store)}`)
}

/**
 * Waits until the server has written down what it does later (the day of each first read, the index of the trail): it takes less than a
 * twentieth of a core for longer than there is between two passes of that index. At most two minutes.
 */
async function settled({ server, what }: Store, told = false): Promise<void> {
  const begin = performance.now()
  for (let quiet = 0; quiet < QUIET_S && performance.now() - begin < 120_000; ) {
    const cpu = server.cpu()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    quiet = server.cpu() - cpu < 50 ? quiet + 1 : 0
  }
  if (told) say(`${what}: at rest after ${figure((performance.now() - begin) / 1000)} s`)
}

const memory = ({ server }: Store): string =>
  `resident memory ${figure(server.rssMiB())} MiB, at most ${figure(server.peakMiB())} MiB`

/**
 * The same work on all stores, in turns; each begins when all stores are at rest, and is measured from its third second on: after a
 * rest V8 has made its heap small, which costs any server the same.
 */
async function inTurns(
  stores: readonly Store[],
  what: string,
  requests: (store: Store) => Buffer[],
  { turns, seconds }: { readonly turns: number; readonly seconds: number },
): Promise<Out[]> {
  const measured = stores.map(() => [] as Measured[])
  for (let turn = 0; turn < turns; turn++) {
    for (const [at, store] of stores.entries()) {
      await Promise.all(stores.map((each) => settled(each)))
      const same = { ...store.server, requests: requests(store), connections: CONNECTIONS }
      await load({ ...same, seconds: WARM_S })
      const run = await load({ ...same, seconds })
      if (run.refused > 0) throw new Error(`${run.refused} of ${what} were refused`)
      measured[at]?.push(run)
    }
  }
  return stores.map((store, at) => {
    const runs = measured[at] as Measured[]
    const of = (key: keyof Measured) => median(runs.map((run) => run[key]))
    const first = measured[0] as Measured[]
    const rate = median(runs.map((run, turn) => run.perSecond / (first[turn]?.perSecond ?? NaN)))
    const cpu = median(runs.map((run, turn) => run.cpuPer1000 / (first[turn]?.cpuPer1000 ?? NaN)))
    const row = { store: store.what, what, perSecond: of('perSecond'), p50: of('p50'), p99: of('p99') }
    const cells = [
      what.padEnd(30),
      store.what.padEnd(6),
      figure(row.perSecond).padStart(8),
      `${rate.toFixed(2)}`.padStart(6),
    ]
    cells.push(row.p50.toFixed(1).padStart(8), row.p99.toFixed(1).padStart(8))
    cells.push(of('cpuPer1000').toFixed(1).padStart(9), cpu.toFixed(2).padStart(6))
    say(cells.join(' '))
    return { ...row, ofSmall: rate, cpuPer1000: of('cpuPer1000'), cpuOfSmall: cpu }
  })
}

/** Where a store is, and the arguments of a server on it. `filled`: it was made before. */
interface Home {
  readonly kept: Kept
  readonly data: string
  readonly args: readonly string[]
  readonly filled: boolean
}

async function homeOf(all: number, root: string, postgres: Postgres | undefined): Promise<Home> {
  const data = join(root, String(all))
  if (postgres === undefined) {
    const filled = existsSync(join(data, 'strongroom.db'))
    return { kept: { kind: 'file', directory: data }, data, args: [], filled }
  }
  const url = await postgres.database()
  const seal = ['--seal-file', join(data, 'seal.key')]
  const args = ['--database', url, ...seal]
  return { kept: { kind: 'postgres', url: new Secret(url) }, data, args, filled: false }
}

async function open(what: string, all: number, { kept, data, args, filled }: Home): Promise<Store> {
  if (!filled) {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const took = await fillSecrets(kept, data, BENCH_KEYS, all)
    say(`${what}: ${figure(all)} secrets made in ${figure(took)} s`)
  }
  // as an operator sets it, whose accounts have more than AWS allows
  const server = await strongroom(['--secrets-per-account', '2000000', ...args], data, [], true)
  const store = { what, count: all, server }
  say(`${what}: first answer possible after ${figure(server.startMs)} ms; ${memory(store)}`)
  return store
}

const root = values.data ?? mkdtempSync(join(tmpdir(), 'strongroom-wide-'))
const stores: Store[] = []
const postgres = values.postgres ? await startPostgres() : undefined
try {
  say(
    `${cpus().length} × ${cpus()[0]?.model.trim()}, node ${process.version}, load of the machine ${loadavg()
      .map((x) => x.toFixed(1))
      .join(' ')}`,
  )
  for (const [what, all] of [
    ['small', SMALL],
    ['wide', count],
  ] as const)
    stores.push(await open(what, all, await homeOf(all, root, postgres)))
  const [small, wide] = stores as [Store, Store]
  say('\nstore  listing                                         pages      hits   p50 ms   p99 ms  cpu ms')
  const listings = await measureListings(wide)
  const small_ = await measureListings(small)
  const walked = values.walk ? await walkAll(wide) : undefined
  say(memory(wide))
  say('')
  await readOnce(small, SMALL)
  await readOnce(wide, read)
  for (const store of stores) await settled(store, true)
  say('\nwhat                           store       1/s  of it   p50 ms   p99 ms  cpu/1000  of it')
  const valuesOf = (store: Store) => reads(store, 'GetSecretValue', Math.min(read, store.count))
  const rows = [
    ...(await inTurns(stores, 'GetSecretValue', valuesOf, { turns, seconds })),
    ...(await inTurns(stores, `GetSecretValue, for ${long} s`, valuesOf, { turns: 1, seconds: long })),
    ...(await inTurns(stores, 'DescribeSecret', (store) => reads(store, 'DescribeSecret', store.count), {
      turns,
      seconds,
    })),
    ...(await inTurns(stores, 'CreateSecret', creations, { turns, seconds })),
  ]
  for (const store of stores) say(`${store.what}: ${memory(store)}`)
  say(
    `load of the machine at the end ${loadavg()
      .map((x) => x.toFixed(1))
      .join(' ')}`,
  )
  if (values.json !== undefined) {
    const figures = { secrets: count, rows, listings: [...listings, ...small_], walked, peakMiB: wide.server.peakMiB() }
    writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
  }
} finally {
  await Promise.all(stores.map(({ server }) => server.stop()))
  await postgres?.[Symbol.asyncDispose]()
  if (values.data === undefined) rmSync(root, { recursive: true, force: true })
}

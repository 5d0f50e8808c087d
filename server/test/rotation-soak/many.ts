import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Clock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { memorySeal } from '#kernel/sealing/seal'
import { startRig } from '../../functions/test/postgres-rig.ts'
import { assemble } from '../../server.ts'
import { bootstrap } from '../../services/iam/accounts.ts'
import { rootCaller } from '../../services/iam/callers.ts'
import { startProxy } from './proxy.ts'

/*
 * Many secrets that are due in the same hour, rotated by one process: npm run rotation:many -- [--secrets 10000] [--postgres 1000]
 * [--speed 15]. So many of them are users of a real PostgreSQL, whose passwords change; the others hold random values. The clock
 * runs `speed` times as fast as the machine's, the hour passes in 60 minutes / speed. Prints figures.
 */
const { values } = parseArgs({
  options: {
    secrets: { type: 'string', default: '10000' },
    postgres: { type: 'string', default: '1000' },
    speed: { type: 'string', default: '15' },
  },
})
const [secrets, users, speed] = [Number(values.secrets), Number(values.postgres), Number(values.speed)]
const ACCOUNT = '111122223333'
const HOUR = 3_600_000
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`
const say = (text: string) => process.stdout.write(`${text}\n`)

const directory = mkdtempSync(join(tmpdir(), 'strongroom-many-'))
await using rig = await startRig()
await using proxy = await startProxy(rig.port)
await rig.sql(`do $$ begin for i in 1..${users} loop
  execute format('create role app%s login password %L', i, 'first ' || i); end loop; end $$`)

/** Stands still until `run`, then runs fast. */
let began: number | undefined
const start = Date.UTC(2026, 2, 15, 10, 30)
let base = start
const clock: Clock = {
  now: () => (began === undefined ? base : base + Math.floor((performance.now() - began) * speed)),
}

const server = await assemble({
  kept: { kind: 'file', directory },
  seal: memorySeal(),
  regions: ['us-east-1'],
  shared: false,
  runsJobs: false,
  clock,
  random: systemRandom,
  log: openLog({ level: 'error', form: 'json', clock, to: { write: (line) => void process.stderr.write(line) } }),
  metrics: openMetrics('many'),
})
const { storage, vault } = server
await bootstrap({ storage, vault, random: systemRandom, now: start, account: ACCOUNT })
const ask = (operation: string, input: object) =>
  server.local(`secretsmanager.${operation}`, input, rootCaller(ACCOUNT, 'AKIDMANY'))

// Without a value there is nothing to test: so the schedule is set first, and the value put then.
const RotationRules = { ScheduleExpression: 'cron(0 12 * * ? *)', Duration: '1h' }
const setUp = performance.now()
for (let i = 1; i <= secrets; i++) {
  const SecretId = `many/${i}`
  const ofUser = i <= users
  const name = ofUser ? 'SecretsManagerRDSPostgreSQLRotationSingleUser' : 'StrongroomRandomRotation'
  const login = { engine: 'postgres', host: '127.0.0.1', port: proxy.port, ssl: false, username: `app${i}` }
  const SecretString = ofUser ? JSON.stringify({ ...login, password: `first ${i}` }) : 'first'
  await ask('CreateSecret', { Name: SecretId, ClientRequestToken: systemRandom.uuid() })
  await ask('RotateSecret', {
    SecretId,
    ClientRequestToken: systemRandom.uuid(),
    RotationLambdaARN: functionArn(name),
    RotationRules,
    RotateImmediately: false,
  })
  await ask('PutSecretValue', { SecretId, SecretString, ClientRequestToken: systemRandom.uuid() })
}
const before = process.memoryUsage().rss
say(
  `${secrets} secrets, ${users} of them users of PostgreSQL, set up in ${seconds(setUp)} s; resident ${mib(before)} MiB`,
)

let [peak, cpu] = [before, process.cpuUsage()]
const sampling = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss)
}, 100)
base = Date.UTC(2026, 2, 15, 12)
began = performance.now()
server.runner.start()
for (let told = 0; ; ) {
  await passed(1000)
  const done = await count()
  if (done >= secrets) break
  if (clock.now() - base > told * (HOUR / 6)) {
    told++
    say(`  ${minutes()} minutes of the clock: ${done} rotated, resident ${mib(process.memoryUsage().rss)} MiB`)
  }
  assert.ok(clock.now() - base < 4 * HOUR, `${done} after four hours`)
}
clearInterval(sampling)
cpu = process.cpuUsage(cpu)
const tookSeconds = seconds(began)
for (let i = 1; i <= users; i += Math.max(1, Math.floor(users / 50))) {
  const { SecretString } = (await ask('GetSecretValue', { SecretId: `many/${i}` })) as { SecretString: string }
  assert.ok(await rig.accepts(`app${i}`, JSON.parse(SecretString).password), `app${i} is not valid`)
  assert.ok(!(await rig.accepts(`app${i}`, `first ${i}`)), `the old password of app${i} is valid`)
}
say(
  JSON.stringify({
    secrets,
    users,
    minutesOfTheClock: minutes(),
    seconds: tookSeconds,
    cpuSeconds: Math.round((cpu.user + cpu.system) / 1e6),
    residentBeforeMiB: mib(before),
    residentPeakMiB: mib(peak),
    connections: proxy.made,
    mostConnectionsAtOnce: proxy.most,
  }),
)
await server.close()
rmSync(directory, { recursive: true, force: true })

async function count(): Promise<number> {
  const sql = 'select count(*) as rows from secret_rotation where last_at is not null'
  const row = await storage.unit('read', (unit) => unit.get<{ rows: number }>({ name: sql, sql }, {}))
  return row?.rows ?? 0
}
function minutes(): number {
  return Math.round((clock.now() - base) / 60_000)
}
function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10
}

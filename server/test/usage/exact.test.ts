import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { KMS } from '@aws-sdk/client-kms'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { callsOf, type UsageReader } from '#kernel/audit/usage/usage'
import { run } from '../../../cli/test/rig.ts'
import { postgresMissing, startPostgres } from '../postgres.ts'
import { Program } from '../program.ts'
import { start } from '../start.ts'

/* What is counted is what clients did: no more, no less. */

interface Place {
  readonly url: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** A client that counts what it was answered, by operation and result. */
class Counting {
  readonly counts = new Map<string, number>()
  readonly #clients: readonly { destroy(): void }[]
  readonly secrets: SecretsManager
  readonly parameters: SSM
  readonly keys: KMS

  constructor({ url, credentials }: Place) {
    const options = { endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 }
    this.secrets = new SecretsManager(options)
    this.parameters = new SSM(options)
    this.keys = new KMS(options)
    this.#clients = [this.secrets, this.parameters, this.keys]
  }

  /** Counts a call that was answered, well or with AWS's refusal; one whose answer never came is told by `false`. */
  async did(operation: string, call: Promise<unknown>): Promise<boolean> {
    let result = 'ok'
    try {
      await call
    } catch (error) {
      const { $metadata, name } = error as Error & { $metadata?: { httpStatusCode?: number } }
      if ($metadata?.httpStatusCode === undefined) return false
      result = name
    }
    const key = `${operation} ${result}`
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
    return true
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.destroy()
  }
}

/** A mix of calls, some of which are refused. */
async function mix(client: Counting, name: string, rounds: number): Promise<void> {
  const { secrets, parameters, keys } = client
  await client.did('CreateSecret', secrets.createSecret({ Name: `${name}/a`, SecretString: 'x' }))
  await client.did('CreateSecret', secrets.createSecret({ Name: `${name}/a`, SecretString: 'y' }))
  await client.did('PutParameter', parameters.putParameter({ Name: `/${name}`, Value: 'v', Type: 'String' }))
  await client.did('CreateKey', keys.createKey({}))
  for (let round = 0; round < rounds; round++) {
    await Promise.all([
      client.did('GetSecretValue', secrets.getSecretValue({ SecretId: `${name}/a` })),
      client.did('GetSecretValue', secrets.getSecretValue({ SecretId: `${name}/none` })),
      client.did('BatchGetSecretValue', secrets.batchGetSecretValue({ SecretIdList: [`${name}/a`, `${name}/none`] })),
      client.did('GetParameters', parameters.getParameters({ Names: [`/${name}`, '/none'] })),
      client.did('ListSecrets', secrets.listSecrets({})),
    ])
  }
}

const toMap = (rows: readonly (readonly [string, number])[]) => new Map(rows.toSorted(([a], [b]) => (a < b ? -1 : 1)))
const sorted = (counts: ReadonlyMap<string, number>) => toMap([...counts])

/** What the counters say, in the same words. */
async function counted(usage: Pick<UsageReader, 'usage'>): Promise<Map<string, number>> {
  const rows = await usage.usage({ from: 0, to: Number.MAX_SAFE_INTEGER, by: ['operation', 'result'] })
  return toMap(rows.filter(({ calls }) => calls > 0).map(({ keys, calls }) => [keys.join(' '), calls] as const))
}

/** What the command says of a folder. */
async function told(...place: readonly string[]): Promise<Map<string, number>> {
  const { code, out, err } = await run('usage', '--by', 'operation,result', '--json', '--from', '30d', ...place)
  assert.equal(code, 0, err)
  const rows = out.split('\n').filter((line) => line !== '')
  return toMap(
    rows
      .map((line) => {
        const { operation, result, calls } = JSON.parse(line) as { operation: string; result: string; calls: number }
        return [`${operation.split(':')[1]} ${result}`, calls] as const
      })
      .filter(([, calls]) => calls > 0),
  )
}

for (const engine of ['memory', 'file'] as const)
  test(`${engine}: the counters say what a client did, and AWS/Usage says the same`, async () => {
    await using server = await start({ engine })
    using client = new Counting(server)
    await mix(client, 'app', 20)
    const { usage } = server.inside.reading
    assert.deepEqual(await counted(usage), sorted(client.counts))
    const calls = await callsOf(usage, {
      account: server.account,
      region: 'us-east-1',
      from: 0,
      to: server.clock.now() + 1,
    })
    const byOperation = new Map<string, number>()
    for (const { operation, calls: some } of calls) byOperation.set(operation, (byOperation.get(operation) ?? 0) + some)
    const expected = new Map<string, number>()
    for (const [key, some] of client.counts) {
      const [operation = ''] = key.split(' ')
      expected.set(operation, (expected.get(operation) ?? 0) + some)
    }
    assert.deepEqual(sorted(byOperation), sorted(expected))
    const [reads] = await usage.usage({ from: 0, to: 2 ** 50, by: [], operation: 'GetSecretValue' })
    assert.equal(reads?.items, 40, 'values that were read, those of batches too')
    // what the server did by itself, and services in the caller's name, is told apart
    const [services] = await usage.usage({ from: 0, to: 2 ** 50, by: [], made: 'by-services' })
    assert.ok((services?.calls ?? 0) > 40)
  })

test('CloudWatch says of AWS/Usage what strongroom usage says', async () => {
  await using server = await start()
  using client = new Counting(server)
  await mix(client, 'app', 3)
  await server.inside.following.settle()
  const options = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials }
  const cloudwatch = new CloudWatch(options)
  try {
    const now = server.clock.now()
    const { Datapoints = [] } = await cloudwatch.getMetricStatistics({
      ...{ Namespace: 'AWS/Usage', MetricName: 'CallCount', Statistics: ['Sum'], Period: 60 },
      ...{ StartTime: new Date(now - 600_000), EndTime: new Date(now + 60_000) },
      Dimensions: [
        { Name: 'Type', Value: 'API' },
        { Name: 'Resource', Value: 'GetSecretValue' },
        { Name: 'Service', Value: 'Secrets Manager' },
        { Name: 'Class', Value: 'None' },
      ],
    })
    const [row] = await server.inside.reading.usage.usage({ from: 0, to: 2 ** 50, by: [], operation: 'GetSecretValue' })
    assert.equal(row?.calls, 6)
    assert.equal(
      Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0),
      row?.calls,
    )
  } finally {
    cloudwatch.destroy()
  }
})

test('kill -9 in the middle of calls: every call that was answered is counted, once, before and after the next start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-usage-'))
  const main = join(import.meta.dirname, '../../../cli/main.ts')
  const serve = () => new Program(main, ['serve', '--listen', '127.0.0.1:0', '--data', directory])
  const unknown = new Map<string, number>()
  const client = { counts: new Map<string, number>() }
  const add = (to: Map<string, number>, from: ReadonlyMap<string, number>) => {
    for (const [key, some] of from) to.set(key, (to.get(key) ?? 0) + some)
  }
  try {
    for (let life = 0; life < 2; life++) {
      await using server = serve()
      const url = await server.says(/^strongroom: ready on (\S+)$/m)
      using counting = new Counting({ url, credentials: credentialsIn(directory) })
      await mix(counting, `life${life}`, 5)
      // these are cut off somewhere
      const cut = Array.from({ length: 60 }, async (_, at) => {
        const operation = at % 2 === 0 ? 'GetSecretValue' : 'PutSecretValue'
        const SecretId = `life${life}/a`
        const { secrets } = counting
        const call =
          at % 2 === 0 ? secrets.getSecretValue({ SecretId }) : secrets.putSecretValue({ SecretId, SecretString: 'z' })
        const answered = await counting.did(operation, call)
        if (!answered) unknown.set(`${operation} ok`, (unknown.get(`${operation} ok`) ?? 0) + 1)
        if (at === 30) server.child.kill('SIGKILL')
      })
      await Promise.all(cut)
      await server.exited
      add(client.counts, counting.counts)
      // nobody has counted the rest yet: the command does
      const now = await told('--data', directory)
      for (const [key, some] of client.counts) {
        const least = some
        const most = some + (unknown.get(key) ?? 0)
        const has = now.get(key) ?? 0
        assert.ok(has >= least && has <= most, `${key}: ${has}, not ${least} to ${most}`)
      }
    }
    const before = await told('--data', directory)
    await using server = serve()
    await server.says(/^strongroom: ready on (\S+)$/m)
    assert.deepEqual(await told('--data', directory), before, 'beside a server that runs')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('two nodes on PostgreSQL, one of which is killed: what both were asked is counted, once', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using postgres = await startPostgres()
  const url = await postgres.database()
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-usage-'))
  const main = join(import.meta.dirname, '../../../cli/main.ts')
  const seal = ['--database', url, '--seal-file', join(directory, 'seal.key')]
  const place = ['--data', join(directory, 'one'), ...seal]
  const serve = (node: string) =>
    new Program(main, ['serve', '--listen', '127.0.0.1:0', '--data', join(directory, node), ...seal])
  try {
    await using one = serve('one')
    const first = await one.says(/^strongroom: ready on (\S+)$/m)
    await using two = serve('two')
    const second = await two.says(/^strongroom: ready on (\S+)$/m)
    const credentials = credentialsIn(join(directory, 'one'))
    using a = new Counting({ url: first, credentials })
    using b = new Counting({ url: second, credentials })
    await Promise.all([mix(a, 'one', 10), mix(b, 'two', 10)])
    one.child.kill('SIGKILL')
    await one.exited
    await mix(b, 'three', 5)
    const all = new Map(a.counts)
    for (const [key, some] of b.counts) all.set(key, (all.get(key) ?? 0) + some)
    assert.deepEqual(await told(...place), sorted(all))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

/** The root credentials that the first start has left. */
function credentialsIn(directory: string): Place['credentials'] {
  const text = readFileSync(join(directory, 'root-credentials'), 'utf8')
  const [, accessKeyId = ''] = /(AKIA[A-Z0-9]{16})/.exec(text) ?? []
  const [, secretAccessKey = ''] = /([A-Za-z0-9/+]{40})/.exec(text) ?? []
  return { accessKeyId, secretAccessKey }
}

import assert from 'node:assert/strict'
import { createHash, verify } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { AuditEvent } from '#kernel/audit/event'
import type { StoredRecord } from '#kernel/audit/reader'
import type { Call } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { memoryObjects } from '#kernel/objects/memory'
import { ObjectRefused, type Objects } from '#kernel/objects/objects'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import { memorySeal } from '#kernel/sealing/seal'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import { type Postgres, postgresMissing, startPostgres } from '../../../test/postgres.ts'
import { textToSign } from '../model/delivered.ts'
import type { Trail } from '../model/trail.ts'
import { migrations } from '../schema.ts'
import { Trails } from '../trails.ts'
import { TrailDelivery } from './delivery.ts'
import { deliveryMigrations } from './schema.ts'
import { publicKeyOf } from './signing-keys.ts'

const ACCOUNT = '111122223333'
const REGION = 'us-east-1'
const START = Date.UTC(2026, 0, 2, 3, 0, 0)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const trail = (more: Partial<Trail> = {}): Trail => ({
  recursive: false,
  ...{ account: ACCOUNT, region: REGION, name: 'main', bucket: 'logs-of-mine', prefix: undefined, globalEvents: true },
  ...{ arn: `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/main`, multiRegion: false, validation: true },
  ...{ logGroup: undefined, logRole: undefined, kmsKey: undefined, tags: new Map(), logging: true, createdAt: START },
  ...{ startedAt: START, stoppedAt: undefined },
  selection: { basic: [{}], advanced: undefined, insights: [], custom: false } as unknown as Trail['selection'],
  ...more,
})

let sequence = 0
function record(
  eventTime: number,
  more: Record<string, unknown> = {},
  account = ACCOUNT,
  region = REGION,
): StoredRecord {
  const eventId = `id-${++sequence}`
  const fields = { eventSource: 'secretsmanager.amazonaws.com', eventName: 'GetSecretValue', readOnly: true, ...more }
  const text = JSON.stringify({ ...fields, eventID: eventId })
  return { writer: 'w', sequence, hash: '', mac: null, eventId, eventTime, account, region, record: text }
}

interface World {
  readonly delivery: TrailDelivery
  readonly clock: SettableClock
  readonly storage: Storage
  readonly objects: Objects
  readonly events: AuditEvent[]
  readonly problems: unknown[]
  take(records: readonly StoredRecord[]): Promise<void>
  start(trail: Trail): Promise<void>
  travel(to: number): Promise<void>
  keys(): Promise<string[]>
  /** A new process over the same store. */
  again(objects?: Objects): World
}

interface Options {
  readonly keptMs?: number
  readonly regions?: readonly string[]
  readonly postgres?: Postgres
}

async function world(options: Options = {}): Promise<World> {
  const clock = new SettableClock(START)
  const all = [...sealingMigrations, ...jobMigrations, ...migrations]
  const has = all.some(({ name }) => name === 'cloudtrail/0002-delivery')
  const steps = has ? all : [...all, ...deliveryMigrations]
  const storage =
    options.postgres === undefined
      ? await openSqlite({ file: ':memory:', migrations: steps, clock })
      : await openPostgres({
          url: await options.postgres.database(),
          ...{ migrations: steps, clock, random: systemRandom, onProblem: () => undefined },
        })
  const vault = await openVault({ storage, seal: memorySeal(), random: systemRandom })
  const made = (objects: Objects): World => {
    const events: AuditEvent[] = []
    const problems: unknown[] = []
    const delivery = new TrailDelivery({
      ...{ storage, vault, clock, random: systemRandom, regions: options.regions ?? [REGION], folder: objects },
      ...{ others: [], keptMs: options.keptMs },
      record: async (_, some) => void events.push(...some),
      settle: async () => undefined,
      onProblem: (_, error) => void problems.push(error),
    })
    const runner = new JobRunner({
      ...{ storage, clock, handlers: delivery.handlers },
      onFailure: ({ error }) => void problems.push(error),
      onProblem: (error) => void problems.push(error),
      settled: () => delivery.idle(),
    })
    return {
      ...{ delivery, clock, storage, objects, events, problems },
      take: (records) => storage.unit('write', async (unit) => delivery.follower.take?.(unit, records)),
      start: (given) =>
        storage.unit('write', async (unit) => {
          await new Trails(unit, vault.macKey('cloudtrail/rows')).save(given)
          await delivery.changed(unit, given, 'started', clock.now())
        }),
      async travel(to) {
        await runner.travel(clock, to)
        await delivery.idle()
      },
      keys: async () => {
        const found: string[] = []
        for await (const { key } of objects.walk('logs-of-mine', '', '')) found.push(key)
        return found
      },
      again: (other = objects) => made(other),
    }
  }
  return made(memoryObjects(clock))
}

async function textOf({ objects }: Pick<World, 'objects'>, key: string): Promise<string> {
  return gunzipSync((await objects.read('logs-of-mine', key))?.body ?? Buffer.alloc(0)).toString()
}
const isDigest = (key: string) => key.includes('/CloudTrail-Digest/')
const recordsIn = async (at: World, keys: readonly string[]) =>
  (
    await Promise.all(
      keys.filter((key) => !isDigest(key)).map(async (key) => JSON.parse(await textOf(at, key)).Records),
    )
  ).flat() as { eventID: string }[]
const idsIn = async (at: World) => (await recordsIn(at, await at.keys())).map(({ eventID }) => eventID)

test('records are delivered after five minutes, in one file of the name and form of AWS (surroundings.md 1.6)', async () => {
  const at = await world()
  await at.start(trail({ prefix: 'audit' }))
  const some = [record(START + 1000), record(START + 2000, { eventName: 'PutSecretValue', readOnly: false })]
  await at.take(some.slice(0, 1))
  await at.take(some.slice(1))
  await at.travel(START + 4 * MINUTE)
  assert.deepEqual(await at.keys(), [])
  await at.travel(START + 5 * MINUTE)
  const [key = '', ...others] = await at.keys()
  assert.deepEqual(others, [])
  assert.match(
    key,
    /^audit\/AWSLogs\/111122223333\/CloudTrail\/us-east-1\/2026\/01\/02\/111122223333_CloudTrail_us-east-1_20260102T0305Z_[A-Za-z0-9]{16}\.json\.gz$/,
  )
  assert.equal(await textOf(at, key), `{"Records":[${some.map((each) => each.record).join(',')}]}`)
  assert.deepEqual(at.problems, [])
})

test('a trail takes its own records only: of its account, its Region, what its selectors name, while it logs', async () => {
  const at = await world()
  const selection = { ...trail().selection, basic: [{ ReadWriteType: 'WriteOnly' }] } as Trail['selection']
  await at.start(trail({ selection }))
  const write = { readOnly: false }
  const wanted = record(START + 1, write)
  await at.take([
    ...[record(START - 1, write), record(START + 1, write, '444455556666'), record(START + 1)],
    ...[record(START + 1, write, ACCOUNT, 'eu-west-1'), wanted],
  ])
  await at.travel(START + 5 * MINUTE)
  assert.deepEqual(await idsIn(at), [wanted.eventId])
})

test('a trail of all Regions has files, and digests, for each of them', async () => {
  const at = await world({ regions: [REGION, 'eu-west-1'] })
  await at.start(trail({ multiRegion: true }))
  await at.take([record(START + 1), record(START + 1, {}, ACCOUNT, 'eu-west-1')])
  await at.travel(START + HOUR)
  const keys = await at.keys()
  assert.deepEqual(
    keys.map((key) => key.split('/').slice(2, 4).join(' ')),
    ['CloudTrail-Digest eu-west-1', 'CloudTrail-Digest us-east-1', 'CloudTrail eu-west-1', 'CloudTrail us-east-1'],
  )
  assert.match(keys[0] ?? '', /_CloudTrail-Digest_eu-west-1_main_us-east-1_20260102T040000Z\.json\.gz$/)
})

test('digests come each hour, also when nothing happened, chained and signed over the uncompressed bytes (traps 6, 9)', async () => {
  const at = await world()
  await at.start(trail())
  await at.take([record(START + 1000), record(START + 9000)])
  await at.travel(START + 2 * HOUR)
  const digests = (await at.keys()).filter(isDigest)
  assert.equal(digests.length, 2)
  const [key] = await at.storage.unit('read', (unit) => at.delivery.keys(unit, ACCOUNT, REGION, START, START + HOUR))
  const publicKey = publicKeyOf(key?.value ?? Buffer.alloc(0))
  let previous: { text: string; signature: string; object: string } | undefined
  for (const object of digests) {
    const read = await at.objects.read('logs-of-mine', object)
    const text = await textOf(at, object)
    const digest = JSON.parse(text)
    const { signature = '', 'signature-algorithm': algorithm } = read?.found.metadata ?? {}
    assert.equal(algorithm, 'SHA256withRSA')
    const hash = createHash('sha256').update(text).digest('hex')
    const said = textToSign(digest.digestEndTime, 'logs-of-mine', object, hash, previous?.signature ?? null)
    assert.ok(verify('sha256', Buffer.from(said), publicKey, Buffer.from(signature, 'hex')))
    assert.equal(digest.digestPublicKeyFingerprint, key?.fingerprint)
    assert.equal(digest.previousDigestS3Object, previous?.object ?? null)
    assert.equal(digest.previousDigestSignature, previous?.signature ?? null)
    assert.equal(
      digest.previousDigestHashValue,
      previous === undefined ? null : createHash('sha256').update(previous.text).digest('hex'),
    )
    previous = { text, signature, object }
  }
  const [first, second] = await Promise.all(digests.map(async (object) => JSON.parse(await textOf(at, object))))
  const [file = ''] = (await at.keys()).filter((each) => !isDigest(each))
  assert.deepEqual(first.logFiles, [
    {
      s3Bucket: 'logs-of-mine',
      s3Object: file,
      hashValue: createHash('sha256')
        .update(await textOf(at, file))
        .digest('hex'),
      hashAlgorithm: 'SHA-256',
      newestEventTime: '2026-01-02T03:00:09Z',
      oldestEventTime: '2026-01-02T03:00:01Z',
    },
  ])
  assert.deepEqual(
    [second.logFiles, second.newestEventTime, second.digestStartTime, second.digestEndTime],
    [[], null, '2026-01-02T04:00:00Z', '2026-01-02T05:00:00Z'],
  )
})

test('StopLogging delivers what waits and a final digest; a new start is a new chain (surroundings.md 1.7)', async () => {
  const at = await world()
  await at.start(trail())
  await at.travel(START + HOUR)
  const last = record(START + HOUR + 5 * MINUTE)
  await at.take([last])
  await at.travel(START + HOUR + 6 * MINUTE)
  const stopped = trail({ logging: false, stoppedAt: at.clock.now() })
  await at.storage.unit('write', (unit) => at.delivery.changed(unit, stopped, 'stopped', at.clock.now()))
  // Written before the stop, taken after it.
  const late = record(START + HOUR + 5 * MINUTE)
  await at.take([late, record(START + HOUR + 7 * MINUTE)])
  await at.travel(START + HOUR + 6 * MINUTE + 1)
  assert.deepEqual(await idsIn(at), [last.eventId, late.eventId])
  const digests = (await at.keys()).filter(isDigest)
  assert.equal(digests.length, 2)
  const final = JSON.parse(await textOf(at, digests[1] ?? ''))
  assert.equal(final.previousDigestS3Object, digests[0])
  assert.equal(final.logFiles.length, 2)
  await at.travel(START + 5 * HOUR)
  assert.equal((await at.keys()).filter(isDigest).length, 2)

  await at.start(trail({ startedAt: START + 5 * HOUR }))
  await at.travel(START + 6 * HOUR)
  const starting = JSON.parse(await textOf(at, (await at.keys()).filter(isDigest)[2] ?? ''))
  assert.deepEqual(
    [starting.previousDigestS3Object, starting.previousDigestSignature, starting.digestStartTime],
    [null, null, '2026-01-02T08:00:00Z'],
  )
})

test('whatever breaks between two steps, every record is delivered once, and digests verify on', async () => {
  const probe = await world()
  await probe.start(trail())
  let calls = 0
  const counting = (at: World, failAt: number): Objects => ({
    ...at.objects,
    async put(...given) {
      calls++
      if (calls === failAt) throw new ObjectRefused('DiskFull', 'no room')
      await at.objects.put(...given)
      // As if the power went after the file was there, and before the store knew.
      if (calls === -failAt) throw new Error('killed')
    },
  })
  for (const failAt of [1, -1, 2, -2, 3, -3]) {
    const first = await world()
    calls = 0
    const at = first.again(counting(first, failAt))
    await at.start(trail())
    const some = [record(START + 1000), record(START + 2000)]
    await at.take(some)
    await at.travel(START + 10 * MINUTE)
    const more = record(START + 11 * MINUTE)
    await at.take([more])
    await at.travel(START + 3 * HOUR)
    assert.deepEqual(
      await idsIn(at),
      [...some, more].map(({ eventId }) => eventId),
      `breaks at ${failAt}`,
    )
    assert.equal(at.problems.length, 1)
    let named = 0
    let previous: string | null = null
    for (const object of (await at.keys()).filter(isDigest)) {
      const digest = JSON.parse(await textOf(at, object))
      named += digest.logFiles.length
      assert.equal(digest.previousDigestSignature, previous, `breaks at ${failAt}`)
      previous = (await at.objects.head('logs-of-mine', object))?.metadata.signature ?? ''
    }
    assert.equal(named, 2)
  }
})

test('GetTrailStatus learns of a delivery that fails, and of the next that goes well', async () => {
  const first = await world()
  let full = true
  const at = first.again({
    ...first.objects,
    async put(...given) {
      if (full) throw new ObjectRefused('DiskFull', 'there is no room left in the folder')
      await first.objects.put(...given)
    },
  })
  const status = () =>
    at.storage.unit('read', async (unit) => {
      const { deliveryAt, deliveryError } = await new Trails(unit, undefined as never).status(trail())
      return { deliveryAt, deliveryError }
    })
  await at.start(trail())
  await at.take([record(START + 1)])
  await at.travel(START + 5 * MINUTE)
  assert.deepEqual(await status(), { deliveryAt: undefined, deliveryError: 'DiskFull' })
  assert.match((await at.delivery.notes()).join(), /^log files of a trail can not be delivered/)
  full = false
  await at.travel(START + 20 * MINUTE)
  const { deliveryAt, deliveryError } = await status()
  assert.deepEqual([typeof deliveryAt, deliveryError], ['number', undefined])
  assert.equal((await idsIn(at)).length, 1)
  assert.deepEqual(await at.delivery.notes(), [])
})

test('what fails at a stop is told as a delivery of files too, and is good again when both are there', async () => {
  const first = await world()
  let full = true
  const at = first.again({
    ...first.objects,
    async put(...given) {
      if (full) throw new ObjectRefused('NoSuchBucket', 'there is no such bucket')
      await first.objects.put(...given)
    },
  })
  const errors = () =>
    at.storage.unit('read', async (unit) => {
      const { deliveryError, digestError } = await new Trails(unit, undefined as never).status(trail())
      return [deliveryError, digestError]
    })
  await at.start(trail())
  await at.take([record(START + 1)])
  await at.storage.unit('write', (unit) => at.delivery.changed(unit, trail(), 'stopped', at.clock.now()))
  await at.travel(START + 30_000)
  assert.deepEqual(await errors(), ['NoSuchBucket', 'NoSuchBucket'])
  assert.equal((await at.delivery.notes()).length, 1)
  full = false
  await at.travel(START + 20 * MINUTE)
  assert.deepEqual(await errors(), [undefined, undefined])
  assert.deepEqual(await at.delivery.notes(), [])
})

test('a bucket belongs to the account whose trail named it first', async () => {
  const at = await world()
  const ask = (account: string, bucket = 'logs-of-mine') =>
    at.storage.unit('write', (unit) =>
      at.delivery.bucket(unit, { account, region: REGION, now: START } as unknown as Call, bucket),
    )
  assert.equal(await ask(ACCOUNT), 'there')
  assert.equal(await ask(ACCOUNT), 'there')
  assert.equal(await ask('444455556666'), 'refused')
  for (const bucket of ['..', 'a/b', '/etc', 'A-b-c', '.metadata']) assert.equal(await ask(ACCOUNT, bucket), 'refused')
})

test('retention takes a log file away with the digest that names it, never before, and says so in the trail (trap 43)', async () => {
  const at = await world({ keptMs: 24 * HOUR })
  await at.start(trail())
  await at.delivery.begin()
  await at.take([record(START + 1)])
  await at.travel(START + 2 * HOUR)
  const before = await at.keys()
  assert.equal(before.length, 3)
  await at.travel(START + 72 * HOUR)
  const after = await at.keys()
  assert.deepEqual(
    after.filter((key) => !isDigest(key)),
    [],
  )
  assert.ok(!after.includes(before[1] ?? ''))
  const [event] = at.events
  assert.equal(event?.eventName, 'DeliveredFilesRemoved')
  assert.equal(
    at.events.reduce((sum, each) => sum + Number(each.additionalEventData?.logFiles), 0),
    1,
  )
  // What is left is a chain still: each digest names the one before it.
  const left = after.filter(isDigest)
  for (const [at_, object] of left.entries()) {
    if (at_ > 0) assert.equal(JSON.parse(await textOf(at, object)).previousDigestS3Object, left[at_ - 1])
  }
})

test('a key that is rotated stays listed, and digests go on with the next', async () => {
  const at = await world()
  await at.start(trail())
  await at.travel(START + HOUR)
  await at.delivery.rotateKey(ACCOUNT, REGION)
  await at.travel(START + 2 * HOUR)
  const keys = await at.storage.unit('read', (unit) => at.delivery.keys(unit, ACCOUNT, REGION, START, START + 2 * HOUR))
  assert.equal(keys.length, 2)
  const used = await Promise.all(
    (await at.keys())
      .filter(isDigest)
      .map(async (object) => JSON.parse(await textOf(at, object)).digestPublicKeyFingerprint),
  )
  assert.deepEqual(used.toSorted(), keys.map(({ fingerprint }) => fingerprint).toSorted())
  assert.deepEqual(
    await at.storage.unit('read', (unit) => at.delivery.keys(unit, ACCOUNT, 'eu-west-1', START, START + HOUR)),
    [],
  )
})

test('the same on PostgreSQL: files, digests, a stop, retention', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  const at = await world({ postgres, keptMs: 24 * HOUR })
  await at.start(trail())
  await at.delivery.begin()
  const some = [record(START + 1), record(START + 2)]
  await at.take(some.slice(0, 1))
  await at.take(some.slice(1))
  await at.travel(START + 2 * HOUR)
  assert.deepEqual(
    await idsIn(at),
    some.map(({ eventId }) => eventId),
  )
  assert.equal((await at.keys()).filter(isDigest).length, 2)
  const more = record(at.clock.now())
  await at.take([more])
  const stopped = trail({ logging: false, stoppedAt: at.clock.now() })
  await at.storage.unit('write', (unit) => at.delivery.changed(unit, stopped, 'stopped', at.clock.now()))
  await at.travel(START + 2 * HOUR + MINUTE)
  assert.equal((await idsIn(at)).length, 3)
  await at.travel(START + 72 * HOUR)
  assert.deepEqual(at.problems, [])
  assert.equal((await at.keys()).filter(isDigest).length, 1)
  await at.storage.close()
})

import type { Follower } from '#kernel/audit/follower'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { JobHandler } from '#kernel/jobs/jobs'
import { jobs } from '#kernel/jobs/store'
import type { Objects, ObjectSink } from '#kernel/objects/objects'
import { isBucket } from '#kernel/objects/objects'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Trail } from '../model/trail.ts'
import type { Delivery, PublicKey } from '../operation.ts'
import { Trails } from '../trails.ts'
import { Buckets } from './buckets.ts'
import { DIGEST_MS } from './digests.ts'
import { CLOSING, DeliveryEngine, DIGESTS } from './engine.ts'
import type { Places } from './files.ts'
import { filesFollower, jobKey } from './follower.ts'
import { Retention, type RetentionParts } from './retention.ts'
import { Sessions, sessionOf } from './sessions.ts'
import { SigningKeysOfTrails } from './signing-keys.ts'

/** What deliveries work with. */
export interface DeliveryParts {
  readonly storage: Storage
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  /** The Regions that are served. */
  readonly regions: readonly string[]
  /** The operator's folder, which the S3 façade reads too; undefined: files go elsewhere only. */
  readonly folder: Objects | undefined
  /** Where files go besides: a bucket on a server that speaks S3's wire. */
  readonly others: readonly ObjectSink[]
  /** Milliseconds that files stay in the folder; undefined: for ever. */
  readonly keptMs: number | undefined
  readonly encrypt?: Places['encrypt'] | undefined
  /** Writes events of the service in a unit. */
  readonly record: RetentionParts['record']
  /** Settles when the followers have taken all that is in the journal now. */
  settle(): Promise<void>
  onProblem(text: string, error: unknown): void
}

/** Delivers log files and digests of trails. One for each process; only the one that runs jobs writes. */
export class TrailDelivery implements Delivery {
  readonly #parts: DeliveryParts
  readonly #keys: SigningKeysOfTrails
  readonly #engine: DeliveryEngine
  readonly #retention: Retention
  readonly follower: Follower
  readonly handlers: readonly JobHandler[]

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    const { storage, vault, clock } = parts
    const macKey = vault.macKey('cloudtrail/rows')
    this.#keys = new SigningKeysOfTrails(storage, vault, macKey)
    const sinks = [...(parts.folder === undefined ? [] : [parts.folder]), ...parts.others]
    const claimed = new Set<string>()
    const claim = async (bucket: string, account: string) => {
      if (claimed.has(bucket)) return
      await parts.folder?.claim(bucket, account)
      claimed.add(bucket)
    }
    this.#engine = new DeliveryEngine({ ...parts, macKey, sinks, claim, keys: this.#keys })
    this.#retention = new Retention({ ...parts, macKey })
    this.follower = filesFollower(storage, vault, clock)
    this.handlers = [...this.#engine.handlers, ...this.#retention.handlers]
  }

  /** A bucket is made by the first trail that names it, and belongs to that trail's account from then on. */
  async bucket(unit: Unit, call: Call, bucket: string): Promise<'there' | 'missing' | 'refused'> {
    if (!isBucket(bucket)) return 'refused'
    const buckets = new Buckets(unit, this.#parts.vault.macKey('cloudtrail/rows'))
    const known = await buckets.find(bucket)
    if (known !== undefined) return known.account === call.account ? 'there' : 'refused'
    // A folder that is there already, and not as the account's bucket, is somebody else's.
    if ((await this.#parts.folder?.claimable(bucket, call.account)) === false) return 'refused'
    await buckets.add({ bucket, account: call.account, region: call.region, createdAt: call.now })
    return 'there'
  }

  keys(unit: Unit, account: string, region: string, fromMs: number, toMs: number): Promise<readonly PublicKey[]> {
    return this.#keys.publicKeys(unit, account, region, fromMs, toMs)
  }

  async changed(
    unit: Unit,
    trail: Trail,
    what: 'started' | 'stopped' | 'updated' | 'deleted',
    now: number,
  ): Promise<void> {
    const sessions = new Sessions(unit, this.#parts.vault)
    const { account, region: home, name } = trail
    const payload = { account, home, name }
    const key = jobKey(trail)
    if (what === 'started') {
      await sessions.save(sessionOf(trail))
      const due = now + DIGEST_MS
      await jobs.schedule(unit, { kind: DIGESTS, key, dueAt: due, payload: { ...payload, due } })
      return
    }
    const open = (await sessions.of(payload)).find(({ stoppedAt }) => stoppedAt === undefined)
    if (open === undefined) return
    if (what === 'updated') {
      await sessions.save({ ...sessionOf(trail), startedAt: open.startedAt })
      return
    }
    await sessions.save({ ...open, stoppedAt: now })
    await jobs.cancel(unit, DIGESTS, key)
    await jobs.schedule(unit, { kind: CLOSING, key, dueAt: now, payload })
  }

  /** Puts another key in the place of the one that signs the digests of an account in a Region; answers its fingerprint. */
  rotateKey(account: string, region: string): Promise<string> {
    return this.#keys.rotate(account, region, this.#parts.clock.now())
  }

  /** Puts down what is done from time to time. */
  async begin(): Promise<void> {
    await this.#parts.storage.unit('write', (unit) => this.#retention.begin(unit))
  }

  /** What health has to say, of no account: how many trails wait for a place that does not take their files. */
  async notes(): Promise<string[]> {
    const { storage, vault } = this.#parts
    const macKey = vault.macKey('cloudtrail/rows')
    const trails = await storage.unit('read', (unit) => new Trails(unit, macKey).failing())
    if (trails === 0) return []
    const whose = trails === 1 ? 'a trail' : `${trails} trails`
    return [
      `log files of ${whose} can not be delivered: they are kept, and tried again; see get-trail-status and the log`,
    ]
  }

  /** Settles when nothing is being written. */
  async idle(): Promise<void> {
    await this.#engine.idle()
    await this.#retention.idle()
  }
}

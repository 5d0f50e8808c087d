import type { KeyObject } from 'node:crypto'
import type { AuditEvent } from '#kernel/audit/event'
import type { Caller } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { JobHandler } from '#kernel/jobs/jobs'
import { jobs } from '#kernel/jobs/store'
import type { Objects } from '#kernel/objects/objects'
import type { Random } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'
import { isoTime } from '../model/delivered.ts'
import * as sql from './delivery.sql.ts'
import { checkedDigest, checkedFile, signedDigest, signedFile } from './rows.ts'

const RETENTION = 'cloudtrail/retention'
const EVERY_MS = 24 * 3_600_000
const SERVICE = 'cloudtrail.amazonaws.com'

export interface RetentionParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly macKey: KeyObject
  readonly folder: Objects | undefined
  readonly keptMs: number | undefined
  record(unit: Unit, events: readonly AuditEvent[]): Promise<void>
  onProblem(text: string, error: unknown): void
}

/** What was taken away of one trail's files in one Region. */
interface Taken {
  readonly account: string
  readonly home: string
  readonly name: string
  readonly region: string
  files: number
  digests: number
  until: number
}

/**
 * Takes files away that are older than the operator wants them. A log file goes together with the digest that names it, never before,
 * and the newest digest of a chain stays; and what goes is written down first, in the store and as an event of the trail. Source: trap 43.
 */
export class Retention {
  readonly #parts: RetentionParts
  #turn: Promise<void> = Promise.resolve()
  readonly handlers: readonly JobHandler[]

  constructor(parts: RetentionParts) {
    this.#parts = parts
    this.handlers = [
      {
        kind: RETENTION,
        run: async (unit) => {
          await this.#next(unit)
          unit.afterCommit(() => {
            this.#turn = this.#turn.then(() =>
              this.prune().catch((error: unknown) =>
                parts.onProblem('old log files of trails could not be taken away yet', error),
              ),
            )
          })
        },
      },
    ]
  }

  /** Puts the first look down. */
  async begin(unit: Unit): Promise<void> {
    if (this.#parts.keptMs === undefined || this.#parts.folder === undefined) await jobs.cancel(unit, RETENTION, 'all')
    else await jobs.schedule(unit, { kind: RETENTION, key: 'all', dueAt: this.#parts.clock.now(), payload: {} })
  }

  idle(): Promise<void> {
    return this.#turn
  }

  async #next(unit: Unit): Promise<void> {
    if (this.#parts.keptMs === undefined || this.#parts.folder === undefined) return
    const dueAt = this.#parts.clock.now() + EVERY_MS
    await jobs.schedule(unit, { kind: RETENTION, key: 'all', dueAt, payload: {} })
  }

  /** Takes away what is too old now. */
  async prune(): Promise<void> {
    const { storage, folder, keptMs, clock } = this.#parts
    if (folder === undefined || keptMs === undefined) return
    const before = clock.now() - keptMs
    // A bounded number at a time, each written down before it is done.
    while (await storage.unit('write', (unit) => this.#mark(unit, before)));
    for (;;) {
      const { files, digests } = await storage.unit('read', async (unit) => ({
        files: await unit.all<sql.FileRow>(sql.filesPruned, {}),
        digests: await unit.all<sql.DigestRow>(sql.digestsPruned, {}),
      }))
      if (files.length === 0 && digests.length === 0) return
      const { macKey } = this.#parts
      for (const row of [...files, ...digests]) await folder.remove(row.bucket, row.object)
      await storage.unit('write', async (unit) => {
        for (const row of files)
          await unit.run(sql.putFile, { ...signedFile(macKey, { ...checkedFile(macKey, row), state: 'gone' }) })
        for (const row of digests)
          await unit.run(sql.putDigest, { ...signedDigest(macKey, { ...checkedDigest(macKey, row), state: 'gone' }) })
      })
    }
  }

  /** Writes down what is to go; false: there is no more of it. */
  async #mark(unit: Unit, before: number): Promise<boolean> {
    const { macKey } = this.#parts
    const taken = new Map<string, Taken>()
    const count = (row: sql.FileRow | sql.DigestRow, what: 'files' | 'digests', at: number) => {
      const { account, home, name, region } = row
      const key = `${account} ${home} ${name} ${region}`
      const found = taken.get(key) ?? { account, home, name, region, files: 0, digests: 0, until: 0 }
      taken.set(key, found)
      found[what]++
      found.until = Math.max(found.until, at)
    }
    const gone = async (row: sql.FileRow) => {
      await unit.run(sql.putFile, { ...signedFile(macKey, { ...checkedFile(macKey, row), state: 'pruned' }) })
      count(row, 'files', Number(row.delivered_at))
    }
    for (const row of await unit.all<sql.DigestRow>(sql.digestsBefore, { before })) {
      for (const file of await unit.all<sql.FileRow>(sql.filesOfDigest, { digest: row.object }))
        if (file.bucket === row.bucket && file.state === 'there') await gone(file)
      await unit.run(sql.putDigest, { ...signedDigest(macKey, { ...checkedDigest(macKey, row), state: 'pruned' }) })
      count(row, 'digests', Number(row.end_at))
    }
    for (const row of await unit.all<sql.FileRow>(sql.filesBefore, { before })) await gone(row)
    if (taken.size > 0)
      await this.#parts.record(
        unit,
        [...taken.values()].map((each) => this.#event(each)),
      )
    return taken.size > 0
  }

  #event({ account, home, name, region, files, digests, until }: Taken): AuditEvent {
    const { clock, random } = this.#parts
    const caller: Caller = {
      ...{ kind: 'service', account, arn: SERVICE, principalArn: SERVICE, userId: '', accessKeyId: '' },
      ...{ tags: new Map(), policies: [] },
    }
    return {
      call: {
        ...{ requestId: random.uuid(), caller, account, region: home, now: clock.now(), sourceIp: SERVICE },
        ...{ userAgent: SERVICE, secure: true, events: [] },
      },
      eventSource: SERVICE,
      eventName: 'DeliveredFilesRemoved',
      readOnly: false,
      requestParameters: null,
      responseElements: null,
      additionalEventData: {
        trail: `arn:aws:cloudtrail:${home}:${account}:trail/${name}`,
        ...{ region, logFiles: files, digestFiles: digests, deliveredUntil: isoTime(until) },
      },
    }
  }
}

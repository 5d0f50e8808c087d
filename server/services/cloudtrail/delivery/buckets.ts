import type { KeyObject } from 'node:crypto'
import type { Unit } from '#kernel/storage/storage'
import type { TrailBucket, TrailBuckets } from '../port.ts'
import * as sql from './delivery.sql.ts'
import { checkedBucket, signedBucket } from './rows.ts'

/** Whose which bucket is, in one unit of work. Names are there once, whoever's they are, as on AWS. */
export class Buckets implements TrailBuckets {
  readonly #unit: Unit
  readonly #key: KeyObject

  /** @param key of the vault, `cloudtrail/rows` */
  constructor(unit: Unit, key: KeyObject) {
    this.#unit = unit
    this.#key = key
  }

  async find(bucket: string): Promise<TrailBucket | undefined> {
    const row = await this.#unit.get<sql.BucketRow>(sql.bucket, { bucket })
    return row && this.#bucket(row)
  }

  /** By their names. */
  async of(account: string): Promise<TrailBucket[]> {
    return (await this.#unit.all<sql.BucketRow>(sql.bucketsOf, { account })).map((row) => this.#bucket(row))
  }

  async add({ bucket, account, region, createdAt }: TrailBucket): Promise<void> {
    await this.#unit.run(sql.addBucket, {
      ...signedBucket(this.#key, { bucket, account, region, created_at: createdAt }),
    })
  }

  #bucket(row: sql.BucketRow): TrailBucket {
    const { bucket, account, region, created_at } = checkedBucket(this.#key, row)
    return { bucket, account, region, createdAt: Number(created_at) }
  }
}

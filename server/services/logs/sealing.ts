import { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import { openValue, sealValue } from '#kernel/sealing/envelope'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { Keys, KeysFor } from '../kms/port.ts'
import { callOfService } from '../sts/port.ts'
import type { LogGroup } from './model/group.ts'
import { type Cell, groupArn, groupArnOfAll } from './model/names.ts'
import { invalidParameter, keyNotUsable } from './model/refusals.ts'
import type { Rows } from './rows.ts'
import * as sql from './store.sql.ts'

/** What the vault calls the key that chunks are sealed under. */
const LABEL = 'logs/chunk'

/** The principal as which the service uses a group's KMS key. Source: CloudWatch Logs user guide, "Encrypt log data". */
export const servicePrincipal = (region: string) => `logs.${region}.amazonaws.com`

export interface SealingParts {
  readonly vault: Pick<Vault, 'wrap' | 'unwrap'>
  readonly keysFor: KeysFor
  readonly random: Random
  readonly rows: Rows
}

/**
 * How events are sealed: by the vault, and in a group with a KMS key by a data key of the group, which KMS opens for the service
 * itself when the key's policy lets it (encryption context `aws:logs:arn`). For one unit of work.
 */
export class Sealing {
  readonly #unit: Unit
  readonly #parts: SealingParts
  readonly #now: number
  readonly #opened = new Map<string, Promise<Buffer>>()

  constructor(unit: Unit, parts: SealingParts, now: number) {
    this.#unit = unit
    this.#parts = parts
    this.#now = now
  }

  #keys({ account, region }: Cell): Keys {
    const { keysFor, random } = this.#parts
    return keysFor(
      this.#unit,
      callOfService(servicePrincipal(region), { account, region }, random.uuid(), this.#now),
      'logs',
    )
  }

  /** A new data key of the group under a KMS key: what is written from now on is sealed under it. Throws when the key may not be used. */
  async associate(group: LogGroup, kmsKey: string): Promise<LogGroup> {
    const arn = await this.#resolved(group, kmsKey)
    let made: { readonly plaintext: Buffer; readonly blob: Buffer; readonly keyArn: string }
    try {
      made = await this.#keys(group).generateDataKey(arn, contextOf(group))
    } catch (error) {
      throw error instanceof ApiError ? keyNotUsable(groupArn(group)) : error
    }
    made.plaintext.fill(0)
    const of = { account: group.account, region: group.region, group_id: group.id }
    const newest = (await this.#unit.get<{ number: number | null }>(sql.newestKey, of))?.number ?? 0
    const number = newest + 1
    const mac = this.#parts.rows.macOfKey(group, number, made.blob)
    await this.#unit.run(sql.insertKey, { ...of, number, wrapped: made.blob, mac })
    return { ...group, kmsKey: made.keyArn, keyNumber: number }
  }

  async #resolved(group: LogGroup, kmsKey: string): Promise<string> {
    // Aliases are not taken. Source: API_AssociateKmsKey.
    if (!/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(kmsKey)) throw keyNotUsable(groupArn(group))
    return kmsKey
  }

  async seal(group: LogGroup, plain: Uint8Array, bound: readonly string[]): Promise<Buffer> {
    const all = [group.account, group.region, group.id, ...bound]
    if (group.keyNumber === 0) return this.#parts.vault.wrap(LABEL, plain, all)
    return sealValue(await this.#dataKey(group, group.keyNumber), plain, all)
  }

  async open(group: LogGroup, keyNumber: number, sealed: Uint8Array, bound: readonly string[]): Promise<Buffer> {
    const all = [group.account, group.region, group.id, ...bound]
    if (keyNumber === 0) return this.#parts.vault.unwrap(LABEL, sealed, all)
    return openValue(await this.#dataKey(group, keyNumber), sealed, all)
  }

  #dataKey(group: LogGroup, number: number): Promise<Buffer> {
    const name = `${group.id}/${number}`
    const known = this.#opened.get(name)
    if (known !== undefined) return known
    const opening = this.#open(group, number)
    this.#opened.set(name, opening)
    return opening
  }

  async #open(group: LogGroup, number: number): Promise<Buffer> {
    const { account, region, id } = group
    const row = await this.#unit.get<{ wrapped: Uint8Array; mac: Uint8Array }>(sql.findKey, {
      ...{ account, region, group_id: id, number },
    })
    if (row === undefined) throw new Error(`log group ${groupArn(group)} has no key ${number}`)
    this.#parts.rows.checkKey(group, number, row)
    try {
      return (await this.#keys(group).decrypt(row.wrapped, contextOf(group))).plaintext
    } catch (error) {
      // Assumed: the service's own text is not recorded.
      throw error instanceof ApiError
        ? invalidParameter(`The KMS key of the log group '${groupArnOfAll(group)}' cannot be used.`)
        : error
    }
  }
}

/** Source: CloudWatch Logs user guide, "Encrypt log data": kms:EncryptionContext:aws:logs:arn. */
const contextOf = (group: LogGroup) => ({ 'aws:logs:arn': groupArn(group) })

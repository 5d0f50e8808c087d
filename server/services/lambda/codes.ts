import type { Random } from '#kernel/random'
import { openValue, sealValue } from '#kernel/sealing/envelope'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { CodeRef } from './model/function.ts'
import type { Cell } from './model/names.ts'
import * as sql from './store.sql.ts'

const LABEL = 'lambda/code'
/** Bytes that are sealed and stored at once: neither engine has to hold a whole zip in one value. */
const PART_BYTES = 4 * 1024 * 1024

/** A zip ready to be stored. */
export interface SealedCode {
  readonly ref: CodeRef
  readonly wrapped: Uint8Array
  readonly parts: readonly Uint8Array[]
}

/** Seals a zip under a data key of its own, which the vault wraps. `sha256`: of the zip, base64. */
export function sealCode(cell: Cell, zip: Uint8Array, sha256: string, vault: Vault, random: Random): SealedCode {
  const id = random.uuid()
  const dataKey = random.bytes(32)
  try {
    const count = Math.ceil(zip.length / PART_BYTES)
    const parts = Array.from({ length: count }, (_, part) =>
      sealValue(dataKey, zip.subarray(part * PART_BYTES, (part + 1) * PART_BYTES), boundTo(cell, id, part, count)),
    )
    return { ref: { id, sha256, bytes: zip.length }, wrapped: vault.wrap(LABEL, dataKey, keyBoundTo(cell, id)), parts }
  } finally {
    dataKey.fill(0)
  }
}

const keyBoundTo = ({ account, region }: Cell, id: string) => [account, region, id]
const boundTo = ({ account, region }: Cell, id: string, part: number, parts: number) => [
  account,
  region,
  id,
  String(part),
  String(parts),
]

/** The code of functions, in one unit of work. */
export class Codes {
  readonly #unit: Unit
  readonly #vault: Vault

  constructor(unit: Unit, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
  }

  async insert({ account, region }: Cell, { ref, wrapped, parts }: SealedCode): Promise<void> {
    const place = { account, region, id: ref.id }
    await this.#unit.run(sql.insertCode, { ...place, parts: parts.length, bytes: ref.bytes, wrapped })
    for (const [part, sealed] of parts.entries()) await this.#unit.run(sql.insertPart, { ...place, part, sealed })
  }

  /** The zip; undefined when it is not there any more. Throws SealBroken for one that was changed. */
  async read(cell: Cell, id: string): Promise<Buffer | undefined> {
    const place = { account: cell.account, region: cell.region, id }
    const code = await this.#unit.get<sql.CodeRow>(sql.findCode, place)
    if (code === undefined) return undefined
    const dataKey = this.#vault.unwrap(LABEL, code.wrapped, keyBoundTo(cell, id))
    try {
      const count = Number(code.parts)
      const zip = Buffer.allocUnsafeSlow(Number(code.bytes))
      let filled = 0
      for (let part = 0; part < count; part++) {
        const row = await this.#unit.get<{ sealed: Uint8Array }>(sql.findPart, { ...place, part })
        if (row === undefined) throw new Error(`part ${part} of the code ${id} is missing`)
        const clear = openValue(dataKey, row.sealed, boundTo(cell, id, part, count))
        if (filled + clear.length > zip.length) throw new Error(`the code ${id} is longer than its row says`)
        zip.set(clear, filled)
        filled += clear.length
      }
      if (filled !== zip.length) throw new Error(`the code ${id} is shorter than its row says`)
      return zip
    } finally {
      dataKey.fill(0)
    }
  }

  /** Takes code away that no version has any more. */
  async removeUnused({ account, region }: Cell, id: string): Promise<void> {
    if ((await this.#unit.get(sql.codeUsed, { account, region, codeId: id })) !== undefined) return
    await this.#unit.run(sql.deleteParts, { account, region, id })
    await this.#unit.run(sql.deleteCode, { account, region, id })
  }
}

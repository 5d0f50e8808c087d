import { timingSafeEqual } from 'node:crypto'
import { rowMac } from '#kernel/sealing/row-mac'
import {
  type DrillRow,
  findDrill,
  findKeyring,
  findSeals,
  type SealRow,
  type TermRow,
  writeDrill,
} from '#kernel/sealing/rows.sql'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'

/** When it was proven last that a backup and the seal together open, and with which seal. */
export interface Drill {
  readonly provenAt: number
  /** The kind of the seal. */
  readonly seal: string
}

const macOf = (vault: Vault, { provenAt, seal }: Drill) =>
  rowMac(vault.macKey('sealing/drill'), 'seal_drill', [provenAt, seal])

/** Notes a proven drill. */
export async function noteDrill(unit: Unit, vault: Vault, drill: Drill): Promise<void> {
  await unit.run(writeDrill, { proven_at: drill.provenAt, seal: drill.seal, mac: macOf(vault, drill) })
}

/** The last drill that was noted; undefined when there was none, or when somebody else wrote the row. */
export async function lastDrill(unit: Unit, vault: Vault): Promise<Drill | undefined> {
  const row = await unit.get<DrillRow>(findDrill, {})
  if (row === undefined) return undefined
  const drill = { provenAt: Number(row.proven_at), seal: row.seal }
  const mac = macOf(vault, drill)
  return mac.length === row.mac.length && timingSafeEqual(mac, row.mac) ? drill : undefined
}

/** How old the store's oldest seal is; undefined when that was not written down (before 0002). */
export async function sealedSince(unit: Unit): Promise<number | undefined> {
  const rows = await unit.all<SealRow>(findSeals, {})
  const times = rows.flatMap(({ created_at }) => (created_at === null ? [] : [Number(created_at)]))
  return times.length === 0 ? undefined : Math.min(...times)
}

/** How many terms the keyring has. */
export const termsOf = async (unit: Unit): Promise<number> => (await unit.all<TermRow>(findKeyring, {})).length

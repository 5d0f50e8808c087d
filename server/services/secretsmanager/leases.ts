import type { KeyObject } from 'node:crypto'
import type { Clock } from '#kernel/clock'
import { checkRow, rowMac } from '#kernel/sealing/row-mac'
import type { Storage, Unit } from '#kernel/storage/storage'
import { FENCE_MS, LEASE_MS, RENEW_MS } from './model/rotation-run.ts'
import * as sql from './rotations.sql.ts'

/** What leases are kept with. */
export interface LeaseParts {
  readonly storage: Pick<Storage, 'unit'>
  readonly clock: Clock
  /** Of the vault: authenticates rows. */
  readonly rowKey: KeyObject
  /** This process is the only one that rotates: whatever others have claimed, they are dead. */
  readonly alone: boolean
  readonly onProblem: (error: unknown) => void
}

const TABLE = 'rotation_node'
/** Rows of processes that are long gone. */
const OLD_MS = 86_400_000

/**
 * One incarnation of a process, and the lease under which it works: what it has claimed is its own as long as it says that it
 * lives. It says so with the first claim, in the very unit, and then as long as it has work. One that can't say so takes itself
 * for dead before others do: its functions are asked to stop, and what they answer counts no more.
 */
export class Leases {
  /** Its name. */
  readonly node: string
  readonly #parts: LeaseParts
  #lost = new AbortController()
  #renewing: NodeJS.Timeout | undefined
  #fence: NodeJS.Timeout | undefined

  constructor(parts: LeaseParts, node: string) {
    this.#parts = parts
    this.node = node
  }

  /** Aborted when this process must take itself for dead: what it has claimed by now may be somebody else's. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** A claim is made in this unit: from its commit on this process lives for one lease. */
  async take(unit: Unit, now: number): Promise<void> {
    if (this.#parts.alone) return
    const lapsed = await this.#lapsed(unit, now)
    await this.#write(unit, now)
    unit.afterCommit(() => {
      if (lapsed) this.lose()
      this.#keep()
    })
  }

  /** Whether others may have taken this process for dead. */
  async #lapsed(unit: Unit, now: number): Promise<boolean> {
    const row = await unit.get<{ until: number }>(sql.findNode, { id: this.node })
    return row !== undefined && row.until <= now
  }

  /** Until when the claims of a node count; undefined: it is dead. */
  async until(unit: Unit, node: string, now: number): Promise<number | undefined> {
    if (this.#parts.alone || node === this.node) return undefined
    const row = await unit.get<{ until: number; mac: Uint8Array }>(sql.findNode, { id: node })
    if (row === undefined) return undefined
    checkRow(this.#parts.rowKey, TABLE, [node, row.until], row.mac, node)
    return row.until > now ? row.until : undefined
  }

  /** No function runs here: there is nothing to live for. */
  rest(): void {
    clearInterval(this.#renewing)
    clearTimeout(this.#fence)
    this.#renewing = undefined
  }

  /**
   * Says that this process lives. False when it could not, or when it is too late: a process that was stopped for a while may
   * find its runs with another one, and must not come back to life with its old functions.
   */
  async renew(): Promise<boolean> {
    const { storage, clock, onProblem } = this.#parts
    const fence = this.#fenced()
    let lives = false
    try {
      lives = await storage.unit('write', async (unit) => {
        if (await this.#lapsed(unit, clock.now())) return false
        await this.#write(unit, clock.now())
        return true
      })
      if (!lives) this.lose()
    } catch (error) {
      onProblem(error)
    }
    if (lives) this.#shift(fence)
    else clearTimeout(fence)
    return lives
  }

  /** Takes this process for dead, as when it could not say for too long that it lives. */
  lose(): void {
    this.rest()
    this.#lost.abort()
  }

  #keep(): void {
    if (this.#lost.signal.aborted) this.#lost = new AbortController()
    this.#shift(this.#fenced())
    this.#renewing ??= setInterval(() => void this.renew(), RENEW_MS).unref()
  }

  /** Counted from before it was said, not from when that was done. */
  #fenced(): NodeJS.Timeout {
    return setTimeout(() => this.lose(), FENCE_MS).unref()
  }

  #shift(fence: NodeJS.Timeout): void {
    clearTimeout(this.#fence)
    this.#fence = fence
  }

  async #write(unit: Unit, now: number): Promise<void> {
    const until = now + LEASE_MS
    await unit.run(sql.putNode, { id: this.node, until, mac: rowMac(this.#parts.rowKey, TABLE, [this.node, until]) })
    await unit.run(sql.deleteNodes, { before: now - OLD_MS })
  }
}

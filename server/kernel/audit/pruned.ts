import { createHmac, type KeyObject } from 'node:crypto'

/** What the retention of the journal has taken out of one writer's chain: the records from 1 to `through`. */
export interface Pruned {
  readonly writer: string
  readonly through: number
  /** Of the last record that was taken out: the chain goes on from it. */
  readonly hash: string
  /** Not later than this any of them was written, milliseconds. */
  readonly lastTime: number
  /** When it was done. */
  readonly prunedAt: number
}

export interface StoredPruned extends Pruned {
  readonly mac: string
}

/** MAC that makes a note of pruning authentic: who removes blocks himself can't write one. `key`: as of heads. */
export function prunedMac(key: KeyObject, { writer, through, hash, lastTime, prunedAt }: Pruned): string {
  return createHmac('sha256', key)
    .update(`strongroom audit pruned 1\n${writer}\n${through}\n${hash}\n${lastTime}\n${prunedAt}`)
    .digest('hex')
}

export const PRUNED_COLUMNS = 'writer, through, hash, last_time as "lastTime", pruned_at as "prunedAt", mac'

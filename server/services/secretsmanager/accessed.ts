import type { Storage } from '#kernel/storage/storage'
import { accessSecret, accessVersion } from './store.sql.ts'

interface Note {
  readonly account: string
  readonly region: string
  /** Latest day on which each version was read. */
  readonly versions: Map<string, number>
}

/** Secrets written down in one unit. */
const BATCH = 200

/**
 * The days on which values were read, kept in memory until `flush` writes them: reads themselves never write. What is
 * noted shows at once in DescribeSecret and the lists of this process. A crash loses at most what was read since the last
 * flush. Days are midnight UTC in milliseconds.
 */
export class Accessed {
  #noted = new Map<string, Note>()
  /** What is being written right now: still shown. */
  #writing = new Map<string, Note>()

  /** A value of the secret (its internal id) was read. Call it only when the stored day is older. */
  note(account: string, region: string, id: string, version: string, day: number): void {
    let note = this.#noted.get(id)
    if (note === undefined) {
      note = { account, region, versions: new Map() }
      this.#noted.set(id, note)
    }
    if ((note.versions.get(version) ?? 0) < day) note.versions.set(version, day)
  }

  /** The latest day on which any version of the secret was read, `stored` being the day in its row. */
  ofSecret(id: string, stored: number): number {
    if (this.#noted.size === 0 && this.#writing.size === 0) return stored
    let day = stored
    for (const notes of [this.#noted, this.#writing]) {
      for (const noted of notes.get(id)?.versions.values() ?? []) if (noted > day) day = noted
    }
    return day
  }

  /** The same for one version. */
  ofVersion(id: string, version: string, stored: number): number {
    const noted = this.#noted.get(id)?.versions.get(version) ?? 0
    const writing = this.#writing.get(id)?.versions.get(version) ?? 0
    return Math.max(stored, noted, writing)
  }

  /** Writes what was noted, in batches. What a failed batch held stays noted, and the failure is thrown. */
  async flush(storage: Storage): Promise<void> {
    if (this.#writing.size > 0 || this.#noted.size === 0) return
    this.#writing = this.#noted
    this.#noted = new Map()
    try {
      // In one order, so that two processes that write the same secrets wait for each other and don't lock crosswise.
      const notes = [...this.#writing].sort(([a], [b]) => (a < b ? -1 : 1))
      for (let at = 0; at < notes.length; at += BATCH) {
        const batch = notes.slice(at, at + BATCH)
        await storage.unit('write', async (unit) => {
          for (const [id, { account, region, versions }] of batch) {
            await unit.run(accessSecret, { account, region, id, day: Math.max(...versions.values()) })
            for (const [version, day] of versions) await unit.run(accessVersion, { account, region, id, version, day })
          }
        })
        for (const [id] of batch) this.#writing.delete(id)
      }
    } finally {
      for (const [id, { account, region, versions }] of this.#writing) {
        for (const [version, day] of versions) this.note(account, region, id, version, day)
      }
      this.#writing = new Map()
    }
  }

  /** Forgets everything: the store was emptied. */
  clear(): void {
    this.#noted.clear()
    this.#writing.clear()
  }
}

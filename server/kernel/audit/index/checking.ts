import type { KeyObject } from 'node:crypto'
import { BUCKETS, PART } from '#kernel/audit/index/packing'
import { type About, check, IndexDamaged, Seals } from '#kernel/audit/index/segment'
import type { IndexStore } from '#kernel/audit/index/store'

/** What is wrong with an index as it is kept, in words: one sentence for each segment, or one for the whole. */
export async function checkIndex(store: IndexStore, key: KeyObject): Promise<readonly string[]> {
  const seals = new Seals(key)
  const problems: string[] = []
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof IndexDamaged)) throw error
      problems.push(error.message)
      return false
    }
  }
  const state = await store.state()
  if (state === undefined) return problems
  const whole = await attempt(async () => {
    check(seals.state(state.place, state.segments), state.mac, 'the state')
  })
  if (!whole) return problems
  const rows = new Map((await store.segments()).map((row) => [`${row.id}:${row.build}`, row]))
  for (const name of state.segments === '' ? [] : state.segments.split(',')) {
    await attempt(async () => {
      const row = rows.get(name)
      if (row === undefined) throw new IndexDamaged(`segment ${name} of the index of the audit trail is missing`)
      const { id, build, about, mac } = row
      check(seals.segment(id, build, about), mac, `segment ${id}`)
      const parts = Math.ceil((JSON.parse(about) as About).records / PART)
      for (let piece = 0; piece < BUCKETS + parts; piece++) {
        const found = await store.piece(id, piece)
        if (found === undefined)
          throw new IndexDamaged(`piece ${piece} of segment ${id} of the index of the audit trail is missing`)
        check(seals.piece(id, build, piece, found.content), found.mac, `piece ${piece} of segment ${id}`)
      }
    })
  }
  return problems
}

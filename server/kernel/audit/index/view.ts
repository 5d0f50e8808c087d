import type { Gathering } from '#kernel/audit/index/gathering'
import { any, both, BUCKETS, listIn, PART, type Part, type RowOf, unpackPart } from '#kernel/audit/index/packing'
import type { About } from '#kernel/audit/index/segment'
import { type Attribute, codeOf, type Listed, listedOf, timeInId } from '#kernel/audit/index/terms'

/** What is looked for; what is absent does not matter. */
export interface Sought {
  readonly account?: string
  readonly region?: string
  /** All of them. */
  readonly attributes: readonly Attribute[]
  /** Milliseconds, both inside. */
  readonly from: number
  readonly to: number
}

/** Some records, inverted; places are in the order of time. */
export interface View {
  readonly about: About
  row(place: number): Promise<RowOf>
  list(account: string, region: string, key: Listed, value: string): Promise<Uint16Array>
  /** The places of records whose ids may have this time in them; undefined: any. */
  withId(time: number): Promise<Uint16Array | undefined>
}

/** Records that are gathered. */
export function viewOf(gathering: Gathering): View {
  return {
    about: gathering.about(),
    row: async (place) => gathering.row(place),
    list: async (account, region, key, value) => gathering.list(account, region, key, value),
    withId: async () => undefined,
  }
}

/** A segment, by its pieces. */
export function segmentView(about: About, piece: (number: number) => Promise<Buffer>): View {
  let last: { readonly number: number; readonly part: Part } | undefined
  const part = async (number: number): Promise<Part> => {
    if (last?.number !== number) last = { number, part: unpackPart(await piece(BUCKETS + number)) }
    return last.part
  }
  return {
    about,
    row: async (place) => (await part(Math.floor(place / PART))).rows[place % PART] as RowOf,
    async list(account, region, key, value) {
      const code = codeOf(account, region, key, value)
      return listIn(await piece(Math.floor(code / 2 ** 40)), code) ?? new Uint16Array(0)
    },
    async withId(time) {
      const places: number[] = []
      for (let number = 0; number * PART < about.records; number++) {
        const { firstId, lastId, rows } = await part(number)
        if (time >= firstId && time <= lastId) for (let i = 0; i < rows.length; i++) places.push(number * PART + i)
      }
      return Uint16Array.from(places)
    },
  }
}

/** The places, ascending, where what is sought may be: all of those where it is, and few others. */
export async function candidates(view: View, { account, region, attributes, from, to }: Sought): Promise<Uint16Array> {
  const scopes = view.about.scopes.filter(
    ([ofAccount, ofRegion]) => (account ?? ofAccount) === ofAccount && (region ?? ofRegion) === ofRegion,
  )
  if (scopes.length === 0) return new Uint16Array(0)
  let found: Uint16Array | undefined
  for (const attribute of attributes) {
    const listed = listedOf(attribute)
    let list: Uint16Array | undefined
    if (listed === undefined) {
      const time = timeInId(attribute.value)
      if (time < view.about.firstId || time > view.about.lastId) return new Uint16Array(0)
      list = await view.withId(time)
    } else {
      const lists: Uint16Array[] = []
      for (const [ofAccount, ofRegion] of scopes)
        lists.push(await view.list(ofAccount, ofRegion, listed.key, listed.value))
      list = any(lists.filter(({ length }) => length > 0))
    }
    if (list !== undefined) found = found === undefined ? list : both(found, list)
    if (found?.length === 0) return found
  }
  if (found === undefined) {
    const lists: Uint16Array[] = []
    for (const [ofAccount, ofRegion] of scopes) lists.push(await view.list(ofAccount, ofRegion, 'All', ''))
    found = any(lists)
  }
  const low = from <= view.about.firstTime ? 0 : await firstAt(view, found, from)
  const high = to >= view.about.lastTime ? found.length : await firstAt(view, found, to + 1)
  return found.subarray(low, high)
}

/** The index in `places` of the first whose record happened at `time` or later. */
async function firstAt(view: View, places: Uint16Array, time: number): Promise<number> {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((await view.row(places[middle] as number)).time < time) low = middle + 1
    else high = middle
  }
  return low
}

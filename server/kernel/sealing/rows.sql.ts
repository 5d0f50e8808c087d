import { statement } from '#kernel/storage/storage'

/** What the store keeps of its seals, its root keys and its keyring. Times are milliseconds. */

export const findSeals = statement(
  'sealing/find-seals',
  'select id, kind, parameters, wrapped_root, wrapping, public_key, box_key, created_at, mac from seal order by id',
)
/** Whoever changes seals locks them first: two changes at once would each not see the other's row. */
export const lockSeals = statement('sealing/lock-seals', 'select id from seal order by id for update')
export const addSeal = statement(
  'sealing/add-seal',
  `insert into seal (id, kind, parameters, wrapped_root, wrapping, public_key, box_key, created_at, mac)
   values (:id, :kind, :parameters, :wrapped_root, :wrapping, :public_key, :box_key, :created_at, :mac)`,
)
export const writeSeal = statement(
  'sealing/write-seal',
  `update seal set wrapped_root = :wrapped_root, wrapping = :wrapping, public_key = :public_key, box_key = :box_key,
   created_at = :created_at, mac = :mac where id = :id`,
)
export const dropSeal = statement('sealing/drop-seal', 'delete from seal where id = :id')

export const findKeyring = statement(
  'sealing/find-keyring',
  'select term, wrapped, usable_at from keyring order by term',
)
// The first term exists once: of two nodes that start a new store at the same moment one finds the other's.
export const addTerm = statement(
  'sealing/add-term',
  'insert into keyring (term, wrapped, usable_at) values (:term, :wrapped, :usable_at) on conflict (term) do nothing',
)
export const writeTerm = statement('sealing/write-term', 'update keyring set wrapped = :wrapped where term = :term')

export const findRoots = statement('sealing/find-roots', 'select number, link, made_at from root_key order by number')
export const addRoot = statement(
  'sealing/add-root',
  'insert into root_key (number, link, made_at) values (:number, :link, :made_at)',
)
export const dropLinks = statement(
  'sealing/drop-links',
  'update root_key set link = null where link is not null and made_at <= :before',
)

export const findDrill = statement('sealing/find-drill', 'select proven_at, seal, mac from seal_drill where id = 1')
export const writeDrill = statement(
  'sealing/write-drill',
  `insert into seal_drill (id, proven_at, seal, mac) values (1, :proven_at, :seal, :mac)
   on conflict (id) do update set proven_at = excluded.proven_at, seal = excluded.seal, mac = excluded.mac`,
)

export interface SealRow {
  readonly id: string
  readonly kind: string
  readonly parameters: string
  readonly wrapped_root: Uint8Array
  /** `key`: under the seal's key itself; `box`: to its public key, by somebody who did not have the seal. Null is `key`. */
  readonly wrapping: string | null
  /** This and the next three are null in a row of before 0002, the box key of before 0003. */
  readonly public_key: Uint8Array | null
  /** The secret that a box needs besides the public key, under the root key. */
  readonly box_key: Uint8Array | null
  readonly created_at: number | null
  readonly mac: Uint8Array | null
}
export interface TermRow {
  readonly term: number
  readonly wrapped: Uint8Array
  /** From when on new records may be wrapped under it; null: always. */
  readonly usable_at: number | null
}
export interface RootRow {
  readonly number: number
  /** This root key, wrapped under the one before; null when that was long ago. */
  readonly link: Uint8Array | null
  readonly made_at: number
}
export interface DrillRow {
  readonly proven_at: number
  readonly seal: string
  readonly mac: Uint8Array
}

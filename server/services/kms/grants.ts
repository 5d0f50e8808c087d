import { createHash } from 'node:crypto'
import type { Granted } from '#kernel/authorization/evaluate'
import type { Caller } from '#kernel/call'
import { boundBytes } from '#kernel/sealing/bound'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { keep, type KeyCache, keptFor, sizeOf, touch } from './cache.ts'
import * as sql from './grants.sql.ts'
import { orderedKeys, type Pairs } from './model/context.ts'
import { type Constraints, type Covered, covers, type Grant } from './model/grants.ts'
import type { Key } from './model/key.ts'
import { checkGrant, macOfGrant } from './rows.ts'

/** A grant to the caller, and how it names him. */
export interface Held {
  readonly grant: Grant
  readonly as: Granted
}

/** A key, as grants are found by. */
type OfKey = Pick<Key, 'account' | 'region' | 'id'>

/** The ids by which grants name a caller, with how strongly they do. Source: access.md 5.5, 6; kms.md 9.2. */
function idsOf({ kind, account, arn, userId, parentId }: Caller): ReadonlyMap<string, Granted> {
  if (kind === 'service') return new Map([[arn, 'direct']])
  if (kind === 'web') return new Map()
  const ids = new Map<string, Granted>([[account, 'account']])
  if (kind === 'user') ids.set(userId, 'direct')
  if (kind === 'role') ids.set(userId.split(':', 1)[0] as string, 'role').set(userId, 'direct')
  if (kind === 'federated') {
    if (parentId !== undefined && parentId !== account) ids.set(parentId, 'role')
    ids.set(arn, 'direct')
  }
  return ids
}

/** How the caller is named by the id that a principal is bound to; undefined: not at all. */
export function namedBy(id: string | undefined, caller: Caller): Granted | undefined {
  return id === undefined ? undefined : idsOf(caller).get(id)
}

const STRENGTH = { account: 1, role: 2, direct: 3 } as const

/** How strongly what the caller holds allows him a request. */
export function grantedBy(held: readonly Held[], request: Covered): Granted | undefined {
  let strongest: Granted | undefined
  for (const { grant, as } of held) {
    if (strongest !== undefined && STRENGTH[as] <= STRENGTH[strongest]) continue
    if (covers(grant, request)) strongest = as
  }
  return strongest
}

/** The grants, as one unit of work sees them. One whose row was changed from outside is an error. */
export class GrantStore {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #cache: KeyCache

  constructor(unit: Unit, vault: Vault, cache: KeyCache) {
    this.#unit = unit
    this.#vault = vault
    this.#cache = cache
  }

  /** What a caller holds of a key. Costs nothing when nobody holds anything, and a look into a map when nothing changed. */
  async heldBy(caller: Caller, key: Key): Promise<readonly Held[] | undefined> {
    if (!key.granted) return undefined
    const ids = idsOf(caller)
    const name = [key.arn, ...ids.keys()].join(' ')
    const kept = keptFor(this.#cache, this.#unit)
    const known = kept?.grants.get(name)
    if (known !== undefined) return known
    const [a = '', b = '', c = '', d = ''] = ids.keys()
    const rows = await this.#unit.all<sql.GrantRow>(sql.grantsTo, { ...ofKey(key), a, b, c, d })
    const held = rows
      .map((row) => this.#grantIn(row))
      // What is granted to a service is nobody else's, whatever it is called.
      .filter(({ grantee }) => grantee.startsWith('arn:') === (caller.kind !== 'service'))
      .map((grant) => ({ grant, as: ids.get(grant.granteeId) as Granted }))
    const size = rows.reduce(
      (sum, row) => sum + sizeOf('grant', row.operations.length + (row.constraints ?? '').length),
      0,
    )
    if (kept !== undefined) keep(kept, kept.grants, name, held, sizeOf('grant', name.length) + size)
    return held
  }

  async find(key: OfKey, id: string): Promise<Grant | undefined> {
    const row = await this.#unit.get<sql.GrantRow>(sql.findGrant, { ...ofKey(key), id })
    return row && this.#grantIn(row)
  }

  /** The grant that was made by the same request; see `sameAs`. */
  async findSame(key: OfKey, same: string): Promise<Grant | undefined> {
    const row = await this.#unit.get<sql.GrantRow>(sql.findSameGrant, { ...ofKey(key), same_as: same })
    return row && this.#grantIn(row)
  }

  async count(key: OfKey): Promise<number> {
    const row = await this.#unit.get<{ n: number }>(sql.countGrants, ofKey(key))
    return Number(row?.n ?? 0)
  }

  /** How many of them are to one principal. */
  async countTo(key: OfKey, granteeId: string): Promise<number> {
    const row = await this.#unit.get<{ n: number }>(sql.countGrantsTo, { ...ofKey(key), grantee_id: granteeId })
    return Number(row?.n ?? 0)
  }

  /** Grants of a key in order of their ids, after one; those to one principal when `granteeId` is given. */
  async list(key: OfKey, granteeId: string | undefined, after: string, limit: number): Promise<Grant[]> {
    const where = { ...ofKey(key), after, limit }
    const rows =
      granteeId === undefined
        ? await this.#unit.all<sql.GrantRow>(sql.listGrants, where)
        : await this.#unit.all<sql.GrantRow>(sql.listGrantsTo, { ...where, grantee_id: granteeId })
    return rows.map((row) => this.#grantIn(row))
  }

  /** Grants of all keys of a Region, or those of one account there, that a principal may retire. */
  async retirable(
    { region, account }: { readonly region: string; readonly account: string | undefined },
    retiringId: string,
    after: string,
    limit: number,
  ): Promise<Grant[]> {
    const where = { region, retiring_id: retiringId, after, limit }
    const rows =
      account === undefined
        ? await this.#unit.all<sql.GrantRow>(sql.listRetirable, where)
        : await this.#unit.all<sql.GrantRow>(sql.listRetirableIn, { ...where, account })
    return rows.map((row) => this.#grantIn(row))
  }

  /** `same`: see `sameAs`; undefined: every request makes another one. */
  async add(grant: Grant, same: string | undefined): Promise<void> {
    touch(this.#unit)
    const row = {
      account: grant.account,
      region: grant.region,
      key_id: grant.keyId,
      id: grant.id,
      name: grant.name,
      grantee: grant.grantee,
      grantee_id: grant.granteeId,
      retiring: grant.retiring ?? null,
      retiring_id: grant.retiringId ?? null,
      operations: JSON.stringify(grant.operations),
      constraints: grant.constraints === undefined ? null : JSON.stringify(grant.constraints),
      issuer: grant.issuer,
      same_as: same ?? null,
      created_at: grant.createdAt,
    }
    await this.#unit.run(sql.addGrant, { ...row, mac: macOfGrant(this.#vault, row) })
  }

  async remove({ account, region, keyId, id }: Grant): Promise<void> {
    touch(this.#unit)
    await this.#unit.run(sql.deleteGrant, { account, region, key_id: keyId, id })
  }

  #grantIn(row: sql.GrantRow): Grant {
    checkGrant(this.#vault, row)
    return {
      account: row.account,
      region: row.region,
      keyId: row.key_id,
      id: row.id,
      name: row.name,
      grantee: row.grantee,
      granteeId: row.grantee_id,
      retiring: row.retiring ?? undefined,
      retiringId: row.retiring_id ?? undefined,
      operations: JSON.parse(row.operations) as string[],
      constraints: row.constraints === null ? undefined : (JSON.parse(row.constraints) as Constraints),
      issuer: row.issuer,
      createdAt: Number(row.created_at),
    }
  }
}

const ofKey = ({ account, region, id }: OfKey) => ({ account, region, key_id: id })

/** What two requests must have in common to make one grant: all of it, the name and who asks. Source: kms.md 9.2. */
export function sameAs(caller: Caller, grant: Omit<Grant, 'id' | 'createdAt'>): string {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn } = grant.constraints ?? {}
  const parts = [
    caller.userId,
    grant.name,
    grant.granteeId,
    grant.retiringId ?? '',
    [...new Set(grant.operations)].sort().join(),
    ...pairsOf(equals),
    ...pairsOf(subset),
    SourceArn ?? '',
  ]
  return createHash('sha256').update(boundBytes(parts)).digest('hex')
}

function pairsOf(pairs: Pairs | undefined): string[] {
  if (pairs === undefined) return ['none']
  const keys = orderedKeys(pairs)
  return [String(keys.length), ...keys.flatMap((key) => [key, pairs[key] as string])]
}

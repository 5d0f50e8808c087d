import { hash as digest, type KeyObject } from 'node:crypto'
import { isShared } from '#kernel/authorization/shared'
import { compile, standing, together } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import { boundPrincipals, type PolicyPrincipals, UnknownPrincipal } from '../iam/port.ts'
import type { Found, Parameter } from './model/parameter.ts'
import { consumersOf, EVERYBODY, malformedPolicy, type Sharing, type SharingPolicy } from './model/sharing.ts'
import type { Paging } from './paging.ts'
import type { SharingColumns, ShareRow } from './sharing.sql.ts'
import * as sql from './sharing.sql.ts'
import type { Parameters } from './store.ts'

/** Whose policies they are. */
export type Holder = Pick<Parameter, 'account' | 'region' | 'id' | 'arn'>

/** Characters of documents that are kept compiled at the most; beyond, the oldest go. */
const MOST_CHARACTERS = 4_000_000
const TABLE = 'parameter_sharing'

/**
 * The resource policies of parameters as they stand in their rows: authenticated, all of a parameter's together, with the parameter
 * they belong to, and compiled once.
 */
export class Sharings {
  readonly #key: KeyObject
  /** By the MAC, as Latin-1. */
  readonly #kept = new Map<string, { readonly sharing: Sharing; readonly characters: number }>()
  #characters = 0

  /** @param key of the vault: authenticates rows of parameters */
  constructor(key: KeyObject) {
    this.#key = key
  }

  /** The policies in a row; undefined when there are none. Throws RowForged for what this server did not write. */
  of(holder: Holder, { sharing, sharing_mac: mac }: SharingColumns): Sharing | undefined {
    if (sharing === null) return undefined
    checkRow(this.#key, TABLE, fieldsOf(holder, sharing), mac, `policies of ${holder.arn}`)
    const name = Buffer.from(mac as Uint8Array).toString('latin1')
    return this.#kept.get(name)?.sharing ?? this.#keep(name, sharing, holder.arn)
  }

  /** What to write into the row. */
  columns(holder: Holder, policies: readonly SharingPolicy[]): SharingColumns {
    if (policies.length === 0) return { sharing: null, sharing_mac: null }
    const sharing = JSON.stringify(
      policies.map(({ id, hash, document, principals }) => ({ id, hash, document, principals })),
    )
    return { sharing, sharing_mac: rowMac(this.#key, TABLE, fieldsOf(holder, sharing)) }
  }

  #keep(name: string, written: string, arn: string): Sharing {
    const sharing = sharingOf(arn, JSON.parse(written) as SharingPolicy[])
    this.#kept.set(name, { sharing, characters: written.length })
    this.#characters += written.length
    for (const [oldest, { characters }] of this.#kept) {
      if (this.#characters <= MOST_CHARACTERS) break
      this.#kept.delete(oldest)
      this.#characters -= characters
    }
    return sharing
  }
}

/** The policies belong to one parameter: neither another one, nor one of the same name made later, can have them. */
function fieldsOf({ account, region, id, arn }: Holder, sharing: string): Field[] {
  return [account, region, id, arn, sharing]
}

function sharingOf(arn: string, policies: readonly SharingPolicy[]): Sharing {
  const [first, ...more] = policies.map(({ document, principals }) => compile(document, boundPrincipals(principals)))
  if (first === undefined) throw new Error(`${arn} is shared by no policy`)
  const compiled = standing(together([first, ...more]), { kind: 'resource', id: arn, holder: '' })
  return { policies, compiled }
}

/** What a sharing takes in memory, in bytes: measured with secrets' policies, 15 for each character. */
export function sizeOfSharing(sharing: Sharing | undefined): number {
  if (sharing === undefined) return 0
  return sharing.policies.reduce((sum, { document, principals }) => sum + 15 * (document.length + principals.length), 0)
}

/**
 * A checked document with its principals bound to those who have these names now, under `id`. Throws the refusal of one that names
 * somebody who is not there.
 */
export async function boundPolicy(id: string, document: string, principals: PolicyPrincipals): Promise<SharingPolicy> {
  try {
    const bound = await principals.bind(document)
    return { id, hash: hashOf(id, document, bound), document, principals: bound }
  } catch (error) {
    if (!(error instanceof UnknownPrincipal)) throw error
    throw malformedPolicy(`Invalid principal in policy: "${error.kind}":"${error.principal}"`)
  }
}

/** Another one for another document, and for the same one when it means others by the same names. */
function hashOf(...texts: string[]): string {
  return digest('sha256', JSON.stringify(texts), 'hex')
}

/** A listing of what is shared with the caller. */
export interface SharedPage {
  /** Of the page before. */
  readonly token: string | undefined
  /** What the token is bound to. */
  readonly bound: readonly unknown[]
  readonly limit: number
  readonly select: (found: Found) => boolean
}

/** How many entries of the index are looked at for one page; the rest are the next page's. */
const MOST_LOOKED_AT = 200
const NO_TAGS: ReadonlyMap<string, string> = new Map()

/** Who shares which parameters with whom. */
export class Shares {
  readonly #sharings: Sharings
  readonly #paging: Paging

  /** @param paging that hides where a page ends: it may be behind a parameter that the reader must not know of */
  constructor(sharings: Sharings, paging: Paging) {
    this.#sharings = sharings
    this.#paging = paging
  }

  /** Gives a parameter these policies in the place of all that it has. */
  async save({ unit }: Parameters, parameter: Parameter, policies: readonly SharingPolicy[]): Promise<void> {
    const { account, region, key, id } = parameter
    const place = { account, region, key, parameter: id }
    unit.touch('parameters')
    await unit.run(sql.saveSharing, { ...place, ...this.#sharings.columns(parameter, policies) })
    await unit.run(sql.removeShares, { account, region, parameter: id })
    const consumers = new Set(policies.flatMap(({ document }) => [...consumersOf(document)]))
    for (const consumer of consumers) await unit.run(sql.addShare, { ...place, consumer })
  }

  /**
   * Parameters of other accounts that their policies let the caller describe, in the order of owner and name. A page may be short,
   * or empty, and still have a token. Assumed: what PutResourcePolicy shares is listed; nothing must be promoted to a share of RAM,
   * which is not here. @throws ApiError InvalidNextToken.
   */
  async page(
    parameters: Parameters,
    call: Call,
    page: SharedPage,
  ): Promise<{ found: Found[]; next: string | undefined }> {
    const { region } = call
    const entries = await this.#entries(parameters, call, this.#after(page))
    const found: Found[] = []
    let last: ShareRow | undefined
    for (const entry of entries.slice(0, MOST_LOOKED_AT)) {
      if (last !== undefined && found.length === page.limit) return { found, next: this.#next(last, page) }
      last = entry
      if (entry.account === call.account) continue
      const one = await parameters.find(entry.key, { account: entry.account, region })
      if (one !== undefined && isDescribed(one.parameter, call) && page.select(untagged(one))) found.push(one)
    }
    const more = last !== undefined && entries.length > MOST_LOOKED_AT
    return { found, next: more ? this.#next(last as ShareRow, page) : undefined }
  }

  #next({ account, key }: ShareRow, { bound }: SharedPage): string {
    return this.#paging.seal([0, `${account} ${key}`], bound)
  }

  #after({ token, bound }: SharedPage): ShareRow {
    if (token === undefined) return { account: '', key: '' }
    const [account = '', key = ''] = this.#paging.open(token, bound)[1].split(' ')
    return { account, key }
  }

  /** What is shared with the caller's account or with everybody after a place, each entry once: one more than is looked at. */
  async #entries({ unit }: Parameters, { account, region }: Call, after: ShareRow): Promise<ShareRow[]> {
    const entries = new Map<string, ShareRow>()
    for (const consumer of [account, EVERYBODY]) {
      const asked = { consumer, region, ...after, limit: MOST_LOOKED_AT + 1 }
      for (const row of await unit.all<ShareRow>(sql.pageOfShares, asked)) entries.set(`${row.account} ${row.key}`, row)
    }
    return [...entries.values()].sort(inOrder).slice(0, MOST_LOOKED_AT + 1)
  }
}

function isDescribed({ account: owner, arn: resource, sharing }: Parameter, call: Call): boolean {
  return isShared(call, 'ssm', 'ssm:DescribeParameters', { resource, owner, policy: sharing?.compiled })
}

/** Whoever may describe a parameter of another account may not list its tags, nor guess them by filters. */
function untagged({ parameter, version }: Found): Found {
  return { parameter: { ...parameter, tags: NO_TAGS }, version }
}

/** As the store orders them: by bytes; neither accounts nor keys have a character beyond ASCII. */
function inOrder(one: ShareRow, other: ShareRow): number {
  if (one.account !== other.account) return one.account < other.account ? -1 : 1
  return one.key < other.key ? -1 : 1
}

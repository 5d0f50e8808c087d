import type { KeyObject } from 'node:crypto'
import { compile, standing } from '#kernel/authorization/policy'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import { boundPrincipals } from '../iam/port.ts'
import type { ResourcePolicy } from './model/policy.ts'
import type { Secret } from './model/secret.ts'
import { HistoryRows } from './history/entry.ts'
import { RotationRows } from './rotations.ts'
import type { PolicyColumns } from './store.sql.ts'

/** Whose policy it is. */
export type Holder = Pick<Secret, 'account' | 'region' | 'id' | 'arn'>

/** Characters of documents that are kept compiled at the most; beyond, the oldest go. */
const MOST_CHARACTERS = 4_000_000
/** Bytes that a compiled policy takes for each character of its document, measured with 1 to 100 statements. */
const BYTES_PER_CHARACTER = 15

/**
 * The resource policies of secrets as they stand in their rows: authenticated with the secret they belong to, and compiled
 * once. A policy that decides has the right MAC: its very text and principals were checked with it before.
 */
export class Policies {
  /** The rows of rotations, which decide too: authenticated with the same key. */
  readonly rotations: RotationRows
  /** The rows of the history, by which secrets are brought back: with the same key too. */
  readonly history: HistoryRows
  readonly #key: KeyObject
  /** By the MAC, as Latin-1. */
  readonly #kept = new Map<string, ResourcePolicy>()
  #characters = 0

  /** @param key of the vault: authenticates rows */
  constructor(key: KeyObject) {
    this.#key = key
    this.rotations = new RotationRows(key)
    this.history = new HistoryRows(key)
  }

  /** The policy in a row; undefined when there is none. Throws RowForged for one that this server did not write. */
  of(
    holder: Holder,
    { policy, policy_principals: principals, policy_mac: mac }: PolicyColumns,
  ): ResourcePolicy | undefined {
    if (policy === null) return undefined
    checkRow(this.#key, TABLE, fieldsOf(holder, policy, principals ?? ''), mac, `policy of ${holder.arn}`)
    const name = Buffer.from(mac as Uint8Array).toString('latin1')
    return this.#kept.get(name) ?? this.#keep(name, policyOf(holder.arn, policy, principals ?? ''))
  }

  /** What to write into the row. */
  columns(holder: Holder, policy: Pick<ResourcePolicy, 'document' | 'principals'> | undefined): PolicyColumns {
    if (policy === undefined) return { policy: null, policy_principals: null, policy_mac: null }
    const { document, principals } = policy
    const mac = rowMac(this.#key, TABLE, fieldsOf(holder, document, principals))
    return { policy: document, policy_principals: principals, policy_mac: mac }
  }

  #keep(name: string, policy: ResourcePolicy): ResourcePolicy {
    this.#kept.set(name, policy)
    this.#characters += policy.document.length
    for (const [oldest, { document }] of this.#kept) {
      if (this.#characters <= MOST_CHARACTERS) break
      this.#kept.delete(oldest)
      this.#characters -= document.length
    }
    return policy
  }
}

const TABLE = 'secret_policy'

/** The policy belongs to one secret: neither another one, nor one of the same name made later, can have it. */
function fieldsOf({ account, region, id, arn }: Holder, document: string, principals: string): Field[] {
  return [account, region, id, arn, document, principals]
}

/** What a policy takes in memory, in bytes. */
export function sizeOfPolicy(policy: ResourcePolicy | undefined): number {
  return policy === undefined ? 0 : policy.document.length * BYTES_PER_CHARACTER
}

/** A policy, compiled with its principals bound. `arn`: of the secret that has it. */
export function policyOf(arn: string, document: string, principals: string): ResourcePolicy {
  const compiled = compile(document, boundPrincipals(principals))
  return { document, principals, compiled: standing(compiled, { kind: 'resource', id: arn, holder: '' }) }
}

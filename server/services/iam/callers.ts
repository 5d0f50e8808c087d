import type { Compiled } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import type { Vault } from '#kernel/sealing/vault'
import type { Credential } from '#kernel/signature/credential'
import type { Storage, Unit } from '#kernel/storage/storage'
import { secretIn } from './keys.ts'
import { assumedRoleArn, rootArn } from './model/identity.ts'
import type { Principal, PrincipalsNow } from './port.ts'
import { PrincipalReader } from './principal-reader.ts'
import * as sql from './store.sql.ts'
import { Turns } from './turns.ts'

/** Most access keys that are kept at once, known ones and unknown ones each; and most principals. */
const MOST_KEPT = 10_000
/** Most look-ups at once: a flood of unknown ids does not take the whole store. */
const MOST_ASKED = 64
/** What an access key id can be. Source: access.md 3.2 (`accessKeyIdType`). */
const ACCESS_KEY_ID = /^\w{16,128}$/

const NO_TAGS: ReadonlyMap<string, string> = new Map()
const NO_POLICIES: readonly Compiled[] = []

type Looked = Credential | 'unknown' | 'retired'

/**
 * Whom an access key belongs to, with everything that decides what it may do. Kept in memory for one generation of IAM:
 * when anything in IAM changes, on any node, all of it is read again, so a deleted key stops at the next request. A row that
 * was added or changed from outside makes the access key fail: it is an error, and nothing to go on without.
 */
export class Callers implements PrincipalsNow {
  readonly #storage: Storage
  readonly #vault: Vault
  #generation = -1
  #known = new Map<string, Credential>()
  #missing = new Map<string, 'unknown' | 'retired'>()
  #principals = new Map<string, Principal>()
  #managed = new Map<string, Compiled>()
  #asked = new Map<string, Promise<unknown>>()
  readonly #turns = new Turns(MOST_ASKED)
  readonly #reader: PrincipalReader

  constructor(storage: Storage, vault: Vault) {
    this.#storage = storage
    this.#vault = vault
    this.#reader = new PrincipalReader(vault)
  }

  /** The credential of an access key id, inactive ones too; undefined when there is none. At once when it is in memory. */
  readonly find = (
    accessKeyId: string,
    _token?: string,
    unit?: Unit,
  ): Promise<Credential | undefined> | Credential | undefined => {
    if (unit !== undefined) return this.#load(unit, accessKeyId).then(credentialIn)
    const looked = this.#look(accessKeyId)
    return looked instanceof Promise ? looked.then(credentialIn) : credentialIn(looked)
  }

  /** Whether the id was the id of a key that is deleted. */
  async retired(accessKeyId: string): Promise<boolean> {
    return (await this.#look(accessKeyId)) === 'retired'
  }

  generation(): number {
    return this.#storage.generation('iam')
  }

  principal(account: string, id: string, unit?: Unit): Promise<Principal | undefined> | Principal | undefined {
    if (unit !== undefined) return this.#reader.read(unit, account, id)
    this.#refresh()
    const name = `${account}/${id}`
    return (
      this.#principals.get(name) ??
      this.#ask(`principal ${name}`, this.#principals, name, (unit) => this.#reader.read(unit, account, id))
    )
  }

  managed(account: string, arn: string, unit?: Unit): Promise<Compiled | undefined> | Compiled | undefined {
    if (unit !== undefined) return this.#reader.managed(unit, account, arn)
    this.#refresh()
    const name = `${account} ${arn}`
    return (
      this.#managed.get(name) ??
      this.#ask(`policy ${name}`, this.#managed, name, (unit) => this.#reader.managed(unit, account, arn))
    )
  }

  /** Forgets everything: the store was emptied. */
  clear(): void {
    this.#generation = -1
    this.#known = new Map()
    this.#missing = new Map()
    this.#principals = new Map()
    this.#managed = new Map()
    this.#asked = new Map()
  }

  #refresh(): void {
    const generation = this.#storage.generation('iam')
    if (generation === this.#generation) return
    this.clear()
    this.#generation = generation
  }

  #look(given: string): Promise<Looked> | Looked {
    this.#refresh()
    const kept = this.#known.get(given) ?? this.#missing.get(given)
    if (kept !== undefined) return kept
    if (!ACCESS_KEY_ID.test(given)) return 'unknown'
    const accessKeyId = ownCopy(given)
    const missing = this.#missing
    return this.#ask<Looked>(`key ${accessKeyId}`, this.#known, accessKeyId, async (unit) => {
      const looked = await this.#load(unit, accessKeyId)
      if (typeof looked !== 'string') return { ...looked, judgedAt: unit.generation('iam') }
      if (unit.generation('iam') === this.#generation) put(missing, accessKeyId, looked)
      return looked
    })
  }

  /** Looks something up, one asker for all who wait for the same, and keeps it. Texts say what is missing and are not kept. */
  #ask<T>(
    question: string,
    kept: Map<string, Exclude<T, string | undefined>>,
    name: string,
    load: (unit: Unit) => Promise<T>,
  ): Promise<T> {
    const asked = this.#asked
    const waiting = asked.get(question) as Promise<T> | undefined
    if (waiting !== undefined) return waiting
    const asking = this.#turns
      .run(() =>
        this.#storage.unit('read', async (unit) => {
          const found = await load(unit)
          // What this unit saw may be older than what others saw meanwhile: then it is good for this request only.
          const current = unit.generation('iam') === this.#generation
          if (current && found !== undefined && typeof found !== 'string') {
            put(kept, name, found as Exclude<T, string | undefined>)
          }
          return found
        }),
      )
      .finally(() => asked.delete(question))
    asked.set(question, asking)
    return asking
  }

  async #load(unit: Unit, accessKeyId: string): Promise<Looked> {
    const row = await unit.get<sql.KeyRow>(sql.findKey, { id: accessKeyId })
    if (row === undefined) {
      return (await unit.get(sql.retiredKey, { id: accessKeyId })) === undefined ? 'unknown' : 'retired'
    }
    const principal = await this.#reader.read(unit, row.account, row.owner)
    if (principal === undefined) return 'unknown'
    const caller = callerOf(principal, { accessKeyId })
    const secret = secretIn(row, this.#vault)
    return { accessKeyId, secret, active: row.status === 'Active', caller }
  }
}

/** How a principal calls: with which access key, as which session of a role. */
export interface Calling {
  readonly accessKeyId?: string
  /** Of a role only: the name of its session. */
  readonly session?: string
}

/** A principal as it calls; of a role a session. */
export function callerOf(principal: Principal, { accessKeyId = '', session = 'session' }: Calling = {}): Caller {
  const { kind, account, arn, id, name, tags, policies, boundary } = principal
  if (kind === 'root') return rootCaller(account, accessKeyId)
  const common = {
    account,
    principalArn: arn,
    accessKeyId,
    tags,
    policies,
    ...(boundary !== undefined && { boundary }),
  }
  if (kind === 'user') return { kind, ...common, arn, userId: id, userName: name }
  return { kind, ...common, arn: assumedRoleArn(account, name, session), userId: `${id}:${session}` }
}

/** The root user of an account. */
export function rootCaller(account: string, accessKeyId: string): Caller {
  return {
    kind: 'root',
    account,
    arn: rootArn(account),
    principalArn: rootArn(account),
    userId: account,
    accessKeyId,
    tags: NO_TAGS,
    policies: NO_POLICIES,
  }
}

/** The same text with memory of its own: a part of a header keeps the whole header alive. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

function credentialIn(looked: Looked): Credential | undefined {
  return typeof looked === 'string' ? undefined : looked
}

/** Adds an entry; the oldest one makes place for it. */
function put<V>(entries: Map<string, V>, key: string, value: V): void {
  if (entries.size >= MOST_KEPT) entries.delete(entries.keys().next().value as string)
  entries.set(key, value)
}

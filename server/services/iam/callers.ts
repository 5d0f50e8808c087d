import { type Compiled, compile } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { RowForged } from '#kernel/sealing/row-mac'
import type { Vault } from '#kernel/sealing/vault'
import type { Credential } from '#kernel/signature/credential'
import type { Storage, Unit } from '#kernel/storage/storage'
import { Documents } from './documents.ts'
import { secretIn } from './keys.ts'
import { REGION, rootArn } from './model/identity.ts'
import { attachmentRow, check, inlineRow, policyRow, versionRow } from './rows.ts'
import * as sql from './store.sql.ts'
import { Turns } from './turns.ts'
import { type User, Users } from './users.ts'

/** Most access keys that are kept at once, known ones and unknown ones each. */
const MOST_KEYS = 10_000
/** Most look-ups at once: a flood of unknown ids does not take the whole store. */
const MOST_ASKED = 64
/** What an access key id can be. Source: access.md 3.2 (`accessKeyIdType`). */
const ACCESS_KEY_ID = /^\w{16,128}$/

const NO_TAGS: ReadonlyMap<string, string> = new Map()
const NO_POLICIES: readonly Compiled[] = []

/** Denies everything: what a boundary is when its policy is gone. Nobody may gain by that. */
const NOTHING = compile('{"Version":"2012-10-17","Statement":[]}')

type Looked = Credential | 'unknown' | 'retired'

/**
 * Whom an access key belongs to, with everything that decides what it may do. Kept in memory for one generation of IAM:
 * when anything in IAM changes, on any node, all of it is read again, so a deleted key stops at the next request. A row that
 * was added or changed from outside makes the access key fail: it is an error, and nothing to go on without.
 */
export class Callers {
  readonly #storage: Storage
  readonly #vault: Vault
  #generation = -1
  #known = new Map<string, Credential>()
  #missing = new Map<string, 'unknown' | 'retired'>()
  #asked = new Map<string, Promise<Looked>>()
  readonly #turns = new Turns(MOST_ASKED)
  readonly #documents = new Documents()

  constructor(storage: Storage, vault: Vault) {
    this.#storage = storage
    this.#vault = vault
  }

  /** The credential of an access key id, inactive ones too; undefined when there is none. At once when it is in memory. */
  readonly find = (accessKeyId: string): Promise<Credential | undefined> | Credential | undefined => {
    const looked = this.#look(accessKeyId)
    return looked instanceof Promise ? looked.then(credentialIn) : credentialIn(looked)
  }

  /** Whether the id was the id of a key that is deleted. */
  async retired(accessKeyId: string): Promise<boolean> {
    return (await this.#look(accessKeyId)) === 'retired'
  }

  /** Forgets everything: the store was emptied. */
  clear(): void {
    this.#generation = -1
    this.#known = new Map()
    this.#missing = new Map()
    this.#asked = new Map()
  }

  #look(given: string): Promise<Looked> | Looked {
    const generation = this.#storage.generation('iam')
    if (generation !== this.#generation) {
      this.clear()
      this.#generation = generation
    }
    const kept = this.#known.get(given) ?? this.#missing.get(given)
    if (kept !== undefined) return kept
    if (!ACCESS_KEY_ID.test(given)) return 'unknown'
    const accessKeyId = ownCopy(given)
    const asked = this.#asked.get(accessKeyId)
    if (asked !== undefined) return asked
    const asking = this.#ask(accessKeyId, this.#asked)
    this.#asked.set(accessKeyId, asking)
    return asking
  }

  async #ask(accessKeyId: string, asked: Map<string, Promise<Looked>>): Promise<Looked> {
    try {
      return await this.#turns.run(() =>
        this.#storage.unit('read', async (unit) => {
          const looked = await this.#load(unit, accessKeyId)
          // What this unit saw may be older than what others saw meanwhile: then it is good for this request only.
          if (unit.generation('iam') === this.#generation) this.#keep(accessKeyId, looked)
          return looked
        }),
      )
    } finally {
      asked.delete(accessKeyId)
    }
  }

  #keep(accessKeyId: string, looked: Looked): void {
    if (typeof looked === 'string') put(this.#missing, accessKeyId, looked, MOST_KEYS)
    else put(this.#known, accessKeyId, looked, MOST_KEYS)
  }

  async #load(unit: Unit, accessKeyId: string): Promise<Looked> {
    const row = await unit.get<sql.KeyRow>(sql.findKey, { id: accessKeyId })
    if (row === undefined) {
      return (await unit.get(sql.retiredKey, { id: accessKeyId })) === undefined ? 'unknown' : 'retired'
    }
    const caller = await this.#caller(unit, row)
    if (caller === undefined) return 'unknown'
    return { accessKeyId, secret: secretIn(row, this.#vault), active: row.status === 'Active', caller }
  }

  async #caller(unit: Unit, { account, owner, id }: sql.KeyRow): Promise<Caller | undefined> {
    if (owner === account) return rootCaller(account, id)
    const user = await new Users(unit, account, this.#vault).findById(owner)
    return user && this.#userCaller(unit, account, user, id)
  }

  async #userCaller(unit: Unit, account: string, user: User, accessKeyId: string): Promise<Caller> {
    const here = { account, region: REGION }
    const inline = await unit.all<sql.InlineRow>(sql.inlineOf, { ...here, owner: user.id })
    const attached = await unit.all<sql.AttachedRow>(sql.attachedOf, { ...here, owner: user.id })
    const bound =
      user.boundary === undefined
        ? undefined
        : await unit.get<sql.DefaultRow>(sql.boundaryOf, { ...here, arn: user.boundary })
    const boundary = bound === undefined ? NOTHING : this.#ofPolicy(account, bound)
    return {
      kind: 'user',
      account,
      arn: user.arn,
      principalArn: user.arn,
      userId: user.id,
      userName: user.name,
      accessKeyId,
      tags: user.tags,
      policies: [
        ...inline.map((row) => this.#ofInline(account, user, row)),
        ...attached.map((row) => this.#ofAttached(account, user, row)),
      ],
      ...(user.boundary !== undefined && { boundary }),
    }
  }

  #ofInline(account: string, user: User, { name, document, mac }: sql.InlineRow): Compiled {
    check(this.#vault, inlineRow(account, user.id, name, document), mac)
    return this.#documents.of(document)
  }

  #ofAttached(account: string, user: User, row: sql.AttachedRow): Compiled {
    // A policy that is attached and not there may have been a Deny.
    if (row.id === null) throw new RowForged(`the policy ${row.policy_key} of user ${user.name} is missing`)
    check(this.#vault, attachmentRow(account, user.id, row.id), row.attachment_mac)
    return this.#ofPolicy(account, row)
  }

  #ofPolicy(account: string, row: sql.DefaultRow): Compiled {
    const { id, document } = row
    if (id === null || document === null) throw new RowForged(`the default version of ${row.arn} is missing`)
    check(this.#vault, policyRow(account, { ...row, id }), row.policy_mac)
    check(this.#vault, versionRow(account, id, row.default_version, document), row.version_mac)
    return this.#documents.of(document)
  }
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
function put<V>(entries: Map<string, V>, key: string, value: V, most: number): void {
  if (entries.size >= most) entries.delete(entries.keys().next().value as string)
  entries.set(key, value)
}

import { type Compiled, compile } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import type { Vault } from '#kernel/sealing/vault'
import type { Credential } from '#kernel/signature/credential'
import type { Storage, Unit } from '#kernel/storage/storage'
import { secretIn } from './keys.ts'
import { REGION, rootArn } from './model/identity.ts'
import * as sql from './store.sql.ts'
import { type User, Users } from './users.ts'

/** Most access keys that are kept at once, known ones and unknown ones each. */
const MOST_KEYS = 10_000
const MOST_DOCUMENTS = 5_000

const NO_TAGS: ReadonlyMap<string, string> = new Map()
const NO_POLICIES: readonly Compiled[] = []

/** Denies everything: what a boundary is when its policy is gone. Nobody may gain by that. */
const NOTHING = compile('{"Version":"2012-10-17","Statement":[]}')

type Looked = Credential | 'unknown' | 'retired'

/**
 * Whom an access key belongs to, with everything that decides what it may do. Kept in memory for one generation of IAM:
 * when anything in IAM changes, on any node, all of it is read again, so a deleted key stops at the next request.
 */
export class Callers {
  readonly #storage: Storage
  readonly #vault: Vault
  #generation = -1
  #known = new Map<string, Credential>()
  #missing = new Map<string, 'unknown' | 'retired'>()
  #asked = new Map<string, Promise<Looked>>()
  /** By their text, so a document outlives generations and is compiled once for all who have it. */
  readonly #documents = new Map<string, Compiled>()

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

  #look(accessKeyId: string): Promise<Looked> | Looked {
    const generation = this.#storage.generation('iam')
    if (generation !== this.#generation) {
      this.clear()
      this.#generation = generation
    }
    const kept = this.#known.get(accessKeyId) ?? this.#missing.get(accessKeyId)
    if (kept !== undefined) return kept
    const asked = this.#asked.get(accessKeyId)
    if (asked !== undefined) return asked
    const asking = this.#ask(accessKeyId, this.#asked)
    this.#asked.set(accessKeyId, asking)
    return asking
  }

  async #ask(accessKeyId: string, asked: Map<string, Promise<Looked>>): Promise<Looked> {
    try {
      return await this.#storage.unit('read', async (unit) => {
        const looked = await this.#load(unit, accessKeyId)
        // What this unit saw may be older than what others saw meanwhile: then it is good for this request only.
        if (unit.generation('iam') === this.#generation) this.#keep(accessKeyId, looked)
        return looked
      })
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
    const user = await new Users(unit, account).findById(owner)
    return user && this.#userCaller(unit, account, user, id)
  }

  async #userCaller(unit: Unit, account: string, user: User, accessKeyId: string): Promise<Caller> {
    const here = { account, region: REGION }
    const documents = await unit.all<{ document: string }>(sql.documentsOf, { ...here, owner: user.id })
    const bound =
      user.boundary === undefined
        ? undefined
        : await unit.get<{ document: string }>(sql.documentOfPolicy, { ...here, arn: user.boundary })
    const boundary = bound === undefined ? NOTHING : this.#compiled(bound.document)
    return {
      kind: 'user',
      account,
      arn: user.arn,
      principalArn: user.arn,
      userId: user.id,
      userName: user.name,
      accessKeyId,
      tags: user.tags,
      policies: documents.map(({ document }) => this.#compiled(document)),
      ...(user.boundary !== undefined && { boundary }),
    }
  }

  #compiled(document: string): Compiled {
    const known = this.#documents.get(document)
    if (known !== undefined) return known
    const fresh = compile(document)
    put(this.#documents, document, fresh, MOST_DOCUMENTS)
    return fresh
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

function credentialIn(looked: Looked): Credential | undefined {
  return typeof looked === 'string' ? undefined : looked
}

/** Adds an entry; the oldest one makes place for it. */
function put<V>(entries: Map<string, V>, key: string, value: V, most: number): void {
  if (entries.size >= most) entries.delete(entries.keys().next().value as string)
  entries.set(key, value)
}

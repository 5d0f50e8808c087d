import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './credential-report.sql.ts'
import type { LastUsed } from './last-used.ts'
import type { LoginRow } from './logins.sql.ts'
import { credentialReport, type ReportedKey, type ReportedUser, ROOT } from './model/credential-report.ts'
import { nameKey, REGION, rootArn } from './model/identity.ts'
import { expiryOf, type PasswordRules } from './model/password.ts'
import { check, keyRow, loginRow } from './rows.ts'
import type { KeyRow } from './store.sql.ts'
import { type User, Users } from './users.ts'

const LABEL = 'iam/credential-report'
/** Users that are read at once. */
const PAGE = 1000

export interface CredentialReport {
  readonly content: Buffer
  readonly createdAt: number
}

/** What a report is made of besides the store. */
export interface Reported {
  readonly rules: PasswordRules | undefined
  readonly lastUsed: LastUsed
  readonly accountCreatedAt: number
  readonly now: number
}

/** The credential report of one account, within one unit of work. It is kept encrypted. */
export class CredentialReports {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The last one, however old. */
  async find(): Promise<CredentialReport | undefined> {
    const row = await this.#unit.get<{ content: string; created_at: number }>(sql.findReport, this.#here)
    if (row === undefined) return undefined
    const wrapped = Buffer.from(row.content, 'base64')
    return { content: this.#vault.unwrap(LABEL, wrapped, this.#bound(row.created_at)), createdAt: row.created_at }
  }

  /** Makes a report of what is there now: the root user, then the users in the order of their names. */
  async make({ rules, lastUsed, accountCreatedAt, now }: Reported): Promise<void> {
    const { account } = this.#here
    const keys = await this.#keys(lastUsed)
    const logins = await this.#logins()
    const root: ReportedUser = {
      name: ROOT,
      arn: rootArn(account),
      createdAt: accountCreatedAt,
      password: 'root',
      keys: keys.get(account) ?? [],
    }
    const users = (await this.#users()).map(({ id, name, arn, createdAt }) => {
      const login = logins.get(id)
      const password = login && {
        usedAt: login.used_at,
        changedAt: login.changed_at,
        expiresAt: expiryOf(login.changed_at, rules),
      }
      return { name, arn, createdAt, password, keys: keys.get(id) ?? [] }
    })
    const content = this.#vault.wrap(LABEL, Buffer.from(credentialReport([root, ...users])), this.#bound(now))
    await this.#unit.run(sql.putReport, { ...this.#here, content: content.toString('base64'), now })
  }

  #bound(createdAt: number): string[] {
    return [this.#here.account, REGION, String(createdAt)]
  }

  async #users(): Promise<User[]> {
    const users = new Users(this.#unit, this.#here.account, this.#vault)
    const all: User[] = []
    for (;;) {
      const last = all.at(-1)
      const page = await users.page({ after: last === undefined ? '' : nameKey(last.name), limit: PAGE }, '/')
      all.push(...page)
      if (page.length <= PAGE) return all
    }
  }

  /** By their owners. */
  async #keys(lastUsed: LastUsed): Promise<ReadonlyMap<string, ReportedKey[]>> {
    const { account } = this.#here
    const found = new Map<string, ReportedKey[]>()
    for (const row of await this.#unit.all<Omit<KeyRow, 'account' | 'secret'>>(sql.everyKey, this.#here)) {
      check(this.#vault, keyRow(account, row), row.mac)
      const use = lastUsed.of(row.id)
      const key = {
        active: row.status === 'Active',
        createdAt: row.created_at,
        usedAt: use?.at ?? row.used_at,
        region: use?.region ?? row.used_region ?? undefined,
        service: use?.service ?? row.used_service ?? undefined,
      }
      found.set(row.owner, [...(found.get(row.owner) ?? []), key])
    }
    return found
  }

  /** By their owners; the hashes stay wrapped. */
  async #logins(): Promise<ReadonlyMap<string, LoginRow>> {
    const rows = await this.#unit.all<LoginRow>(sql.everyLogin, this.#here)
    for (const row of rows) {
      const hash = Buffer.from(row.hash).toString('hex')
      check(this.#vault, loginRow(this.#here.account, { ...row, hash }), row.mac)
    }
    return new Map(rows.map((row) => [row.owner, row]))
  }
}

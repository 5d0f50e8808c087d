import type { Caller } from '#kernel/call'
import type { Vault } from '#kernel/sealing/vault'
import { StorageError } from '#kernel/storage/error'
import type { Unit } from '#kernel/storage/storage'
import { parseArn } from '#kernel/values/arn'
import { listAccounts } from '../../services/iam/accounts.ts'
import { callerOf } from '../../services/iam/callers.ts'
import { StoredPrincipals } from '../../services/iam/policy-principals.ts'
import { PrincipalReader } from '../../services/iam/principal-reader.ts'
import { Roles } from '../../services/iam/roles.ts'
import { Users } from '../../services/iam/users.ts'

const PAGE = 1000

/** The principals of a store, as callers. */
export class Principals {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #reader: PrincipalReader
  readonly #stored: StoredPrincipals

  constructor(unit: Unit, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#reader = new PrincipalReader(vault)
    this.#stored = new StoredPrincipals(unit, vault, false)
  }

  /** The caller that an ARN names: a root user, a user, a role (any session of it), a session; or a service's principal. */
  async named(name: string): Promise<Caller> {
    if (/^[a-z0-9.-]+\.amazonaws\.com$/.test(name)) return serviceCaller(name)
    const arn = parseArn(name)
    if (arn === undefined) throw noSuch(name)
    const root = arn.service === 'iam' && arn.resource === 'root'
    const known = root
      ? (await this.#stored.hasAccount(arn.account))
        ? arn.account
        : undefined
      : await this.#stored.idOf(name)
    if (known === undefined) throw noSuch(name)
    const [id = '', session] = known.split(':')
    const principal = await this.#reader.read(this.#unit, arn.account, id)
    if (principal === undefined) throw noSuch(name)
    return callerOf(principal, session === undefined ? {} : { session })
  }

  /** Everybody: of each account its root user, users and roles. */
  async *all(): AsyncGenerator<Caller> {
    for (const { account } of await listAccounts(this.#unit)) {
      yield* this.#read(account, [account])
      const users = new Users(this.#unit, account, this.#vault)
      yield* this.#pages(account, (after) => users.page({ after, limit: PAGE }, '/'))
      const roles = new Roles(this.#unit, account, this.#vault)
      yield* this.#pages(account, (after) => roles.page({ after, limit: PAGE }, '/'))
    }
  }

  async *#pages(
    account: string,
    page: (after: string) => Promise<readonly { readonly id: string; readonly name: string }[]>,
  ): AsyncGenerator<Caller> {
    for (let after = ''; ; ) {
      const found = await page(after)
      const entries = found.slice(0, PAGE)
      yield* this.#read(
        account,
        entries.map(({ id }) => id),
      )
      if (found.length <= PAGE) return
      after = (entries.at(-1) as { name: string }).name.toLowerCase()
    }
  }

  async *#read(account: string, ids: readonly string[]): AsyncGenerator<Caller> {
    for (const id of ids) {
      const principal = await this.#reader.read(this.#unit, account, id)
      if (principal !== undefined) yield callerOf(principal)
    }
  }
}

function serviceCaller(name: string): Caller {
  return {
    kind: 'service',
    account: '',
    arn: name,
    principalArn: name,
    userId: '',
    accessKeyId: '',
    tags: new Map(),
    policies: [],
  }
}

function noSuch(name: string): StorageError {
  return new StorageError(`there is no principal ${name}`, {
    hint: 'name a user, role, session or root user by its ARN, or a service as lambda.amazonaws.com',
  })
}

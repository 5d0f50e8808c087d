import { namedPrincipals, renamed } from '#kernel/authorization/named'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { type Arn, parseArn } from '#kernel/values/arn'
import { providerArn, REGION, rootArn } from './model/identity.ts'
import * as sql from './policy-principals.sql.ts'
import { boundPrincipals, type PolicyPrincipals, UnknownPrincipal } from './port.ts'
import { Roles } from './roles.ts'
import { findAccount, findProvider } from './store.sql.ts'
import { Users } from './users.ts'

/** A service principal: `lambda.amazonaws.com`, also with a region in it. */
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com|amazon\.com|aws\.internal)$/
/** The unique id of a user or role; that of a role with the name of a session behind it. */
const UNIQUE_ID = /^(?:(AIDA[A-Z2-7]{17})|(AROA[A-Z2-7]{17})(:[\w+=,.@-]{2,64})?)$/
const ACCOUNT = /^[0-9]{12}$/
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/
const FEDERATED_NAME = /^[\w+=,.@-]{2,32}$/

/** See `PolicyPrincipals`. Principals of all accounts of this deployment, as one unit of work sees them. */
export class StoredPrincipals implements PolicyPrincipals {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #anyAccount: boolean
  /** What was asked in a unit that changes nothing. */
  readonly #asked: Map<string, Promise<string | undefined>> | undefined

  /** @param anyAccount dev mode only: every account counts as there, since nobody has to make one */
  constructor(unit: Unit, vault: Vault, anyAccount: boolean) {
    this.#unit = unlocked(unit)
    this.#vault = vault
    this.#anyAccount = anyAccount
    this.#asked = unit.effect === 'read' ? new Map() : undefined
  }

  async bind(document: string): Promise<string> {
    const { aws, accounts, services, federated } = namedPrincipals(document)
    const bound: [string, string][] = []
    for (const account of accounts) {
      if (!(await this.hasAccount(account))) throw new UnknownPrincipal('AWS', rootArn(account))
    }
    for (const name of aws) {
      const id = await this.idOf(name)
      if (id === undefined) throw new UnknownPrincipal('AWS', name)
      if (id !== name) bound.push([name, id])
    }
    for (const service of services) if (!SERVICE.test(service)) throw new UnknownPrincipal('Service', service)
    for (const provider of federated) {
      if (!(await this.#hasProvider(provider))) throw new UnknownPrincipal('Federated', provider)
    }
    return JSON.stringify(bound)
  }

  async show(document: string, bound: string): Promise<string> {
    const gone = new Map<string, string>()
    // Digits mean the account, which is shown by its root. Source: access.md 2.
    for (const account of namedPrincipals(document).accounts) gone.set(account, rootArn(account))
    for (const [name, id] of boundPrincipals(bound)) {
      if ((await this.idOf(name)) !== id) gone.set(name, (await this.#renamedUser(id)) ?? id)
    }
    return renamed(document, gone)
  }

  async hasAccount(account: string): Promise<boolean> {
    return this.#anyAccount || (await this.#unit.get(findAccount, { account, region: REGION })) !== undefined
  }

  /**
   * The unique id behind a principal as a policy writes it; a federated user's ARN, and the id of somebody who is there,
   * stand for themselves. Undefined when there is no such principal.
   */
  idOf(name: string): Promise<string | undefined> {
    const asked = this.#asked?.get(name)
    if (asked !== undefined) return asked
    const asking = this.#idOf(name)
    this.#asked?.set(name, asking)
    return asking
  }

  async #idOf(name: string): Promise<string | undefined> {
    const arn = parseArn(name)
    if (arn === undefined) return (await this.#isThere(name)) ? name : undefined
    if (arn.partition !== 'aws' || arn.region !== '' || !ACCOUNT.test(arn.account)) return undefined
    return arn.service === 'iam'
      ? this.#entity(name, arn)
      : arn.service === 'sts'
        ? this.#session(name, arn)
        : undefined
  }

  /** Whether a unique id is somebody's who is there. Ids of the dead are refused, as AWS does. */
  async #isThere(id: string): Promise<boolean> {
    const [, user, role] = UNIQUE_ID.exec(id) ?? []
    if (user !== undefined) return (await this.#unit.get(sql.accountOfUser, { id: user })) !== undefined
    return role !== undefined && (await this.#unit.get(sql.accountOfRole, { id: role })) !== undefined
  }

  /** The ARN that a user of that id has now; roles keep theirs. */
  async #renamedUser(id: string): Promise<string | undefined> {
    const row = await this.#unit.get<{ readonly account: string }>(sql.accountOfUser, { id })
    return row && (await new Users(this.#unit, row.account, this.#vault).findById(id))?.arn
  }

  /** The id of a user or role. Path and spelling count. */
  async #entity(name: string, { account, resource }: Arn): Promise<string | undefined> {
    const last = resource.slice(resource.lastIndexOf('/') + 1)
    const found = resource.startsWith('user/')
      ? await new Users(this.#unit, account, this.#vault).find(last)
      : resource.startsWith('role/')
        ? await new Roles(this.#unit, account, this.#vault).find(last)
        : undefined
    return found?.arn === name ? found.id : undefined
  }

  async #session(name: string, { account, resource }: Arn): Promise<string | undefined> {
    const [kind, who = '', session = '', ...more] = resource.split('/')
    if (kind === 'federated-user' && FEDERATED_NAME.test(resource.slice('federated-user/'.length))) {
      return (await this.hasAccount(account)) ? name : undefined
    }
    if (kind !== 'assumed-role' || more.length > 0 || !SESSION_NAME.test(session)) return undefined
    const role = await new Roles(this.#unit, account, this.#vault).find(who)
    return role && `${role.id}:${session}`
  }

  async #hasProvider(provider: string): Promise<boolean> {
    const { account = '', resource = '' } = parseArn(provider) ?? {}
    const url = resource.slice('oidc-provider/'.length)
    if (!ACCOUNT.test(account) || providerArn(account, url) !== provider) return false
    return (await this.#unit.get(findProvider, { account, region: REGION, url })) !== undefined
  }
}

/**
 * The unit as one that locks nothing: whoever is named may be of another account, and a row locked for that would let
 * strangers wait for each other. Somebody who is deleted meanwhile is bound by an id that nobody has any more.
 */
function unlocked(unit: Unit): Unit {
  if (unit.effect === 'read') return unit
  return {
    effect: 'read',
    get: (statement, parameters) => unit.get(statement, parameters),
    all: (statement, parameters) => unit.all(statement, parameters),
    run: (statement, parameters) => unit.run(statement, parameters),
    touch: (scope) => unit.touch(scope),
    generation: (scope) => unit.generation(scope),
    beforeCommit: (work) => unit.beforeCommit(work),
    afterCommit: (work) => unit.afterCommit(work),
  }
}

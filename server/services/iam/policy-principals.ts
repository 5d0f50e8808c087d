import { namedPrincipals, renamed } from '#kernel/authorization/named'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { parseArn } from '#kernel/values/arn'
import { REGION } from './model/identity.ts'
import { boundPrincipals, type PolicyPrincipals, UnknownPrincipal } from './port.ts'
import { Roles } from './roles.ts'
import * as sql from './store.sql.ts'
import { Users } from './users.ts'

/** A service principal: `lambda.amazonaws.com`, also with a region in it. */
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com|amazon\.com|aws\.internal)$/
/** What a unique id of a user or role looks like; a session's has its name behind a colon. */
const UNIQUE_ID = /^(?:AIDA|AROA)[A-Z0-9]{12,}(?::[\w+=,.@-]+)?$/
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/
const FEDERATED_NAME = /^[\w+=,.@-]{2,32}$/

/** See `PolicyPrincipals`. Principals of all accounts of this deployment, as one unit of work sees them. */
export class StoredPrincipals implements PolicyPrincipals {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #anyAccount: boolean

  /** @param anyAccount dev mode only: every account counts as there, since nobody has to make one */
  constructor(unit: Unit, vault: Vault, anyAccount: boolean) {
    this.#unit = unit
    this.#vault = vault
    this.#anyAccount = anyAccount
  }

  async bind(document: string): Promise<string> {
    const { aws, accounts, services, federated } = namedPrincipals(document)
    const bound: [string, string][] = []
    for (const account of accounts) {
      if (!(await this.hasAccount(account))) throw new UnknownPrincipal('AWS', account)
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
    for (const [name, id] of boundPrincipals(bound)) if ((await this.idOf(name)) !== id) gone.set(name, id)
    return renamed(document, gone)
  }

  async hasAccount(account: string): Promise<boolean> {
    return this.#anyAccount || (await this.#unit.get(sql.findAccount, { account, region: REGION })) !== undefined
  }

  /**
   * The unique id behind a principal as a policy writes it; a federated user's ARN, and an id itself, stand for themselves.
   * Undefined when there is no such principal.
   */
  async idOf(name: string): Promise<string | undefined> {
    if (UNIQUE_ID.test(name)) return name
    const arn = parseArn(name)
    if (arn === undefined || arn.partition !== 'aws' || arn.region !== '' || !/^[0-9]{12}$/.test(arn.account)) {
      return undefined
    }
    const slash = arn.resource.indexOf('/')
    const kind = arn.resource.slice(0, slash)
    const rest = arn.resource.slice(slash + 1)
    const last = rest.slice(rest.lastIndexOf('/') + 1)
    if (arn.service === 'iam' && kind === 'user') {
      const user = await new Users(this.#unit, arn.account, this.#vault).find(last)
      return user?.arn === name ? user.id : undefined
    }
    if (arn.service === 'iam' && kind === 'role') {
      const role = await new Roles(this.#unit, arn.account, this.#vault).find(last)
      return role?.arn === name ? role.id : undefined
    }
    if (arn.service === 'sts' && kind === 'assumed-role') {
      const [roleName = '', session = '', ...more] = rest.split('/')
      const role = await new Roles(this.#unit, arn.account, this.#vault).find(roleName)
      return role === undefined || more.length > 0 || !SESSION_NAME.test(session) ? undefined : `${role.id}:${session}`
    }
    if (arn.service === 'sts' && kind === 'federated-user') {
      return FEDERATED_NAME.test(rest) && (await this.hasAccount(arn.account)) ? name : undefined
    }
    return undefined
  }

  async #hasProvider(provider: string): Promise<boolean> {
    const arn = parseArn(provider)
    if (arn?.service !== 'iam' || arn.region !== '' || !arn.resource.startsWith('oidc-provider/')) return false
    const url = arn.resource.slice('oidc-provider/'.length)
    return (await this.#unit.get(sql.findProvider, { account: arn.account, region: REGION, url })) !== undefined
  }
}

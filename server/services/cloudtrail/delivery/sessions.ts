import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { Trail } from '../model/trail.ts'
import * as sql from './delivery.sql.ts'

/** A trail between two switches of its logging: what it takes, and where that goes. Times in milliseconds. */
export interface Session {
  readonly trail: Pick<
    Trail,
    | 'account'
    | 'region'
    | 'name'
    | 'arn'
    | 'bucket'
    | 'prefix'
    | 'globalEvents'
    | 'multiRegion'
    | 'validation'
    | 'kmsKey'
    | 'selection'
    | 'recursive'
  >
  readonly startedAt: number
  /** Records up to this moment are taken still. */
  readonly stoppedAt: number | undefined
}

const LABEL = 'cloudtrail/session'

/** Names a session's row. */
export const keyOf = ({ trail, startedAt }: Pick<Session, 'trail' | 'startedAt'>) => ({
  account: trail.account,
  home: trail.region,
  name: trail.name,
  started_at: startedAt,
})

const boundTo = ({ account, home, name, started_at }: ReturnType<typeof keyOf>) => [
  account,
  home,
  name,
  String(Number(started_at)),
]

/** What a session needs of its trail, as it is now. */
export function sessionOf(trail: Trail, stoppedAt?: number): Session {
  const {
    account,
    region,
    name,
    arn,
    bucket,
    prefix,
    globalEvents,
    multiRegion,
    validation,
    kmsKey,
    selection,
    recursive,
  } = trail
  return {
    trail: {
      account,
      region,
      name,
      arn,
      bucket,
      prefix,
      globalEvents,
      multiRegion,
      validation,
      kmsKey,
      selection,
      recursive,
    },
    startedAt: trail.startedAt ?? trail.createdAt,
    stoppedAt,
  }
}

/** Sessions in one unit of work; their rows are sealed. A change touches the scope `trails`. */
export class Sessions {
  readonly #unit: Unit
  readonly #vault: Vault

  constructor(unit: Unit, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
  }

  async all(): Promise<Session[]> {
    return (await this.#unit.all<sql.SessionRow>(sql.sessions, {})).map((row) => this.#open(row))
  }

  /** Those of one trail, oldest first. */
  async of(key: { account: string; home: string; name: string }): Promise<Session[]> {
    return (await this.#unit.all<sql.SessionRow>(sql.sessionsOf, key)).map((row) => this.#open(row))
  }

  /** The session, and nobody else changes what it has pending until this unit ends. */
  async lock(session: Session): Promise<Session | undefined> {
    const row = await this.#unit.get<sql.SessionRow>(sql.lockSession, keyOf(session))
    return row && this.#open(row)
  }

  async save(session: Session): Promise<void> {
    const key = keyOf(session)
    const sealed = this.#vault.wrap(LABEL, Buffer.from(JSON.stringify(session)), boundTo(key))
    await this.#unit.run(sql.putSession, { ...key, sealed })
    this.#unit.touch('trails')
  }

  async remove(session: Session): Promise<void> {
    await this.#unit.run(sql.removeSession, keyOf(session))
    this.#unit.touch('trails')
  }

  #open(row: sql.SessionRow): Session {
    return JSON.parse(this.#vault.unwrap(LABEL, row.sealed, boundTo(row)).toString()) as Session
  }
}

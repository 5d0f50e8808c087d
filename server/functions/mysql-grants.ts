import { FunctionFault } from './function.ts'
import { type Account, accountText, identifier } from './mysql-text.ts'

/**
 * The rows of SHOW GRANTS, read and written again for another account. What is written is made of the parts that were read,
 * each checked and quoted anew; no text of a row is passed on. Pure. Source: rotation.md 8.6, 8.7; MySQL Reference Manual,
 * SHOW GRANTS and GRANT; MariaDB Server Documentation, SHOW GRANTS and SET DEFAULT ROLE.
 */
export type Grant = Privileges | Roles

/** GRANT … ON … TO, or MySQL 8's REVOKE … ON … FROM: a database left out of a global privilege. */
export interface Privileges {
  readonly verb: 'GRANT' | 'REVOKE'
  readonly privileges: readonly Privilege[]
  /** `*.*`, `` `db`.* ``, `` `db`.`table` ``, `` PROCEDURE `db`.`p` ``; quoted. */
  readonly on: string
  readonly option: boolean
}

export interface Privilege {
  /** `SELECT`, `ALL PRIVILEGES`, `BACKUP_ADMIN`. */
  readonly name: string
  /** Of a privilege on single columns. */
  readonly columns?: readonly string[]
}

export interface Roles {
  readonly verb: 'ROLE'
  /** Quoted: `` `reader` `` in MariaDB, `` `reader`@`%` `` in MySQL. */
  readonly roles: readonly string[]
  /** WITH ADMIN OPTION. */
  readonly option: boolean
}

/** Longest row that is read; MySQL's own bound of a statement is far above what an account has. */
const LONGEST_ROW = 1_000_000

/**
 * Reads the rows of SHOW GRANTS for `account`. Left out: USAGE, what everybody has by PUBLIC, MariaDB's default role, passwords
 * and TLS requirements (both come from mysql.user). Throws FunctionFault for PROXY, and for a row that it does not understand:
 * an account with fewer or other rights is worse than a failed rotation.
 */
export function readGrants(rows: readonly string[], account: Account): readonly Grant[] {
  return rows.flatMap((row) => {
    if (row.length > LONGEST_ROW) throw unreadable()
    const grant = new Row(row, account).read()
    return grant === undefined ? [] : [grant]
  })
}

/** The statements that give `account` the same. Grants come before what is taken out of them. */
export function grantStatements(grants: readonly Grant[], account: Account): readonly string[] {
  const to = accountText(account)
  const written = (grant: Grant) => {
    if (grant.verb === 'ROLE')
      return `GRANT ${grant.roles.join(', ')} TO ${to}${grant.option ? ' WITH ADMIN OPTION' : ''}`
    const what = grant.privileges
      .map(({ name, columns }) => (columns === undefined ? name : `${name} (${columns.map(identifier).join(', ')})`))
      .join(', ')
    if (grant.verb === 'REVOKE') return `REVOKE ${what} ON ${grant.on} FROM ${to}`
    return `GRANT ${what} ON ${grant.on} TO ${to}${grant.option ? ' WITH GRANT OPTION' : ''}`
  }
  const last = (grant: Grant) => (grant.verb === 'REVOKE' ? 1 : 0)
  return grants.toSorted((a, b) => last(a) - last(b)).map(written)
}

/** Those of `wanted` that `present` does not hold in full. */
export function missing(wanted: readonly Grant[], present: readonly Grant[]): readonly Grant[] {
  const there = new Set(present.flatMap(facts))
  const held = (grant: Grant, fact: string) =>
    there.has(fact) ||
    (grant.verb === 'GRANT' && fact !== optionOf(grant) && there.has(factOf(grant, 'ALL PRIVILEGES')))
  return wanted.filter((grant) => !facts(grant).every((fact) => held(grant, fact)))
}

/** Rights over the whole server, over its users, and roles, which may hold anything. */
export function reachesFar(grant: Grant): boolean {
  return grant.verb === 'ROLE' || (grant.verb === 'GRANT' && (grant.on === '*.*' || /^`mysql`/i.test(grant.on)))
}

const factOf = (grant: Privileges, name: string, column?: string) =>
  JSON.stringify([grant.verb, grant.on, name, column])
const optionOf = (grant: Privileges) => factOf(grant, 'GRANT OPTION')

function facts(grant: Grant): readonly string[] {
  if (grant.verb === 'ROLE')
    return grant.roles.flatMap((role) => [
      JSON.stringify(['ROLE', role]),
      ...(grant.option ? [JSON.stringify(['ADMIN', role])] : []),
    ])
  const privileges = grant.privileges.flatMap(({ name, columns }) =>
    columns === undefined ? [factOf(grant, name)] : columns.map((column) => factOf(grant, name, column)),
  )
  // USAGE is shown only where nothing but the option is held
  return [...privileges.filter((fact) => fact !== factOf(grant, 'USAGE')), ...(grant.option ? [optionOf(grant)] : [])]
}

const unreadable = () => new FunctionFault('a grant of the account cannot be read, so it cannot be copied')

/** One row, read from left to right. */
class Row {
  readonly #text: string
  readonly #account: Account
  #at = 0

  constructor(text: string, account: Account) {
    this.#text = text
    this.#account = account
  }

  read(): Grant | undefined {
    if (this.#take('SET DEFAULT ROLE ')) return undefined
    if (this.#take('REVOKE ')) {
      const [privileges, on] = this.#privileges()
      if (!this.#take(' FROM ') || !this.#takeAccount() || this.#rest() !== '') throw unreadable()
      return { verb: 'REVOKE', privileges, on, option: false }
    }
    if (!this.#take('GRANT ')) throw unreadable()
    if (this.#take('PROXY '))
      throw new FunctionFault('the account may act as another one (PROXY), which is not copied to a second user')
    return /[`'"]/.test(this.#text[this.#at] ?? '') ? this.#roles() : this.#grant()
  }

  #roles(): Grant | undefined {
    const roles = [this.#role()]
    while (this.#take(',')) {
      this.#take(' ')
      roles.push(this.#role())
    }
    if (!this.#take(' TO ')) throw unreadable()
    if (this.#take('PUBLIC')) return undefined
    if (!this.#takeAccount()) throw unreadable()
    const rest = this.#rest()
    if (rest !== '' && rest !== ' WITH ADMIN OPTION') throw unreadable()
    return { verb: 'ROLE', roles, option: rest !== '' }
  }

  #role(): string {
    const name = identifier(this.#quoted())
    return this.#take('@') ? `${name}@${identifier(this.#quoted())}` : name
  }

  #grant(): Grant | undefined {
    const [privileges, on] = this.#privileges()
    if (!this.#take(' TO ')) throw unreadable()
    if (this.#take('PUBLIC')) return undefined
    if (!this.#takeAccount()) throw unreadable()
    const rest = this.#rest()
    if (!/^(?:$| IDENTIFIED | REQUIRE | WITH )/.test(rest)) throw unreadable()
    // nothing quoted can follow the options, so what stands at the end was not written by whoever named a certificate
    const option = / WITH GRANT OPTION(?: MAX_[A-Z_]{1,40} [\d.]{1,30})*$/.test(rest)
    if (!option && privileges.every(({ name }) => name === 'USAGE')) return undefined
    return { verb: 'GRANT', privileges, on, option }
  }

  #privileges(): readonly [readonly Privilege[], string] {
    const privileges: Privilege[] = []
    do {
      const name = this.#words()
      if (!this.#take(' (')) privileges.push({ name })
      else {
        const columns = [this.#quoted()]
        while (this.#take(', ')) columns.push(this.#quoted())
        if (!this.#take(')')) throw unreadable()
        privileges.push({ name, columns })
      }
    } while (this.#take(', ') || this.#take(','))
    if (!this.#take(' ON ')) throw unreadable()
    return [privileges, this.#object()]
  }

  /** `SELECT`, `CREATE TEMPORARY TABLES`, `BACKUP_ADMIN`: up to ` ON `, ` (` or a comma. */
  #words(): string {
    const words: string[] = []
    for (;;) {
      const word = this.#match(/[A-Z][A-Z0-9_]{0,63}/y)
      if (word === undefined) throw unreadable()
      words.push(word)
      const ended =
        this.#text.startsWith(' ON ', this.#at) &&
        /^ ON (?:\*|`|[A-Z]+ (?:BODY )?`)/.test(this.#text.slice(this.#at, this.#at + 40))
      if (ended || this.#text[this.#at] !== ' ' || this.#text[this.#at + 1] === '(') return words.join(' ')
      this.#at += 1
    }
  }

  #object(): string {
    if (this.#take('*.*')) return '*.*'
    const kind = this.#match(/[A-Z]{1,20}(?: BODY)? (?=`)/y) ?? ''
    const database = identifier(this.#quoted())
    if (!this.#take('.')) throw unreadable()
    return `${kind}${database}.${this.#take('*') ? '*' : identifier(this.#quoted())}`
  }

  /** A name in backticks; MySQL 5.7 puts accounts in single quotes, but those never come here. */
  #quoted(): string {
    const found = this.#match(/`(?:[^`]|``)*`/y)
    if (found === undefined) throw unreadable()
    return found.slice(1, -1).replaceAll('``', '`')
  }

  /** The account that was asked for, in one of the ways in which servers write it. 5.7 does not double the quotes in it. */
  #takeAccount(): boolean {
    const { name, host } = this.#account
    const written = [`${identifier(name)}@${identifier(host)}`, accountText(this.#account), `'${name}'@'${host}'`]
    return written.some((text) => this.#take(text))
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    this.#at += found?.length ?? 0
    return found
  }

  #take(text: string): boolean {
    const there = this.#text.startsWith(text, this.#at)
    if (there) this.#at += text.length
    return there
  }

  #rest(): string {
    return this.#text.slice(this.#at)
  }
}

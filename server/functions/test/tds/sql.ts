import { SqlError, type Token, tokensOf, wrongSyntax } from './words.ts'

/**
 * The Transact-SQL that a rotation needs, read strictly: every name in brackets, every literal with N, one statement at a time.
 * What is not understood is refused, so that a name or password that breaks out of its quotes is found out.
 */

export type Expression =
  | { readonly is: 'value'; readonly value: string | number | null }
  | { readonly is: 'variable'; readonly name: string }
  | { readonly is: 'call'; readonly name: string; readonly values: readonly Expression[] }
  | { readonly is: 'column'; readonly table: string | undefined; readonly name: string }
  | { readonly is: 'exists'; readonly select: Select }
  | { readonly is: '=' | 'and'; readonly left: Expression; readonly right: Expression }

export interface Source {
  readonly view: string
  readonly alias: string
  readonly outer: boolean
  readonly on: Expression | undefined
}

export interface Select {
  readonly is: 'select'
  readonly items: readonly { readonly expression: Expression; readonly alias: string }[]
  readonly from: readonly Source[]
  readonly where: Expression | undefined
}

/** `GRANT SELECT ON OBJECT::[dbo].[orders] ([price]) TO [app] WITH GRANT OPTION` */
export interface Permit {
  readonly is: 'permit'
  readonly verb: 'GRANT' | 'DENY' | 'REVOKE'
  readonly permission: string
  readonly securable: string
  readonly names: readonly string[]
  readonly column: string | undefined
  readonly to: string
  readonly grantOption: boolean
}

/** Of CREATE and ALTER: a login, or a user of the database. */
export interface Account {
  readonly is: 'create' | 'alter'
  readonly what: 'LOGIN' | 'USER'
  readonly name: string
  /** For whom a user is made. */
  readonly login: string | undefined
  /** PASSWORD, OLD_PASSWORD, DEFAULT_SCHEMA … */
  readonly options: ReadonlyMap<string, string>
}

export interface Membership {
  readonly is: 'member'
  readonly server: boolean
  readonly role: string
  readonly member: string
}

export type Statement =
  | Select
  | Permit
  | Account
  | Membership
  | { readonly is: 'set' }
  | { readonly is: 'use'; readonly database: string }
  | { readonly is: 'as'; readonly user: string | undefined }

/** Reads one statement; of SET statements any number. */
export function parse(sql: string): Statement {
  const parser = new Parser(tokensOf(sql))
  const statement = parser.statement()
  parser.end()
  return statement
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token
  }

  end(): void {
    if (this.#next.kind !== 'end') throw wrongSyntax(this.#next.text)
  }

  statement(): Statement {
    const verb = this.#word()
    switch (verb) {
      case 'SELECT':
        return this.#select()
      case 'SET':
        while (this.#next.kind === 'word') this.#at++
        return { is: 'set' }
      case 'USE':
        return { is: 'use', database: this.#name() }
      case 'EXECUTE':
        return this.#executeAs()
      case 'REVERT':
        return { is: 'as', user: undefined }
      case 'CREATE':
      case 'ALTER':
        return this.#principal(verb)
      case 'GRANT':
      case 'DENY':
      case 'REVOKE':
        return this.#permit(verb)
      default:
        throw wrongSyntax(verb)
    }
  }

  #executeAs(): Statement {
    this.#expect('AS')
    this.#expect('USER')
    this.#mark('=')
    const { kind, text } = this.#tokens[this.#at++] as Token
    if (kind !== 'text') throw wrongSyntax(text)
    return { is: 'as', user: text }
  }

  #principal(verb: 'CREATE' | 'ALTER'): Statement {
    const what = this.#word()
    if (verb === 'ALTER' && (what === 'ROLE' || what === 'SERVER')) {
      if (what === 'SERVER') this.#expect('ROLE')
      const role = this.#name()
      this.#expect('ADD')
      this.#expect('MEMBER')
      return { is: 'member', server: what === 'SERVER', role, member: this.#name() }
    }
    if (what !== 'LOGIN' && what !== 'USER') throw wrongSyntax(what)
    const is = verb === 'CREATE' ? 'create' : 'alter'
    const name = this.#name()
    const options = new Map<string, string>()
    if (this.#is('FOR')) {
      this.#expect('LOGIN')
      const login = this.#name()
      if (this.#is('WITH')) this.#options(options)
      return { is, what, name, login, options }
    }
    this.#expect('WITH')
    this.#options(options)
    return { is, what, name, login: undefined, options }
  }

  #options(options: Map<string, string>): void {
    for (;;) {
      const option = this.#word()
      this.#mark('=')
      const token = this.#tokens[this.#at++] as Token
      const wanted = option.endsWith('PASSWORD') ? 'text' : option.startsWith('DEFAULT_') ? 'name' : 'word'
      if (token.kind !== wanted || options.has(option)) throw wrongSyntax(option)
      options.set(option, token.text)
      // the old password stands beside the new one, without a comma
      const { kind, text } = this.#next
      if (option === 'PASSWORD' && kind === 'word' && text === 'OLD_PASSWORD') continue
      if (kind !== 'mark' || text !== ',') return
      this.#at++
    }
  }

  #permit(verb: Permit['verb']): Permit {
    const words: string[] = []
    while (this.#next.kind === 'word' && !['ON', 'TO', 'FROM'].includes(this.#next.text)) words.push(this.#word())
    let securable = ''
    const names: string[] = []
    let column: string | undefined
    if (this.#is('ON')) {
      const kind: string[] = []
      while (this.#next.kind === 'word') kind.push(this.#word())
      securable = kind.join(' ')
      this.#mark('::')
      do names.push(this.#name())
      while (this.#isMark('.'))
      if (this.#isMark('(')) {
        column = this.#name()
        this.#mark(')')
      }
    }
    this.#expect(verb === 'REVOKE' ? 'FROM' : 'TO')
    const to = this.#name()
    const grantOption = verb === 'GRANT' && this.#is('WITH')
    if (grantOption) {
      this.#expect('GRANT')
      this.#expect('OPTION')
    }
    return { is: 'permit', verb, permission: words.join(' '), securable, names, column, to, grantOption }
  }

  #select(): Select {
    const items: Select['items'][number][] = []
    do {
      const expression = this.#operand()
      const own = expression.is === 'column' ? expression.name : ''
      items.push({ expression, alias: this.#is('AS') ? this.#alias() : own })
    } while (this.#isMark(','))
    const from: Source[] = []
    if (this.#is('FROM')) {
      from.push(this.#source(false, false))
      for (;;) {
        const outer = this.#is('LEFT')
        if (!this.#is('JOIN')) break
        from.push(this.#source(outer, true))
      }
    }
    return { is: 'select', items, from, where: this.#is('WHERE') ? this.#expression() : undefined }
  }

  #source(outer: boolean, joined: boolean): Source {
    const schema = this.#alias()
    this.#mark('.')
    const name = this.#alias()
    const alias = this.#is('AS') ? this.#alias() : name
    if (joined) this.#expect('ON')
    return { view: `${schema}.${name}`, alias, outer, on: joined ? this.#expression() : undefined }
  }

  #expression(): Expression {
    let left = this.#comparison()
    while (this.#is('AND')) left = { is: 'and', left, right: this.#comparison() }
    return left
  }

  #comparison(): Expression {
    if (this.#is('EXISTS')) {
      this.#mark('(')
      this.#expect('SELECT')
      const select = this.#select()
      this.#mark(')')
      return { is: 'exists', select }
    }
    const left = this.#operand()
    this.#mark('=')
    return { is: '=', left, right: this.#operand() }
  }

  #operand(): Expression {
    const token = this.#tokens[this.#at++] as Token
    if (token.kind === 'text') return { is: 'value', value: token.text }
    if (token.kind === 'variable') return { is: 'variable', name: token.text }
    if (token.kind === 'word' && /^\d+$/.test(token.text)) return { is: 'value', value: Number(token.text) }
    if (token.kind !== 'word' && token.kind !== 'name') throw wrongSyntax(token.text)
    if (token.kind === 'word' && token.text.toUpperCase() === 'NULL') return { is: 'value', value: null }
    if (this.#isMark('(')) {
      const values: Expression[] = []
      if (!this.#isMark(')')) {
        do values.push(this.#operand())
        while (this.#isMark(','))
        this.#mark(')')
      }
      return { is: 'call', name: token.text.toUpperCase(), values }
    }
    if (this.#isMark('.')) return { is: 'column', table: token.text, name: this.#alias() }
    return { is: 'column', table: undefined, name: token.text }
  }

  #alias(): string {
    const token = this.#tokens[this.#at++] as Token
    if (token.kind !== 'word' && token.kind !== 'name') throw wrongSyntax(token.text)
    return token.text
  }

  #name(): string {
    const token = this.#tokens[this.#at++] as Token
    if (token.kind !== 'name' || token.text === '') throw wrongSyntax(token.text)
    if (token.text.length > 128)
      throw new SqlError(103, `The identifier that starts with '${token.text}' is too long. Maximum length is 128.`, 15)
    return token.text
  }

  #word(): string {
    const token = this.#tokens[this.#at++] as Token
    if (token.kind !== 'word') throw wrongSyntax(token.text)
    return token.text.toUpperCase()
  }

  #expect(word: string): void {
    const found = this.#word()
    if (found !== word) throw wrongSyntax(found)
  }

  #is(word: string): boolean {
    const is = this.#next.kind === 'word' && this.#next.text.toUpperCase() === word
    if (is) this.#at++
    return is
  }

  #isMark(mark: string): boolean {
    const is = this.#next.kind === 'mark' && this.#next.text === mark
    if (is) this.#at++
    return is
  }

  #mark(mark: string): void {
    if (!this.#isMark(mark)) throw wrongSyntax(this.#next.text)
  }
}

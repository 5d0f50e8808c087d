/** Words of a statement, read as strictly as the database does: what is quoted wrongly is an error, not something else. */

export interface Token {
  /** A bare word in capitals; a name in quotes; a literal; a bind variable in capitals; a number; or a sign. */
  readonly kind: 'word' | 'quoted' | 'literal' | 'bind' | 'number' | 'sign'
  readonly text: string
}

/** An error as the database tells it: ORA-00900 and the like. */
export class OraError extends Error {
  readonly number: number

  constructor(number: number, text: string) {
    super(`ORA-${String(number).padStart(5, '0')}: ${text}`)
    this.number = number
  }
}

const TOKEN =
  /\s*(?:(?<word>[A-Za-z][\w$#]*)|"(?<quoted>[^"]*)"|'(?<literal>(?:[^']|'')*)'|:(?<bind>[A-Za-z0-9_]+)|(?<number>\d+)|(?<sign>[(),.*=]))/y

export function tokensOf(text: string): Token[] {
  if (text.includes('\0')) throw new OraError(911, 'invalid character')
  const tokens: Token[] = []
  let at = 0
  const end = text.trimEnd().length
  while (at < end) {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (found === null) throw unknownAt(text.slice(at).trimStart())
    at = TOKEN.lastIndex
    const [kind, value] = Object.entries(found.groups ?? {}).find(([, group]) => group !== undefined) as [
      string,
      string,
    ]
    if (kind === 'quoted' && value === '') throw new OraError(1741, 'illegal zero-length identifier')
    const said = kind === 'word' || kind === 'bind' ? value.toUpperCase() : value.replaceAll("''", "'")
    tokens.push({ kind: kind as Token['kind'], text: kind === 'quoted' ? value : said })
  }
  return tokens
}

function unknownAt(rest: string): OraError {
  if (rest.startsWith('"')) return new OraError(1740, 'missing double quote in identifier')
  if (rest.startsWith("'")) return new OraError(1756, 'quoted string not properly terminated')
  return new OraError(911, 'invalid character')
}

/** A statement read from left to right. */
export class Statement {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at]
  }

  /** Takes these words or signs if they come next. */
  take(text: string): boolean {
    const words = text.split(' ')
    const there = words.every((word, index) => {
      const token = this.#tokens[this.#at + index]
      return token !== undefined && (token.kind === 'word' || token.kind === 'sign') && token.text === word
    })
    if (there) this.#at += words.length
    return there
  }

  expect(text: string, otherwise = new OraError(900, 'invalid SQL statement')): void {
    if (!this.take(text)) throw otherwise
  }

  token(kind: Token['kind'], otherwise = new OraError(900, 'invalid SQL statement')): string {
    const token = this.next
    if (token?.kind !== kind) throw otherwise
    this.#at += 1
    return token.text
  }

  /** A name: in quotes as it is, else in capitals. At most 30 bytes, as before 12.2. */
  name(): string {
    const token = this.next
    if (token?.kind !== 'word' && token?.kind !== 'quoted') throw new OraError(903, 'invalid identifier')
    this.#at += 1
    return limited(token.text)
  }

  /** A password after IDENTIFIED BY: in quotes, or a bare word. */
  password(): string {
    const token = this.next
    if (token?.kind !== 'quoted' && token?.kind !== 'word') throw new OraError(988, 'missing or invalid password(s)')
    this.#at += 1
    return limited(token.text)
  }

  end(): void {
    if (this.next !== undefined) throw new OraError(922, 'missing or invalid option')
  }
}

function limited(name: string): string {
  if (Buffer.byteLength(name) > 30) throw new OraError(972, 'identifier is too long')
  return name
}

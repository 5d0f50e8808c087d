/** Words of Transact-SQL: names in brackets, literals with N. What is none of them is refused. */

export class SqlError extends Error {
  readonly number: number
  readonly severity: number

  constructor(number: number, message: string, severity = 16) {
    super(message)
    this.number = number
    this.severity = severity
  }
}

export const wrongSyntax = (near: string) => new SqlError(102, `Incorrect syntax near '${near}'.`, 15)

export type Token =
  | { readonly kind: 'word' | 'name' | 'text' | 'variable' | 'mark'; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' }

const SPACE = /(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/y
const TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['text', /N'((?:[^']|'')*)'/y],
  ['name', /\[((?:[^\]]|\]\])*)\]/y],
  ['variable', /(@@?\w+)/y],
  ['word', /([A-Za-z_]\w*|\d+)/y],
  ['mark', /(::|[=.,()])/y],
]

export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (expression: RegExp) => {
    expression.lastIndex = at
    const found = expression.exec(sql)
    if (found !== null) at = expression.lastIndex
    return found
  }
  for (;;) {
    match(SPACE)
    if (at === sql.length) return [...tokens, { kind: 'end', text: '' }]
    const from = at
    for (const [kind, expression] of TOKENS) {
      const found = match(expression)
      if (found === null) continue
      const inner = found[1] as string
      // lines of a literal are joined behind a backslash
      const text =
        kind === 'text'
          ? inner.replaceAll("''", "'").replace(/\\(?:\r\n|\r|\n)/g, '')
          : kind === 'name'
            ? inner.replaceAll(']]', ']')
            : inner
      tokens.push({ kind, text } as Token)
      break
    }
    if (at === from) {
      if (sql.startsWith("N'", at) || sql[at] === "'")
        throw new SqlError(105, `Unclosed quotation mark after the character string '${sql.slice(at)}'.`, 15)
      throw wrongSyntax(sql.slice(at, at + 20))
    }
  }
}

/** Metric math as a tree. Source: CloudWatch's guide, "Metric math syntax and functions". */
export type Node =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly of: readonly Node[] }
  | { readonly kind: 'list'; readonly of: readonly Node[] }
  | { readonly kind: 'minus'; readonly of: Node }
  | { readonly kind: 'both'; readonly operator: string; readonly left: Node; readonly right: Node }

/** Why an expression is none. */
export class ExpressionBroken extends Error {}

/** Levels of an expression. Assumed: AWS bounds its length only, at 2048 characters. */
const MOST_LEVELS = 64

const TOKEN =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|"([^"]*)"|'([^']*)'|(&&|\|\||==|!=|<=|>=|[-+*/^()[\],<>]))/y

interface Token {
  readonly kind: 'number' | 'name' | 'text' | 'mark'
  readonly text: string
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (found === null) throw new ExpressionBroken(`unexpected character at ${at + 1}`)
    const [, number, name, double, single, mark] = found
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark })
    else tokens.push({ kind: 'text', text: double ?? single ?? '' })
  }
  return tokens
}

/** From the weakest to the strongest. */
const BINDING: Readonly<Record<string, number>> = {
  '||': 1,
  OR: 1,
  '&&': 2,
  AND: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '>': 3,
  '<=': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '^': 6,
}
const UNARY = 6

/** The tree of an expression. Throws ExpressionBroken. */
export function parseExpression(text: string): Node {
  const tokens = tokensOf(text)
  let at = 0
  const mark = (wanted: string) => {
    const token = tokens[at]
    if (token?.kind !== 'mark' || token.text !== wanted) return false
    at++
    return true
  }
  const need = (wanted: string) => {
    if (!mark(wanted)) throw new ExpressionBroken(`'${wanted}' is missing`)
  }
  const list = (end: string, level: number): Node[] => {
    const items: Node[] = []
    if (mark(end)) return items
    do items.push(binary(0, level + 1))
    while (mark(','))
    need(end)
    return items
  }
  const primary = (level: number): Node => {
    if (level > MOST_LEVELS) throw new ExpressionBroken('it is nested too deeply')
    const token = tokens[at++]
    if (token === undefined) throw new ExpressionBroken('it ends too early')
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) }
    if (token.kind === 'text') return { kind: 'text', value: token.text }
    if (token.kind === 'name') {
      if (mark('(')) return { kind: 'call', name: token.text.toUpperCase(), of: list(')', level) }
      return { kind: 'name', name: token.text }
    }
    if (token.text === '(') {
      const inner = binary(0, level + 1)
      need(')')
      return inner
    }
    if (token.text === '[') return { kind: 'list', of: list(']', level) }
    if (token.text === '-') return { kind: 'minus', of: binary(UNARY, level + 1) }
    if (token.text === '+') return binary(UNARY, level + 1)
    throw new ExpressionBroken(`unexpected '${token.text}'`)
  }
  const binary = (least: number, level: number): Node => {
    let left = primary(level)
    for (;;) {
      const token = tokens[at]
      const operator = token === undefined || token.kind === 'text' ? '' : token.text
      const strength = Object.hasOwn(BINDING, operator) ? (BINDING[operator] as number) : 0
      if (strength === 0 || strength < least) return left
      at++
      // powers from the right, all else from the left
      const right = binary(operator === '^' ? strength : strength + 1, level + 1)
      left = { kind: 'both', operator, left, right }
    }
  }
  const tree = binary(0, 0)
  if (at < tokens.length) throw new ExpressionBroken(`unexpected '${tokens[at]?.text}'`)
  return tree
}

/** The names that an expression uses. */
export function namesIn(node: Node): Set<string> {
  const names = new Set<string>()
  const look = (each: Node): void => {
    if (each.kind === 'name') names.add(each.name)
    else if (each.kind === 'minus') look(each.of)
    else if (each.kind === 'both') {
      look(each.left)
      look(each.right)
    } else if (each.kind === 'call' || each.kind === 'list') for (const item of each.of) look(item)
  }
  look(node)
  return names
}

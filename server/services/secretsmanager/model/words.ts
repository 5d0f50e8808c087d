const SPECIAL = '/-_+=.@'

/**
 * Words of a text as the `description` and `all` filters see them, in lower case: split at spaces, at special characters
 * (a token with two different special characters stays whole) and where a capital begins a word. Linear in the text.
 *
 * `My-secret Name` → my, secret, name · `MySecretName` → my, secret, name · `COMPANYthings` → compan, ythings
 * · `my/secret+value` → my/secret+value · `/` → nothing.
 *
 * Source: recorded matches of ListSecrets, secretsmanager.md section 9. Assumed: a digit counts as lower case.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(' ', at)
    const end = space < 0 ? text.length : space
    if (end > at) splitToken(text.slice(at, end), words)
    at = end + 1
  }
  return words
}

function splitToken(token: string, words: string[]): void {
  const special = specialsOf(token)
  if (special === 'mixed') {
    words.push(token.toLowerCase())
    return
  }
  let from = 0
  for (let at = 0; at <= token.length; at++) {
    const ends = at === token.length || token[at] === special
    if (!ends && !(at > from && beginsWord(token, at))) continue
    if (at > from) words.push(token.slice(from, at).toLowerCase())
    from = ends ? at + 1 : at
  }
}

/** The one special character in a token, `mixed` when there are several different ones. */
function specialsOf(token: string): string | undefined {
  let found: string | undefined
  for (const char of token) {
    if (!SPECIAL.includes(char) || char === found) continue
    if (found !== undefined) return 'mixed'
    found = char
  }
  return found
}

/** A capital begins a word after anything but a capital, and as the last one of a row of capitals before lower case. */
function beginsWord(token: string, at: number): boolean {
  if (!isCapital(token, at)) return false
  return !isCapital(token, at - 1) || isLower(token, at + 1)
}

function isCapital(token: string, at: number): boolean {
  const code = token.charCodeAt(at)
  return code >= 65 && code <= 90
}

function isLower(token: string, at: number): boolean {
  const code = token.charCodeAt(at)
  return code >= 97 && code <= 122
}

/**
 * The words of some text, ready to be asked for prefixes. Asking costs a binary search, so that a filter of hundreds of
 * words on a long description stays cheap.
 */
export class Words {
  readonly #sorted: readonly string[]

  constructor(text: string) {
    const words = wordsOf(text)
    this.#sorted = words.length > 1 ? words.sort(byUnits) : words
  }

  /** True when every one of `prefixes` (lower case) begins some word. */
  haveAll(prefixes: readonly string[]): boolean {
    return prefixes.every((prefix) => this.#have(prefix))
  }

  #have(prefix: string): boolean {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] as string) < prefix) low = middle + 1
      else high = middle
    }
    return low < this.#sorted.length && (this.#sorted[low] as string).startsWith(prefix)
  }
}

const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

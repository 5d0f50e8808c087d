/** A pattern of literal characters, `*` (any run, also none) and `?` (one character), made ready for matching. */
export interface Glob {
  readonly kind: 'any' | 'literal' | 'prefix' | 'general'
  /** The literal, or what stands before the one `*` at the end. */
  readonly text: string
  /** UTF-16 units, or one of the two below. Empty unless `general`. */
  readonly codes: Int32Array
}

export const ANY_RUN = -1
export const ANY_ONE = -2

const NONE = new Int32Array(0)
export const ANYTHING: Glob = { kind: 'any', text: '', codes: NONE }

/** Units of a text with `*` and `?` as wildcards, or as themselves. */
export function codesOf(text: string, wildcards: boolean): number[] {
  const codes: number[] = []
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    codes.push(wildcards && code === 0x2a ? ANY_RUN : wildcards && code === 0x3f ? ANY_ONE : code)
  }
  return codes
}

/** Makes a glob from units. Runs of `*` count as one. */
export function globOf(units: readonly number[]): Glob {
  const codes = units.filter((code, i) => code !== ANY_RUN || units[i - 1] !== ANY_RUN)
  const wild = codes.findIndex((code) => code < 0)
  if (wild < 0) return { kind: 'literal', text: textOf(codes), codes: NONE }
  if (codes.length === 1 && codes[0] === ANY_RUN) return ANYTHING
  if (wild === codes.length - 1 && codes[wild] === ANY_RUN) {
    return { kind: 'prefix', text: textOf(codes.slice(0, -1)), codes: NONE }
  }
  return { kind: 'general', text: '', codes: Int32Array.from(codes) }
}

function textOf(codes: readonly number[]): string {
  let text = ''
  for (const code of codes) text += String.fromCharCode(code)
  return text
}

/** Whether the glob covers the whole of `text` from `from` up to `to`. */
export function covers(glob: Glob, text: string, from = 0, to = text.length): boolean {
  switch (glob.kind) {
    case 'any':
      return true
    case 'literal':
      // The comparison of whole strings is several times faster than that of a part.
      if (from === 0 && to === text.length) return text === glob.text
      return to - from === glob.text.length && text.startsWith(glob.text, from)
    case 'prefix':
      return to - from >= glob.text.length && text.startsWith(glob.text, from)
    case 'general':
      return walk(glob.codes, text, from, to)
  }
}

/**
 * Two pointers; after a mismatch only the last `*` takes one character more, earlier ones need no second thought. At the
 * most pattern × text steps, never exponential; both are bounded by quotas. No regular expression: those can be made to
 * hang by whoever writes the policy (access.md 7, 32).
 */
function walk(codes: Int32Array, text: string, from: number, to: number): boolean {
  let at = from
  let step = 0
  let star = -1
  let resume = 0
  while (at < to) {
    const code = step < codes.length ? (codes[step] as number) : 0
    if (step < codes.length && code === ANY_RUN) {
      star = step++
      resume = at
    } else if (step < codes.length && code === ANY_ONE) {
      at += widthAt(text, at, to)
      step++
    } else if (step < codes.length && code === text.charCodeAt(at)) {
      at++
      step++
    } else if (star >= 0) {
      resume += widthAt(text, resume, to)
      at = resume
      step = star + 1
    } else return false
  }
  while (step < codes.length && codes[step] === ANY_RUN) step++
  return step === codes.length
}

/** UTF-16 units of the character at `at`: `?` stands for a character, not for half of one. */
function widthAt(text: string, at: number, to: number): 1 | 2 {
  const high = text.charCodeAt(at)
  if (high < 0xd800 || high > 0xdbff || at + 1 >= to) return 1
  const low = text.charCodeAt(at + 1)
  return low >= 0xdc00 && low <= 0xdfff ? 2 : 1
}

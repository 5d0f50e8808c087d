import type { Failure } from './command.ts'

/** A command line that is read word by word. */
export class Line {
  /** The word that is looked at. */
  word = ''
  /** The same without `=` and what stands behind it. */
  flag = ''
  /** What `take` has taken, by flag. */
  readonly values = new Map<string, string>()
  readonly #words: readonly string[]
  readonly #wrong: (what: string) => Failure
  #at = -1

  /** `wrong` makes the failure of this command. */
  constructor(words: readonly string[], wrong: (what: string) => Failure) {
    this.#words = words
    this.#wrong = wrong
  }

  /** Goes on to the next word; false when there is none. */
  next(): boolean {
    const word = this.#words[++this.#at]
    if (word === undefined) return false
    const equals = word.indexOf('=')
    this.word = word
    this.flag = equals < 0 ? word : word.slice(0, equals)
    return true
  }

  /** The value of the flag: what is behind its `=`, else the next word, which is passed over. Throws Failure. */
  value(): string {
    const { word, flag } = this
    const value = word === flag ? this.#words[++this.#at] : word.slice(flag.length + 1)
    if (value === undefined || value === '') throw this.#wrong(`${flag} needs a value`)
    return value
  }

  /** Keeps the value of a flag that may be given once. Throws Failure. */
  take(): void {
    const { flag } = this
    const value = this.value()
    if (this.values.has(flag)) throw this.#wrong(`${flag} is given twice`)
    this.values.set(flag, value)
  }

  /** This word, a flag that somebody else reads; with the next one when that may be its value, which is passed over. */
  passed(hasValue: (flag: string) => boolean = () => true): string[] {
    const next = this.#words[this.#at + 1]
    const { word, flag } = this
    if (word !== flag || next === undefined || next.startsWith('-') || !hasValue(word)) return [word]
    this.#at++
    return [word, next]
  }
}

/** Flags of strongroom serve that say where its state is, and take a value. */
export const ownsValue = (flag: string): boolean =>
  ['--data', '--database', '--config'].includes(flag) || /^--seal(-|$)/.test(flag)

/** The account that a flag names. Throws what `wrong` makes. */
export function accountIn(values: ReadonlyMap<string, string>, wrong: (what: string) => Failure): string | undefined {
  const account = values.get('--account')
  if (account !== undefined && !/^[0-9]{12}$/.test(account)) throw wrong('--account takes 12 digits')
  return account
}

const SPANS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A span of time, in milliseconds: `90s`, `10m`, `2h`, `7d`; undefined for what is none. */
export function spanOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  return unit === undefined ? undefined : Number(count) * (SPANS[unit] as number)
}

/** The span that a flag takes. Throws what `wrong` makes. */
export function spanIn(
  values: ReadonlyMap<string, string>,
  flag: string,
  wrong: (what: string) => Failure,
): number | undefined {
  const text = values.get(flag)
  const span = text === undefined ? undefined : spanOf(text)
  if (text !== undefined && span === undefined) throw wrong(`${flag} takes a span such as 90s, 10m, 2h or 7d`)
  return span
}

import { exit, Failure } from '../command.ts'
import { Line } from '../line.ts'
import { wireFlags } from '../wire/client.ts'

/** Which words a command on secrets takes, besides the flags of the wire. */
export interface Grammar {
  readonly name: string
  /** Flags with a value. */
  readonly valued?: readonly string[]
  /** Flags with a value that may be given again. */
  readonly repeated?: readonly string[]
  /** Flags without one. */
  readonly plain?: readonly string[]
  /** The other end, when there is one: `to` makes `--to-profile` and its like flags. */
  readonly side?: string
  /** What the words without a dash are, in order: `NAME`, `[PREFIX]` for one that may be missing, `WORDS…` for one or more. */
  readonly words: readonly string[]
}

/** A command line of a command on secrets, read. */
export interface Asked {
  readonly words: readonly string[]
  readonly values: ReadonlyMap<string, string>
  readonly lists: ReadonlyMap<string, readonly string[]>
  readonly flags: ReadonlySet<string>
  /** A failure that says what is wrong with the line; it ends with 2. */
  readonly wrong: (what: string) => Failure
}

/** Reads a command line. A word behind `--` is no flag. Throws Failure. */
export function parseSecrets(args: readonly string[], grammar: Grammar): Asked {
  const { name, valued = [], repeated = [], plain = [], side } = grammar
  const wrong = (what: string) => new Failure(what, `see strongroom ${name} --help`, exit.usage)
  const once = new Set([...wireFlags(), ...(side === undefined ? [] : wireFlags(side)), ...valued])
  const line = new Line(args, wrong)
  const words: string[] = []
  const flags = new Set<string>()
  const lists = new Map<string, string[]>()
  let ended = false
  while (line.next()) {
    const { word, flag } = line
    if (ended || word === '-' || !word.startsWith('-')) words.push(word)
    else if (word === '--') ended = true
    else if (once.has(flag)) line.take()
    else if (repeated.includes(flag)) lists.set(flag, [...(lists.get(flag) ?? []), line.value()])
    else if (plain.includes(word)) flags.add(word)
    else throw wrong(`there is no flag ${flag.slice(0, 60)}`)
  }
  bounded(words, grammar.words, wrong)
  return { words, values: line.values, lists, flags, wrong }
}

function bounded(words: readonly string[], named: readonly string[], wrong: (what: string) => Failure): void {
  const missing = named.filter((each) => !each.startsWith('['))[words.length]
  if (missing !== undefined) throw wrong(`say ${missing}`)
  const more = words[named.length]
  if (more !== undefined && !named.at(-1)?.endsWith('…')) throw wrong(`what is ${more.slice(0, 60)}?`)
}

/** A whole number in bounds. Throws Failure. */
export function wholeOf(
  { values, wrong }: Asked,
  flag: string,
  [least, most]: readonly [number, number],
): number | undefined {
  const text = values.get(flag)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < least || value > most)
    throw wrong(`${flag} takes a number from ${least} to ${most}`)
  return value
}

import type { Io } from './command.ts'

type Paint = (text: string) => string

/** Colours for a terminal; without one the text stays as it is. */
export function styles(io: Pick<Io, 'colour'>): { readonly bold: Paint; readonly red: Paint; readonly yellow: Paint } {
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      io.colour ? `\x1b[${on}m${text}\x1b[${off}m` : text
  return { bold: paint(1, 22), red: paint(31, 39), yellow: paint(33, 39) }
}

/**
 * What others have written (users' functions, databases, tags), for a person: one line of it, and nothing in it that a terminal
 * would obey or that shows text in another order.
 */
export const plain = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (at) => `\\u${(at.codePointAt(0) as number).toString(16).padStart(4, '0')}`,
  )

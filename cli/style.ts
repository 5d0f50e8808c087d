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

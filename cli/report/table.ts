import { plain } from '../style.ts'

/** A column of a table. */
export interface Column {
  readonly title: string
  readonly right?: boolean
  /** Characters at the most; what is longer is cut. */
  readonly most?: number
}

/** Rows of text as lines for a person: whatever stands in a name, a row is one line and paints nothing. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  bold: (text: string) => string,
): string {
  const shown = rows.map((row) => row.map((cell, at) => cut(plain(cell), columns[at]?.most ?? 60)))
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...shown.slice(0, 10_000).map((row) => (row[at] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0
        return columns[at]?.right === true ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  const head = line(columns.map(({ title }) => title))
  return `${bold(head)}\n${shown.map((row) => `${line(row)}\n`).join('')}`
}

/** The end tells more names apart than the beginning. */
const cut = (text: string, most: number) =>
  text.length <= most
    ? text
    : `${text.slice(0, Math.floor(most / 3))}…${text.slice(-(most - Math.floor(most / 3) - 1))}`

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const WIDTH = 20

/** How much `value` is of `most`, drawn. */
export function bar(value: number, most: number): string {
  if (most <= 0 || value <= 0) return ''
  const eighths = Math.max(1, Math.round((value / most) * WIDTH * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] as string)
}

/** A cell of a CSV: quoted where it must be, and no formula where a program that shows tables would run one. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const harmless = /^\s*[=+\-@\t\r\n|%]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** A line of a CSV, as RFC 4180 has it. */
export const csvLine = (cells: readonly (string | number)[]): string => `${cells.map(csvCell).join(',')}\r\n`

/** `1,234,567` */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

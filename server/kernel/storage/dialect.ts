import { StorageError } from '#kernel/storage/error'
import type { Parameters, Statement, Storage, Value } from '#kernel/storage/storage'

/** A statement as one engine takes it: numbered parameters, and the names that stand for the numbers. */
export interface CompiledStatement {
  readonly name: string
  readonly text: string
  /** Name of parameter 1, 2, …; a name that occurs twice has one number. */
  readonly names: readonly string[]
  /** Whether it only reads: the one kind that a read unit takes. */
  readonly reads: boolean
}

type Engine = Storage['engine']

/** Literals, quoted names and casts stay as they are; `:name` is a parameter. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|::|:([A-Za-z_][A-Za-z0-9_]*)|\bcollate\s+bytes\b|\bbytea\b/gi
const LOCKING = /\bfor\s+update(?:\s+(?:skip\s+locked|nowait))?\s*;?\s*$/i

/** Puts a statement of the common dialect into the engine's own. */
export function compile(statement: Statement, engine: Engine): CompiledStatement {
  const names: string[] = []
  const source = engine === 'sqlite' ? statement.sql.replace(LOCKING, '') : statement.sql
  const text = source.replace(TOKEN, (token: string, name: string | undefined) => {
    if (name === undefined) return word(token, engine)
    let at = names.indexOf(name)
    if (at < 0) at = names.push(name) - 1
    return `${engine === 'sqlite' ? '?' : '$'}${at + 1}`
  })
  const reads = /^\s*(select|with)\b/i.test(text) && !/\b(insert|update|delete)\b/i.test(text.replace(LOCKING, ''))
  return { name: statement.name, text: text.trim(), names, reads }
}

function word(token: string, engine: Engine): string {
  if (/^collate/i.test(token)) return engine === 'sqlite' ? 'collate binary' : 'collate "C"'
  if (/^bytea$/i.test(token)) return engine === 'sqlite' ? 'blob' : 'bytea'
  return token
}

/** The values in the order of the numbers. A missing one, or a number that is not whole, is our bug and throws. */
export function bind(statement: CompiledStatement, parameters: Parameters): Value[] {
  const { names } = statement
  const values: Value[] = new Array(names.length)
  for (let i = 0; i < names.length; i++) {
    const value = parameters[names[i] as string]
    if (value === undefined || (typeof value === 'number' && !Number.isSafeInteger(value)))
      throw new StorageError(
        `statement ${statement.name}: parameter :${names[i]} is ${value === undefined ? 'missing' : 'no whole number'}`,
      )
    values[i] = value
  }
  return values
}

/**
 * The statements of a migration in the engine's own dialect. They end with `;` at a line's end. SQLite tables are made
 * `strict`, so that a text in a number's column fails there as it does on PostgreSQL; PostgreSQL's text columns are
 * `collate "C"`, so that order is by bytes and an index survives a new version of the machine's locales.
 */
export function schemaStatements(sql: string, engine: Engine): string[] {
  const statements = sql
    .replace(/^\s*--.*$/gm, '')
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return statements.map((part) => {
    const text = part.replace(TOKEN, (token: string, name: string | undefined) =>
      name === undefined ? word(token, engine) : token,
    )
    const creates = /^create\s+table\b/i.test(text)
    if (!creates && !/^alter\s+table\b/i.test(text)) return text
    if (engine === 'sqlite') return `${text.replace(/\bbigint\b/gi, 'integer')}${creates ? ' strict' : ''}`
    return text.replace(/(?<=[\w"]\s+)text\b(?!\s+collate)/gi, 'text collate "C"')
  })
}

import { FunctionFault } from './function.ts'
import { identifier } from './oracle-text.ts'

/**
 * What DBMS_METADATA.GET_GRANTED_DDL writes, read and written again for another user. What is written is made of the parts that
 * were read, each checked and quoted anew; no text of the server is passed on, and a name that stands in it twice, as object and as
 * user, is replaced where it is the user only. Pure. Source: rotation.md 8.6, 8.7; Database SQL Language Reference, GRANT.
 */
export interface Grant {
  /** `"CONNECT"`, `CREATE SESSION`, `UPDATE ("PRICE")`. */
  readonly what: string
  readonly role: boolean
  /** `"SHOP"."ORDERS"`, `DIRECTORY "DATA"`; undefined for roles and system privileges. */
  readonly on: string | undefined
  /** `ADMIN`, `DELEGATE`, `GRANT`, `HIERARCHY`. */
  readonly options: readonly string[]
  /** `ALL` or `CURRENT`: in which containers it holds, where that is said. */
  readonly container: string | undefined
}

/** Longest text that is read. */
const LONGEST = 4_000_000
/** GET_GRANTED_DDL leaves out what comes after so many grants, and does not say so. Source: its parameter object_count. */
const MOST = 10_000

/** Reads the grants to `grantee`. A statement that it does not understand is a fault: fewer or other rights are worse than none. */
export function readGrants(ddl: string, grantee: string): readonly Grant[] {
  if (ddl.length > LONGEST) throw unreadable()
  const words = wordsOf(ddl)
  const grants: Grant[] = []
  let statements = 0
  let at = 0
  const next = () => words[at]
  const take = (word: string): boolean => {
    const there = words[at] === word
    if (there) at += 1
    return there
  }
  const expect = (word: string): void => {
    if (!take(word)) throw unreadable()
  }
  const quoted = (): string => {
    const word = words[at++]
    if (word?.[0] !== '"') throw unreadable()
    return identifier(word.slice(1, -1))
  }
  /** `CREATE SESSION`, `DIRECTORY`: bare words up to something else. */
  const bare = (...ends: readonly string[]): string => {
    const found: string[] = []
    while (/^[A-Z]/.test(next() ?? '') && !ends.includes(next() as string)) found.push(words[at++] as string)
    return found.join(' ')
  }
  const privilege = (): string => {
    const name = bare('ON', 'TO')
    if (name === '') throw unreadable()
    if (!take('(')) return name
    const columns = [quoted()]
    while (take(',')) columns.push(quoted())
    expect(')')
    return `${name} (${columns.join(', ')})`
  }
  const object = (): string => {
    const kind = bare('TO')
    const names = [quoted()]
    while (take('.')) names.push(quoted())
    return `${kind === '' ? '' : `${kind} `}${names.join('.')}`
  }
  while (at < words.length) {
    expect('GRANT')
    statements += 1
    if (statements >= MOST) throw new FunctionFault('the user has more rights than can be copied')
    const role = next()?.[0] === '"'
    const whats = [role ? quoted() : privilege()]
    while (take(',')) whats.push(role ? quoted() : privilege())
    const on = take('ON') ? object() : undefined
    if (role && on !== undefined) throw unreadable()
    expect('TO')
    if (quoted() !== identifier(grantee)) throw unreadable()
    const options: string[] = []
    while (take('WITH')) {
      const option = words[at++] ?? ''
      const known = on === undefined ? ['ADMIN', 'DELEGATE'] : ['GRANT', 'HIERARCHY']
      if (!known.includes(option)) throw unreadable()
      expect('OPTION')
      options.push(option)
    }
    let container: string | undefined
    if (take('CONTAINER')) {
      expect('=')
      container = words[at++]
      if (container !== 'ALL' && container !== 'CURRENT') throw unreadable()
    }
    take(';')
    for (const what of whats) grants.push({ what, role, on, options: options.toSorted(), container })
  }
  return grants
}

/** The statement that gives `grantee` (quoted) the same. */
export function grantStatement({ what, on, options, container }: Grant, grantee: string): string {
  const object = on === undefined ? '' : ` ON ${on}`
  const withs = options.map((option) => ` WITH ${option} OPTION`).join('')
  return `GRANT ${what}${object} TO ${grantee}${withs}${container === undefined ? '' : ` CONTAINER=${container}`}`
}

/** Those of `wanted` that `present` does not hold in full. */
export function missing(wanted: readonly Grant[], present: readonly Grant[]): readonly Grant[] {
  const there = new Set(present.flatMap(facts))
  return wanted.filter((grant) => !facts(grant).every((fact) => there.has(fact)))
}

function facts({ what, role, on, options }: Grant): readonly string[] {
  return ['', ...options].map((option) => JSON.stringify([role, what, on, option]))
}

/** Rights over the whole database, roles, which may hold anything, and rights on what belongs to the database itself. */
export const reachesFar = ({ on }: Grant): boolean => on === undefined || /(?:^|\s)"SYS"/.test(on)

const unreadable = () => new FunctionFault('a right of the user cannot be read, so it cannot be copied')

const WORD = /\s*("[^"]+"|[A-Z][A-Z0-9_$#]{0,127}|[().,;=])/y

function wordsOf(text: string): string[] {
  const words: string[] = []
  const end = text.trimEnd().length
  for (let at = 0; at < end; at = WORD.lastIndex) {
    WORD.lastIndex = at
    const found = WORD.exec(text)?.[1]
    if (found === undefined) throw unreadable()
    words.push(found)
  }
  return words
}

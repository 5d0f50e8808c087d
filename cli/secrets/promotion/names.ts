import type { Failure } from '../../command.ts'

/** A prefix to a prefix, or one name to one name. */
export interface Route {
  readonly kind: 'prefix' | 'name'
  readonly source: string
  readonly target: string
}

/**
 * What two words mean: a name that ends with a slash is a prefix, and so are both or none. Left out, the second is the first, which
 * only another server can have. Throws what `wrong` makes.
 */
export function routeOf(
  words: readonly string[],
  everything: boolean,
  elsewhere: boolean,
  wrong: (what: string) => Failure,
): Route {
  const [source = '', target = source] = words
  if (everything && words.length > 0) throw wrong('say --everything or a name, not both')
  if (!everything && source === '') throw wrong('say which: a NAME, a prefix that ends with a slash, or --everything')
  const kind = everything || source.endsWith('/') ? 'prefix' : 'name'
  if (kind === 'prefix' && target !== '' && !target.endsWith('/'))
    throw wrong('a prefix goes to a prefix: end both with a slash')
  if (kind === 'name' && target.endsWith('/'))
    throw wrong(`a name goes to a name: say ${target}${source.slice(source.lastIndexOf('/') + 1)}`)
  if (elsewhere) return { kind, source, target }
  if (source === target)
    throw wrong('both are the same: say where to, or another server with --to-endpoint-url or --to-profile')
  if (kind === 'prefix' && (target.startsWith(source) || source.startsWith(target)))
    throw wrong('one prefix lies in the other: what is copied would be copied again')
  return { kind, source, target }
}

/** Which names are meant: at least one of `only`, none of `except`; `*` stands for anything. */
export function chooser(only: readonly string[], except: readonly string[]): (name: string) => boolean {
  return (name) =>
    (only.length === 0 || only.some((pattern) => matches(pattern, name))) &&
    !except.some((pattern) => matches(pattern, name))
}

/** In time linear in the name for each star. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return name === pattern
  if (!name.startsWith(first)) return false
  const last = rest.pop() as string
  let at = first.length
  for (const piece of rest) {
    const found = name.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}

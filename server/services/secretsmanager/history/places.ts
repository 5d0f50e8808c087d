import type { PageQuery } from '../lists.ts'

/** No character of a name is as great. */
const BEHIND = '\x7f'

/** The place in the order of names right before those that begin with `prefix`; undefined: the beginning. */
export function placeBefore(prefix: string): PageQuery['after'] {
  const last = prefix.length - 1
  if (last < 0) return undefined
  // the character before the least of a name is a space, which ends the name in a place: right as well
  return [0, `${prefix.slice(0, last)}${String.fromCharCode(prefix.charCodeAt(last) - 1)}${BEHIND}`]
}

/** Name and suffix of a place; undefined: the beginning. */
export function placed(text: string): { readonly name: string; readonly suffix: string } | undefined {
  const [name = '', suffix = ''] = text.split(' ')
  return text === '' ? undefined : { name, suffix }
}

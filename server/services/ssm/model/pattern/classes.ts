import { badPattern } from '../refusals.ts'
import { Characters, type Fold, folded, type Holds, not } from './characters.ts'
import type { Cursor } from './cursor.ts'
import { escapedCharacter, escapedClass } from './escapes.ts'

/** Classes within each other. */
const MOST = 10

/** How a class is read: what counts as equal in it, and what says nothing (with `(?x)` blanks and comments). */
export interface Reading {
  readonly fold: Fold
  skip(): void
}

/** After `[`: parts between `&&`, each a union. */
export function readClass(cursor: Cursor, reading: Reading, depth = 1): Holds {
  if (depth > MOST) throw badPattern()
  const negative = cursor.accept('^')
  const parts: (readonly Holds[])[] = []
  let union: Holds[] = []
  for (;;) {
    reading.skip()
    if (cursor.accept('&&')) {
      if (union.length === 0) throw badPattern()
      parts.push(union)
      union = []
    } else if (cursor.next === ']' && (union.length > 0 || parts.length > 0)) break
    else union.push(cursor.accept('[') ? readClass(cursor, reading, depth + 1) : range(cursor, reading))
  }
  cursor.take()
  if (union.length === 0) throw badPattern()
  parts.push(union)
  const holds: Holds = (c) => parts.every((part) => part.some((each) => each(c)))
  // The complement is that of what counts as equal too. As a set of its own: what is asked of a class within classes is asked once.
  const set = new Characters(negative ? not(folded(holds, reading.fold)) : holds)
  return (c) => set.has(c)
}

function range(cursor: Cursor, reading: Reading): Holds {
  const c = cursor.take()
  if (c !== '\\') return upTo(cursor, reading, c.codePointAt(0) as number)
  const escaped = cursor.take()
  return escapedClass(cursor, escaped) ?? upTo(cursor, reading, escapedCharacter(cursor, escaped))
}

function upTo(cursor: Cursor, { skip }: Reading, first: number): Holds {
  skip()
  const after = cursor.peek(1)
  const alone = after === undefined || after === ']' || after === '[' || (after === '&' && cursor.peek(2) === '&')
  if (cursor.next !== '-' || alone) return (c) => c === first
  cursor.take()
  skip()
  const c = cursor.take()
  const last = c === '\\' ? escapedCharacter(cursor, cursor.take()) : (c.codePointAt(0) as number)
  if (last < first) throw badPattern()
  return (character) => character >= first && character <= last
}

/** A place in a document: lines and columns are counted from 1. */
export interface Position {
  readonly Line: number
  readonly Column: number
}

/** Where a statement stands in its document. */
export interface Place {
  readonly StartPosition: Position
  readonly EndPosition: Position
}

/**
 * Where the statements of a well-made policy stand, as simulations show it: in a list a statement begins behind the `[` or
 * behind the one before it (so its comma belongs to it), and ends behind its `}`. A single statement begins behind its `{`
 * (inferred). Source: access.md 3.4 (recorded).
 */
export function placesIn(document: string): Place[] {
  const value = statementAt(document)
  const position = positions(document)
  if (document[value] !== '[')
    return [{ StartPosition: position(value + 1), EndPosition: position(endOf(document, value)) }]
  const places: Place[] = []
  let start = value + 1
  for (let at = skip(document, start); document[at] !== ']'; at = skip(document, start)) {
    if (document[at] === ',') at = skip(document, at + 1)
    const end = endOf(document, at)
    places.push({ StartPosition: position(start), EndPosition: position(end) })
    start = end
  }
  return places
}

/** Where the value of the document's `Statement` begins. */
function statementAt(document: string): number {
  let at = skip(document, document.indexOf('{') + 1)
  while (document[at] === '"') {
    const end = endOf(document, at)
    const value = skip(document, skip(document, end) + 1)
    if (JSON.parse(document.slice(at, end)) === 'Statement') return value
    at = skip(document, endOf(document, value))
    if (document[at] === ',') at = skip(document, at + 1)
  }
  throw new Error('a policy without Statement was compiled')
}

/** Just behind the value that begins at `from`. The document is known to be JSON. */
function endOf(document: string, from: number): number {
  let depth = 0
  for (let at = from; at < document.length; at++) {
    const character = document[at]
    if (character === '"') {
      for (at++; document[at] !== '"'; at++) if (document[at] === '\\') at++
    } else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    else if (depth > 0 || /[^\s,\]}]/.test(document[at + 1] ?? ',')) continue
    if (depth <= 0) return at + 1
  }
  return document.length
}

function skip(document: string, from: number): number {
  let at = from
  while (/\s/.test(document[at] ?? '.')) at++
  return at
}

/** Turns offsets, asked for in rising order, into positions. */
function positions(document: string): (offset: number) => Position {
  let line = 1
  let begin = 0
  return (offset) => {
    for (let next = document.indexOf('\n', begin); next >= 0 && next < offset; next = document.indexOf('\n', begin)) {
      line++
      begin = next + 1
    }
    return { Line: line, Column: offset - begin + 1 }
  }
}

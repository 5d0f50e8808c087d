import { type Holds, isWord } from './characters.ts'
import type { Place } from './nodes.ts'

/** Places in a text that take no characters. */

export const atTextStart: Place = (_, at) => at === 0
export const atVeryEnd: Place = (text, at) => at === text.length
export const not =
  (holds: Place): Place =>
  (text, at) =>
    !holds(text, at)

/** The end, or before the last end of a line. */
export const atTextEnd =
  (ends: Holds): Place =>
  (text, at) => {
    const left = text.length - at
    if (left === 0) return true
    if (left === 2) return text[at] === 13 && text[at + 1] === 10 && ends(13)
    if (left !== 1 || !ends(text[at] as number)) return false
    return !(text[at] === 10 && at > 0 && text[at - 1] === 13 && ends(13))
  }

export const atLineStart =
  (ends: Holds): Place =>
  (text, at) => {
    if (at === 0) return true
    // As in Java: nothing begins where the text ends, nor between the two of one line's end.
    if (at === text.length || !ends(text[at - 1] as number)) return false
    return !(text[at - 1] === 13 && text[at] === 10)
  }

export const atLineEnd =
  (ends: Holds): Place =>
  (text, at) => {
    if (at === text.length) return true
    if (!ends(text[at] as number)) return false
    return !(text[at] === 10 && at > 0 && text[at - 1] === 13 && ends(13))
  }

export const atWordEdge: Place = (text, at) =>
  (at > 0 && isWord(text[at - 1] as number)) !== (at < text.length && isWord(text[at] as number))

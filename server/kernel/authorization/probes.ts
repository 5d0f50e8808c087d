import { type ArnPattern, lastPartOf } from '#kernel/authorization/pattern'
import type { Statement } from '#kernel/authorization/statement'

/**
 * A cheap no for statements about other resources: four characters of the resource, where those of the statements begin to
 * differ, are compared at once. Hundreds of statements that name one secret or one prefix each cost a nanosecond or two each.
 */
export interface Probes {
  /** Where the four characters are in the last part of the ARN. */
  readonly at: number
  /** For each statement: which of the four say something (0: none, it must be looked at), and what they are. */
  readonly masks: Int32Array
  readonly codes: Int32Array
}

/** Fewer are looked at in less time than the resource takes. */
const WORTH_IT = 4
/** Rules nothing out. */
export const NO_PROBES: Probes = { at: 0, masks: new Int32Array(0), codes: new Int32Array(0) }

/** Makes the probes of statements. */
export function probesOf(statements: readonly Statement[]): Probes {
  if (statements.length < WORTH_IT) return NO_PROBES
  const heads = statements.map(headOf)
  const known = heads.filter((head) => head !== '')
  const shortest = Math.min(...known.map((head) => head.length))
  // All four characters, if they can be had, and from where the heads differ.
  const at = Math.max(0, Math.min(sharedBy(known), shortest - 4))
  const masks = new Int32Array(heads.length)
  const codes = new Int32Array(heads.length)
  for (const [i, head] of heads.entries()) {
    masks[i] = [0xff, 0xff00, 0xff0000, 0xff000000].slice(0, Math.max(0, head.length - at)).reduce((a, b) => a | b, 0)
    codes[i] = four(head, at) & (masks[i] as number)
  }
  return { at, masks, codes }
}

/**
 * The literal start that the last part of a resource must have for the statement to apply; '' when none is known, or when
 * there are several, or when the statement says what is not meant.
 */
function headOf({ resources, exceptResources }: Statement): string {
  return exceptResources || resources.length !== 1 ? '' : (resources[0] as ArnPattern).head
}

/** Characters that the heads begin with alike. */
function sharedBy([first = '', ...others]: readonly string[]): number {
  let length = first.length
  for (const other of others) {
    let same = 0
    while (same < length && other.charCodeAt(same) === first.charCodeAt(same)) same++
    length = same
  }
  return length
}

/** The low halves of four characters; 0 for those behind the end. */
function four(text: string, at: number): number {
  return (
    (text.charCodeAt(at) & 0xff) |
    ((text.charCodeAt(at + 1) & 0xff) << 8) |
    ((text.charCodeAt(at + 2) & 0xff) << 16) |
    ((text.charCodeAt(at + 3) & 0xff) << 24)
  )
}

/** What the resource has there, for `rulesOut`; undefined: nothing can be ruled out for it. */
export function probe({ at, masks }: Probes, resource: string): number | undefined {
  if (masks.length === 0) return undefined
  const from = lastPartOf(resource)
  return from === 0 ? undefined : four(resource, from + at)
}

/** Whether the statement in this place does not apply to a resource with this probe. False says nothing. */
export function rulesOut({ masks, codes }: Probes, i: number, found: number): boolean {
  return (found & (masks[i] as number)) !== (codes[i] as number)
}

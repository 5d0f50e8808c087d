import { ApiError } from '#kernel/error'

/** Labels of a parameter and the version that each is on: the shape says that none is on two. */
export type Labels = ReadonlyMap<string, number>

/** Source: parameterstore.md 4.3, 15. */
const MOST_LABELS = 10

/** A label that goes to a version. */
export interface Move {
  readonly label: string
  /** The version that it is taken from; undefined: it is new. */
  readonly from: number | undefined
}

/**
 * Whether a label is formed as labels are: letters, digits, `.`, `-`, `_`, not a digit first, and nothing that begins with `aws` or
 * `ssm`. Its length is the model's. Source: parameterstore.md 4.3.
 */
export function wellFormed(label: string): boolean {
  return /^[A-Za-z._-][A-Za-z0-9._-]*$/.test(label) && !/^(aws|ssm)/i.test(label)
}

/**
 * What labelling a version does: which labels move, and which are none, each once. A label that the version has already moves not.
 * The limit is looked at before anything moves. Source: parameterstore.md 4.3, recorded; the limit's text reported.
 *
 * @throws ApiError ParameterVersionLabelLimitExceeded.
 */
export function labelling(
  labels: Labels,
  version: number,
  wanted: readonly string[],
): { moves: Move[]; invalid: string[] } {
  const given = [...new Set(wanted)]
  const moves = given
    .filter((label) => wellFormed(label) && labels.get(label) !== version)
    .map((label) => ({ label, from: labels.get(label) }))
  if (labelsOf(labels, version).length + moves.length > MOST_LABELS) {
    throw new ApiError(
      'ParameterVersionLabelLimitExceeded',
      'A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.',
    )
  }
  return { moves, invalid: given.filter((label) => !wellFormed(label)) }
}

/** What taking labels off a version does: which are taken, and which it does not have, in the order asked. Source: parameterstore.md 7.9. */
export function unlabelling(
  labels: Labels,
  version: number,
  wanted: readonly string[],
): { removed: string[]; invalid: string[] } {
  const given = [...new Set(wanted)]
  const has = (label: string) => labels.get(label) === version
  return { removed: given.filter(has), invalid: given.filter((label) => !has(label)) }
}

/** The labels of one version, in the order of the alphabet. */
export function labelsOf(labels: Labels, version: number): string[] {
  return [...labels].flatMap(([label, on]) => (on === version ? [label] : [])).sort()
}

import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail'
import { lowerFirst } from '#kernel/input'
import type { Trail } from './model/trail.ts'

/** What answers say of which records a trail takes. */
export function selectionOf({ arn, selection }: Pick<Trail, 'arn' | 'selection'>): {
  readonly TrailARN: string
  readonly EventSelectors?: EventSelector[]
  readonly AdvancedEventSelectors?: AdvancedEventSelector[]
} {
  const { basic, advanced } = selection
  return advanced === undefined
    ? { TrailARN: arn, EventSelectors: [...basic] }
    : { TrailARN: arn, AdvancedEventSelectors: [...advanced] }
}

/** An answer as the trail keeps it: the first letters of members in lower case, at every level. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [lowerFirst(name), lowered(member)]))
}

/** `responseElements` of CreateTrail and UpdateTrail: the whole answer. Source: CloudTrail User Guide, examples of log files. */
export const recordedTrail = (out: object): Record<string, unknown> => lowered(out) as Record<string, unknown>

export const recordedSelection = recordedTrail

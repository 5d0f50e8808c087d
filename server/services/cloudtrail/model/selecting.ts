import type { AdvancedEventSelector, AdvancedFieldSelector, EventSelector } from '@aws-sdk/client-cloudtrail'
import type { Selection } from './selectors.ts'
import type { Trail } from './trail.ts'

/** A record of the journal, as far as it decides to which trails it goes. `fields`: the record itself. */
export interface Selectable {
  readonly account: string
  readonly region: string
  readonly eventSource: string
  readonly readOnly: boolean
  readonly fields: Readonly<Record<string, unknown>>
}

/** Services whose events are of no Region. Source: CloudTrail User Guide, "About global service events". */
const GLOBAL: ReadonlySet<string> = new Set(['iam.amazonaws.com', 'sts.amazonaws.com', 'cloudfront.amazonaws.com'])

/**
 * Whether a record is one of those that a trail delivers. Whether the trail logs now is not asked. Those of services without
 * Regions are where they were made, in us-east-1, and a trail can leave them out. Source: CloudTrail User Guide, 2021.
 */
export function takes(
  trail: Pick<Trail, 'account' | 'region' | 'multiRegion' | 'globalEvents' | 'selection'> & {
    readonly recursive?: boolean
  },
  record: Selectable,
): boolean {
  if (record.account !== trail.account) return false
  if (!trail.multiRegion && record.region !== trail.region) return false
  if (!trail.globalEvents && GLOBAL.has(record.eventSource)) return false
  if (trail.recursive === false && byTrails(record)) return false
  return selects(trail.selection, record)
}

/** Whether CloudTrail itself made the call, to deliver. Source: API_CreateTrail, RecursiveLogging. */
function byTrails({ fields }: Selectable): boolean {
  const identity = fields.userIdentity as { readonly invokedBy?: unknown } | undefined
  return identity?.invokedBy === 'cloudtrail.amazonaws.com'
}

/** Whether one of the selectors wants the record. */
function selects({ basic, advanced }: Selection, record: Selectable): boolean {
  return advanced === undefined
    ? basic.some((selector) => fitsBasic(selector, record))
    : advanced.some((selector) => fitsAdvanced(selector, record))
}

function fitsBasic(selector: EventSelector, record: Selectable): boolean {
  const { readOnly, eventSource } = record
  const { ReadWriteType = 'All', IncludeManagementEvents = true, ExcludeManagementEventSources = [] } = selector
  if (isData(record)) {
    if (!fitsData(selector, record)) return false
  } else if (!IncludeManagementEvents || ExcludeManagementEventSources.includes(eventSource)) return false
  return ReadWriteType === 'All' || (ReadWriteType === 'ReadOnly') === readOnly
}

const isData = ({ fields }: Selectable) => fields.eventCategory === 'Data'

/** Data events are those of functions here: of all of them, or of those that are named. Source: API_DataResource. */
function fitsData({ DataResources = [] }: EventSelector, record: Selectable): boolean {
  const arns = valuesOf('resources.ARN', record)
  const named = DataResources.filter(({ Type }) => Type === 'AWS::Lambda::Function').flatMap(
    ({ Values = [] }) => Values,
  )
  return named.some((value) => value === 'arn:aws:lambda' || arns.includes(value))
}

function fitsAdvanced({ FieldSelectors = [] }: AdvancedEventSelector, record: Selectable): boolean {
  return FieldSelectors.every((selector) => fitsField(selector, record))
}

function fitsField(selector: AdvancedFieldSelector, record: Selectable): boolean {
  const values = valuesOf(selector.Field ?? '', record)
  const { Equals, StartsWith, EndsWith, NotEquals, NotStartsWith, NotEndsWith } = selector
  const some = (tests: readonly string[] | undefined, holds: (value: string, test: string) => boolean) =>
    tests === undefined || values.some((value) => tests.some((test) => holds(value, test)))
  const none = (tests: readonly string[] | undefined, holds: (value: string, test: string) => boolean) =>
    tests === undefined || !values.some((value) => tests.some((test) => holds(value, test)))
  const same = (value: string, test: string) => value === test
  const starts = (value: string, test: string) => value.startsWith(test)
  const ends = (value: string, test: string) => value.endsWith(test)
  return (
    some(Equals, same) &&
    some(StartsWith, starts) &&
    some(EndsWith, ends) &&
    none(NotEquals, same) &&
    none(NotStartsWith, starts) &&
    none(NotEndsWith, ends)
  )
}

/** What a record has in a field; nothing is none of the values. */
function valuesOf(field: string, record: Selectable): readonly string[] {
  const { fields, readOnly } = record
  switch (field) {
    case 'eventCategory':
      return [isData(record) ? 'Data' : 'Management']
    case 'readOnly':
      return [String(readOnly)]
    case 'resources.type':
    case 'resources.ARN': {
      const resources = Array.isArray(fields.resources) ? (fields.resources as Readonly<Record<string, unknown>>[]) : []
      return texts(resources.map((resource) => resource[field === 'resources.ARN' ? 'ARN' : 'type']))
    }
    case 'userIdentity.arn':
      return texts([(fields.userIdentity as Readonly<Record<string, unknown>> | undefined)?.arn])
    default:
      return texts([fields[field]])
  }
}

const texts = (values: readonly unknown[]): string[] => values.filter((value) => typeof value === 'string')

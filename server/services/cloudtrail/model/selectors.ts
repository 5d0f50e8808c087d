import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'

/** The operators of a field selector. */
export const OPERATORS = ['Equals', 'StartsWith', 'EndsWith', 'NotEquals', 'NotStartsWith', 'NotEndsWith'] as const

/** Which records a trail takes: `advanced` or, when that is not there, `basic`. */
export interface Selection {
  readonly basic: readonly EventSelector[]
  readonly advanced: readonly AdvancedEventSelector[] | undefined
  /** Somebody has chosen them. */
  readonly custom: boolean
}

/** What a new trail takes: all management events. Source: API_GetEventSelectors. */
export const DEFAULT_SELECTION: Selection = {
  basic: [
    { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
  ],
  advanced: undefined,
  custom: false,
}

const refused = (text: string) => new ApiError('InvalidEventSelectorsException', text)

/** Source: API_PutEventSelectors. */
const MOST_SELECTORS = 5
const MOST_VALUES = 250
const MOST_CONDITIONS = 500

/** Types of data events that basic selectors know. Source: API_DataResource. */
const DATA_TYPES: Readonly<Record<string, RegExp>> = {
  'AWS::S3::Object': /^arn:aws:s3(:::[a-z0-9.-]+\/.*)?$/,
  'AWS::Lambda::Function': /^arn:aws:lambda(:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+)?$/,
  'AWS::DynamoDB::Table': /^arn:aws:dynamodb(:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]+)?$/,
}

/** Services whose management events can be left out. Source: API_EventSelector. */
const EXCLUDABLE: ReadonlySet<string> = new Set(['kms.amazonaws.com', 'rdsdata.amazonaws.com'])

/**
 * Basic selectors, complete. Throws InvalidEventSelectorsException. Source: API_PutEventSelectors, API_EventSelector; the texts
 * of DataResources as clients report them, the others are Assumed.
 */
export function checkedBasic(selectors: readonly EventSelector[]): readonly EventSelector[] {
  if (selectors.length === 0 || selectors.length > MOST_SELECTORS)
    throw refused(`Specify a valid number of selectors (1 to ${MOST_SELECTORS}) for your trail.`)
  let values = 0
  const checked = selectors.map((selector) => {
    const { ReadWriteType = 'All', IncludeManagementEvents = true } = selector
    const { DataResources = [], ExcludeManagementEventSources = [] } = selector
    for (const { Type = '', Values = [] } of DataResources) {
      const form = DATA_TYPES[Type]
      if (form === undefined) throw refused(`Value ${Type} for DataResources.Type is invalid.`)
      for (const value of Values)
        if (!form.test(value)) throw refused(`Value ${value} for DataResources.Values is invalid.`)
      values += Values.length
    }
    for (const source of ExcludeManagementEventSources)
      if (!EXCLUDABLE.has(source)) throw refused(`Value ${source} for ExcludeManagementEventSources is invalid.`)
    return { ReadWriteType, IncludeManagementEvents, DataResources, ExcludeManagementEventSources }
  })
  if (values > MOST_VALUES)
    throw refused(`Specify a valid number of DataResources.Values (0 to ${MOST_VALUES}) for all your selectors.`)
  return checked
}

/** Fields that may have other operators than Equals, and of which event categories. Source: API_AdvancedFieldSelector. */
const FIELDS: ReadonlyMap<string, 'equals' | 'any' | 'data'> = new Map([
  ['eventCategory', 'equals'],
  ['readOnly', 'equals'],
  ['resources.type', 'equals'],
  ['eventSource', 'any'],
  ['eventName', 'any'],
  ['eventType', 'any'],
  ['sessionCredentialFromConsole', 'equals'],
  ['userIdentity.arn', 'any'],
  ['resources.ARN', 'data'],
  ['vpcEndpointId', 'any'],
  ['errorCode', 'any'],
])

const CATEGORIES: ReadonlySet<string> = new Set(['Management', 'Data', 'NetworkActivity'])

/** Throws InvalidEventSelectorsException. Source: API_PutEventSelectors, API_AdvancedFieldSelector; the texts are Assumed. */
export function checkAdvanced(selectors: readonly AdvancedEventSelector[]): void {
  let conditions = 0
  if (selectors.length === 0) throw refused('Specify at least one advanced event selector.')
  for (const { FieldSelectors = [] } of selectors) {
    const seen = new Set<string>()
    for (const selector of FieldSelectors) {
      const { Field = '' } = selector
      const kind = FIELDS.get(Field)
      if (kind === undefined) throw refused(`The field ${Field} of a field selector is invalid.`)
      if (seen.has(Field)) throw refused(`The field ${Field} is selected more than once.`)
      seen.add(Field)
      const used = OPERATORS.filter((operator) => selector[operator] !== undefined)
      if (used.length === 0) throw refused(`The field ${Field} has no operator.`)
      for (const operator of used) {
        conditions += selector[operator]?.length ?? 0
        if (kind === 'equals' && operator !== 'Equals')
          throw refused(`The operator ${operator} is not supported for the field ${Field}.`)
      }
    }
    const category = FieldSelectors.find(({ Field }) => Field === 'eventCategory')?.Equals
    if (category?.length !== 1 || !CATEGORIES.has(category[0] as string))
      throw refused('Each advanced event selector must have a valid eventCategory.')
    if (category[0] === 'Data' && !seen.has('resources.type'))
      throw refused('An advanced event selector for data events must have a resources.type.')
    const readOnly = FieldSelectors.find(({ Field }) => Field === 'readOnly')?.Equals
    if (readOnly?.some((value) => value !== 'true' && value !== 'false'))
      throw refused('The values of the field readOnly are true and false.')
  }
  if (conditions > MOST_CONDITIONS)
    throw refused(`Specify at most ${MOST_CONDITIONS} values in all conditions of your advanced event selectors.`)
}

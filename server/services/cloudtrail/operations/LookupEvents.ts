import type { LookupEventsRequest, LookupEventsResponse } from '@aws-sdk/client-cloudtrail'
import type { StoredRecord } from '#kernel/audit/reader'
import type { Answer } from '#kernel/wire'
import { shownEvent } from '../shown.ts'
import type { Lookup, LookUp } from '../lookup.ts'
import { askedOf } from '../model/lookup.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

type Found = Answer<LookupEventsResponse, 'Events'>

/**
 * The records of the account in this Region, newest first, of the last 90 days, up to this moment. They stand in the journal, not in
 * the store: they are looked up when the unit of work is closed. Source: API_LookupEvents; surroundings.md 1.5.
 */
export const LookupEvents = operation<LookupEventsRequest, Found>()({
  name: 'LookupEvents',
  effect: 'read',
  input: {
    LookupAttributes: members.LookupAttributesList,
    StartTime: members.Moment,
    EndTime: members.Moment,
    EventCategory: members.EventCategory,
    MaxResults: members.MaxResults,
    NextToken: members.NextToken,
  },
  errors: [
    'InvalidEventCategoryException',
    'InvalidLookupAttributesException',
    'InvalidMaxResultsException',
    'InvalidNextTokenException',
    'InvalidTimeRangeException',
  ],
  target: () => everything,
  run: (input, { tokens }, call) => {
    askedOf(input, tokens, call)
    return { Events: [] }
  },
  async after(_nothing, input, { tokens, lookUp }, call) {
    const asked = askedOf(input, tokens, call)
    if (asked === undefined) return { Events: [] }
    const { records, next } = await managementEvents(lookUp, asked.lookup)
    return {
      Events: records.map(shownEvent),
      ...(next !== undefined && { NextToken: tokens.seal(JSON.stringify(next), asked.bound) }),
    }
  },
})

const CATEGORY = '"eventCategory":"'
/** Pages that are looked through for one answer; behind that it ends, and its token goes on. */
const MOST_PAGES = 20

/**
 * Whether a record is a data event. Its category is its last member of that name: what stands before it may hold members of any name,
 * such as an encryption context that somebody sent, so that one could hide his call.
 */
const isData = (record: string): boolean => record.startsWith('Data"', record.lastIndexOf(CATEGORY) + CATEGORY.length)

/** The records that are no data events: the event history has none of those. Source: API_LookupEvents. */
async function managementEvents(lookUp: LookUp, asked: Lookup): ReturnType<LookUp> {
  const found: StoredRecord[] = []
  let after = asked.after
  for (let pages = 1; ; pages++) {
    const page = await lookUp({ ...asked, limit: asked.limit - found.length, ...(after !== undefined && { after }) })
    for (const each of page.records) if (!isData(each.record)) found.push(each)
    after = page.next
    if (after === undefined) return { records: found }
    if (found.length >= asked.limit || pages >= MOST_PAGES) return { records: found, next: after }
  }
}

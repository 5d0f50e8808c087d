import type { LookupEventsRequest, LookupEventsResponse } from '@aws-sdk/client-cloudtrail'
import type { Answer } from '#kernel/wire'
import { shownEvent } from '../shown.ts'
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
    const { records, next } = await lookUp(asked.lookup)
    return {
      Events: records.map(shownEvent),
      ...(next !== undefined && { NextToken: tokens.seal(JSON.stringify(next), asked.bound) }),
    }
  },
})

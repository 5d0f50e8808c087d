import type { TestEventPatternRequest, TestEventPatternResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { tooDeep } from '../model/entries.ts'
import * as m from '../model/members.ts'
import { tooComplex, TooCostly } from '../model/pattern/leaf.ts'
import type { Json } from '../model/pattern/match.ts'
import { patternOf } from '../model/pattern/pattern.ts'
import { badEvent } from '../model/refusals.ts'
import { operation } from '../operation.ts'

/** Characters of an event: what PutEvents takes. Assumed. */
const MOST = 1_048_576

/** Whether an event is like a pattern. Source: API_TestEventPattern; surroundings.md 4.2. */
export const TestEventPattern = operation<TestEventPatternRequest, TestEventPatternResponse>()({
  name: 'TestEventPattern',
  effect: 'read',
  input: { EventPattern: required(m.EventPattern), Event: required(m.AnyText) },
  errors: ['InternalException', 'InvalidEventPatternException'],
  // An event may hold anything: it is not told.
  audit: { request: ({ EventPattern }) => ({ eventPattern: EventPattern }) },
  target: async () => ({ resource: '*' }),
  run({ EventPattern, Event }) {
    const event = eventIn(Event)
    try {
      return { Result: patternOf(EventPattern).matches(event, { left: MOST_EFFORT }) }
    } catch (error) {
      if (error instanceof TooCostly) throw tooComplex()
      throw error
    }
  },
})

/** Steps that are done to find out. */
const MOST_EFFORT = 3_000_000

/** Recorded: an event without `resources` is taken, though the manual asks for them. */
const NEEDED = ['id', 'account', 'source', 'time', 'region', 'detail-type']

function eventIn(text: string): Json {
  if (text.length > MOST || tooDeep(text)) throw badEvent()
  let event: Json
  try {
    event = JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) throw badEvent()
    throw error
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw badEvent()
  const members = event as { readonly [name: string]: Json }
  if (NEEDED.some((name) => !Object.hasOwn(members, name) || members[name] === null)) throw badEvent()
  if (Object.hasOwn(members, 'resources') && !Array.isArray(members.resources)) throw badEvent()
  return event
}

import type { PutEventsRequest, PutEventsResponse, PutEventsResultEntry } from '@aws-sdk/client-eventbridge'
import type { Target } from '#kernel/operation'
import { required } from '#kernel/shape'
import type { BusEvent } from '../engine.ts'
import { checkSize, type Entry, type Good, refusalOf } from '../model/entries.ts'
import * as m from '../model/members.ts'
import { type BusPlace, busArn } from '../model/names.ts'
import { unsupported } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { busTarget, placeIn } from '../target.ts'

/**
 * Puts events onto buses. What is wrong with one is told in its place, and the others go. Events for a bus of the account that is
 * not there are taken and lost. Source: API_PutEvents; surroundings.md 4.2; recorded.
 */
export const PutEvents = operation<PutEventsRequest, PutEventsResponse>()({
  name: 'PutEvents',
  effect: 'write',
  input: { Entries: required(m.EventEntries), EndpointId: m.EndpointId },
  errors: ['InternalException'],
  // A detail may hold anything: it is not told.
  audit: {
    request: ({ Entries }) => ({
      entries: Entries.map(({ Source, DetailType, EventBusName }) => ({
        ...(Source === undefined ? {} : { source: Source }),
        ...(DetailType === undefined ? {} : { detailType: DetailType }),
        ...(EventBusName === undefined ? {} : { eventBusName: EventBusName }),
      })),
    }),
  },
  async target({ Entries }, env, call) {
    const targets = new Map<string, Target>()
    for (const { Source, DetailType, EventBusName } of Entries) {
      const place = placeIn(EventBusName, call)
      const key = JSON.stringify([busArn(place), Source, DetailType])
      if (targets.has(key)) continue
      const context = { 'events:source': Source, 'events:detail-type': DetailType }
      targets.set(key, { ...(await busTarget(env, place)), context })
    }
    return [...targets.values()]
  },
  async run({ Entries, EndpointId }, env, call) {
    if (EndpointId !== undefined) throw unsupported('A global endpoint')
    checkSize(Entries as readonly Entry[])
    const results: PutEventsResultEntry[] = []
    const going = new Map<string, { readonly place: BusPlace; readonly events: BusEvent[] }>()
    for (const entry of Entries as readonly Entry[]) {
      const refused = refusalOf(entry) ?? elsewhere(placeIn(entry.EventBusName, call), call.region)
      if (refused !== undefined) {
        results.push(refused)
        continue
      }
      const place = placeIn(entry.EventBusName, call)
      const id = env.random.uuid()
      results.push({ EventId: id })
      const key = busArn(place)
      const there = going.get(key) ?? { place, events: [] }
      there.events.push(eventOf(entry as Good, id, call))
      going.set(key, there)
    }
    for (const { place, events } of going.values())
      if ((await env.buses.find(place)) !== undefined) await env.engine.put(env.unit, place, events, call)
    return { FailedEntryCount: results.filter(({ EventId }) => EventId === undefined).length, Entries: results }
  },
})

/** Assumed: AWS's SDKs send to the Region of the bus. */
function elsewhere({ region }: BusPlace, here: string) {
  if (region === here) return undefined
  return {
    ErrorCode: 'InvalidArgument',
    ErrorMessage: 'Parameter EventBusName is not valid. Reason: The event bus is in another Region.',
  }
}

function eventOf(
  { Source, DetailType, Detail, Resources, Time }: Good,
  id: string,
  { account, region, now }: { readonly account: string; readonly region: string; readonly now: number },
): BusEvent {
  return {
    id,
    source: Source,
    detailType: DetailType,
    account,
    region,
    time: Time?.getTime() ?? now,
    resources: Resources ?? [],
    detail: Detail,
  }
}

import type { Mark } from '#kernel/audit/index/finding'
import type { Attribute } from '#kernel/audit/index/terms'
import type { JournalTrail } from '#kernel/audit/journal-trail'
import type { Reading } from '#kernel/audit/reading'
import { callsOf } from '#kernel/audit/usage/usage'
import type { LookUp } from '../services/cloudtrail/lookup.ts'
import type { CallsOf } from '../services/cloudwatch/counted.ts'

/** What services ask the trail: everything that was given to it before they ask is found. */
export function lookupsOf(trail: JournalTrail, reading: Reading): { readonly calls: CallsOf; readonly lookUp: LookUp } {
  return {
    calls: async (asked) => {
      await trail.flushed()
      return callsOf(reading.usage, asked)
    },
    lookUp: async ({ attribute, after, ...asked }) => {
      await trail.flushed()
      const attributes = attribute === undefined ? [] : [attribute as Attribute]
      return reading.lookup({ ...asked, attributes, ...(after !== undefined && { after: after as Mark }) })
    },
  }
}

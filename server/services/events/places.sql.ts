import { statement } from '#kernel/storage/storage'

export interface PlaceRow {
  readonly account: string
  readonly region: string
  readonly bus: string
}

/** Buses with rules that events can match. Who adds one by hand makes work, and nothing else: the rules are checked when they are read. */
export const places = statement(
  'events/places',
  `select distinct account, region, bus from event_rule where pattern is not null and state <> 'DISABLED'`,
)

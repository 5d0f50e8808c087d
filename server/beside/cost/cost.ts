import { systemClock } from '#kernel/clock'
import { metered } from '#kernel/metering/census'
import type { Place } from '#kernel/storage/beside'
import { meterSources } from '../../assembly/metering.ts'
import { fasterParameters } from '../../services/ssm/metered.ts'
import { overseeing } from '../oversight.ts'
import { type Bill, type BillQuery, billOf } from './bill.ts'

export type { Bill, BillLine, BillQuery, By } from './bill.ts'
export { monthOf } from './bill.ts'
export { CALLS, LIST_PRICES, type Prices, readPrices } from './prices.ts'

/** The time by which "this month" is told. */
export const now = (): number => systemClock.now()

/** What a month's use of a deployment would cost at the prices, beside a running server or without one. */
export async function cost(place: Place, query: BillQuery, counting?: (records: number) => void): Promise<Bill> {
  const bills = overseeing<Bill>(
    place,
    async function* ({ read, usage }) {
      const { account, region, now } = query
      const faster = new Set((await read(fasterParameters)).map((one) => `${one.account} ${one.region}`))
      const intervals = (from: number, to: number) => metered(read, meterSources, { from, to, now, account, region })
      yield await billOf(query, { intervals, usage, faster })
    },
    counting,
  )
  for await (const bill of bills) return bill
  throw new Error('there is no bill')
}

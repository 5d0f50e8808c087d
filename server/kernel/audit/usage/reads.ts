import type { Facts } from '#kernel/audit/usage/tally'

/** What is counted of reads, whatever they read: the same for all that one caller makes with one operation. */
export interface ReadBy {
  /** But for the resource. */
  readonly facts: Facts
  readonly account: string
  readonly region: string
}

/** Reads of something that is not expected again within the same tally: three cells each, no counter. */
export class Reads {
  readonly by: ReadBy[] = []
  readonly resources: string[] = []
  /** Milliseconds. */
  readonly times: number[] = []

  get size(): number {
    return this.times.length
  }

  add(by: ReadBy, resource: string, time: number): void {
    this.by.push(by)
    this.resources.push(resource)
    this.times.push(time)
  }
}

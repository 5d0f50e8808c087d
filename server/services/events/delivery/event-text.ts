import type { BusEvent } from '../engine.ts'

/** A time as events have it: whole seconds. */
export const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** An event as targets and patterns see it, as JSON; its detail byte for byte as it was sent. Source: surroundings.md 4.1. */
export function eventText(event: BusEvent): string {
  const { id, detailType, source, account, time, region, resources, detail } = event
  const head = JSON.stringify({
    version: '0',
    id,
    'detail-type': detailType,
    ...{ source, account, time: instant(time), region, resources },
  })
  return `${head.slice(0, -1)},"detail":${detail}}`
}

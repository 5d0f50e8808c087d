import { gzipSync } from 'node:zlib'
import type { Looked, Subscription } from './model/filters.ts'
import type { LogGroup, LogStream } from './model/group.ts'
import { eventId } from './model/position.ts'

/** Events that one message of a subscription carries: its payload must fit into what a function takes. */
const MESSAGE_BYTES = 256 * 1024

/** Events in as many messages as they need. */
export function parts(events: readonly Looked[]): Looked[][] {
  const all: Looked[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const one of events) {
    bytes += one.event.message.length + 200
    if (bytes > MESSAGE_BYTES) {
      all.push([])
      bytes = one.event.message.length
    }
    all.at(-1)?.push(one)
  }
  return all
}

/** What a function is given. Source: CloudWatch Logs user guide, "Subscription filters with AWS Lambda". */
export function payloadOf(to: Subscription, group: LogGroup, stream: LogStream, events: readonly Looked[]): Buffer {
  const message = {
    messageType: 'DATA_MESSAGE',
    owner: group.account,
    logGroup: group.name,
    logStream: stream.name,
    subscriptionFilters: [to.name],
    logEvents: events.map(({ event }) => ({
      id: eventId(group.id, event),
      timestamp: event.time,
      message: event.message,
    })),
  }
  const data = gzipSync(JSON.stringify(message)).toString('base64')
  return Buffer.from(JSON.stringify({ awslogs: { data } }))
}

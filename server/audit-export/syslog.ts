import { hostname } from 'node:os'
import type { StoredRecord } from '#kernel/audit/reader'
import { openStream, type Stream, sendDatagrams } from '#kernel/outbound/stream'
import type { ExportSettings } from '../config/outlets.ts'
import { ExportFailed, type Sink } from './sink.ts'

/** Facility 13, log audit; informational, or warning when the call was refused. Source: RFC 5424, 6.2.1. */
const FACILITY = 13
const INFORMATIONAL = 6
const WARNING = 4
/** What fits into one datagram, with room for the headers of tunnels. Source: RFC 5426, 3.2. */
const MOST_DATAGRAM = 60_000
const LONGEST_MS = 10_000

/** Names of hosts are printable ASCII without blanks. */
const HOST =
  hostname()
    .replace(/[^\x21-\x7e]/g, '')
    .slice(0, 255) || '-'

/** A record as a message of syslog. Source: RFC 5424, 6. The message is the record as CloudTrail has it. */
export function messageOf({ record, eventTime }: Pick<StoredRecord, 'record' | 'eventTime'>): string {
  const severity = record.includes('"errorCode":"') ? WARNING : INFORMATIONAL
  return `<${FACILITY * 8 + severity}>1 ${new Date(eventTime).toISOString()} ${HOST} strongroom - CloudTrail - ${record}`
}

/** The same between others in a stream: its length goes before it. Source: RFC 6587, 3.4.1; RFC 5425, 4.3. */
export function framed(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`
}

/** A datagram: one that can't be so long says which record it stands for, so that nothing is left out without a word. */
function datagramOf(record: StoredRecord): Buffer {
  const whole = Buffer.from(messageOf(record))
  if (whole.length <= MOST_DATAGRAM) return whole
  const { eventId, account, region } = record
  const standIn = JSON.stringify({ eventID: eventId, recipientAccountId: account, awsRegion: region, tooLong: true })
  return Buffer.from(messageOf({ ...record, record: standIn }))
}

/**
 * A syslog server. By UDP nobody knows what arrives. By TCP and TLS nobody says what has arrived, so after a connection broke the batch
 * that was sent last over it is sent again: it may have been on its way.
 */
export function syslogSink(settings: Extract<ExportSettings, { kind: 'syslog' }>, ca: string | undefined): Sink {
  const { transport, host, port } = settings
  if (transport === 'udp')
    return {
      async send(records) {
        await sendDatagrams(host, port, records.map(datagramOf)).catch((error: unknown) => {
          throw new ExportFailed('the syslog server can not be reached', error)
        })
      },
      close: async () => undefined,
    }

  let stream: Stream | undefined
  /** What the other side may not have had. */
  let unsure: Buffer | undefined
  return {
    async send(records) {
      const bytes = Buffer.from(records.map((record) => framed(messageOf(record))).join(''))
      try {
        if (stream === undefined || stream.broken) {
          stream?.close()
          stream = await openStream({ host, port, tls: transport === 'tls', ca }, LONGEST_MS)
          if (unsure !== undefined) await stream.write(unsure, LONGEST_MS)
        }
        await stream.write(bytes, LONGEST_MS)
        unsure = bytes
      } catch (error) {
        stream?.close()
        stream = undefined
        throw new ExportFailed('the syslog server can not be reached', error)
      }
    },
    async close() {
      stream?.close()
      stream = undefined
    },
  }
}

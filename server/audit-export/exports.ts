import { createHash } from 'node:crypto'
import type { Follower } from '#kernel/audit/follower'
import type { Clock } from '#kernel/clock'
import { operatorsReach } from '#kernel/outbound/operator'
import type { ExportSettings, OutletSettings } from '../config/outlets.ts'
import { fileSink } from './file.ts'
import { httpSink } from './http.ts'
import type { Sink } from './sink.ts'
import { syslogSink } from './syslog.ts'

/** The exports of records that the operator wants. */
export interface Exports {
  readonly followers: readonly Follower[]
  close(): Promise<void>
}

export interface ExportParts {
  readonly clock: Clock
  /** Told once which place a follower's name stands for: names in health and metrics tell no host and no path. */
  named(follower: string, place: string): void
  /** Told when an export fails that went well before. */
  failed(): void
}

/** Where a target's position is kept: by what it is, so that the same place goes on where it was, whatever else is exported to. */
export function nameOf(settings: ExportSettings): string {
  const { kind } = settings
  const place =
    kind === 'file'
      ? settings.path
      : kind === 'http'
        ? settings.url
        : `${settings.transport} ${settings.host} ${settings.port}`
  const mark = createHash('sha256').update(place).digest('hex').slice(0, 8)
  return `export-${kind === 'syslog' ? `syslog-${settings.transport}` : kind}-${mark}`
}

/** For the log of who runs the server. Of a URL only where it leads: its path and its query may hold a token. */
function shownPlace(settings: ExportSettings): string {
  switch (settings.kind) {
    case 'file':
      return settings.path
    case 'http':
      return new URL(settings.url).origin
    case 'syslog':
      return `${settings.transport} ${settings.host} ${settings.port}`
  }
}

/**
 * Hands all records on, from the beginning of the journal for a place that is new. The journal is the queue: a place that is slow or gone
 * is behind, and neither memory nor calls feel it. Each place has every record at least once.
 */
export function exportsOf(
  { exports, exportHeaders, caPath }: Pick<OutletSettings, 'exports' | 'exportHeaders' | 'caPath'>,
  { clock, named, failed }: ExportParts,
): Exports {
  if (exports.length === 0) return { followers: [], close: async () => undefined }
  const reach = operatorsReach(caPath)
  const sinkOf = (settings: ExportSettings): Sink => {
    switch (settings.kind) {
      case 'file':
        return fileSink(settings, clock)
      case 'syslog':
        return syslogSink(settings, reach.ca)
      case 'http':
        return httpSink(settings, exportHeaders, reach)
    }
  }
  const sinks: Sink[] = []
  const followers = exports.map((settings): Follower => {
    const sink = sinkOf(settings)
    sinks.push(sink)
    named(nameOf(settings), shownPlace(settings))
    let good = true
    return {
      name: nameOf(settings),
      from: 'start',
      wanted: () => ({}),
      async send(records) {
        if (records.length === 0) return
        try {
          await sink.send(records)
          good = true
        } catch (error) {
          if (good) failed()
          good = false
          throw error
        }
      },
    }
  })
  return {
    followers,
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()))
    },
  }
}

import type { Log } from './http.ts'

/** Where signals come from: `process`, or an EventEmitter in tests. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
}

export interface Stoppable {
  /** Finishes what is in flight and closes; bounded by the server's own grace. */
  stop(): Promise<void>
  /** SIGHUP. Without it (dev, whose terminal was closed) SIGHUP stops too. */
  reload?(): void
  readonly log: Log
  readonly signals?: SignalSource
  /** Ends the process at once, on the second signal. */
  force?(): void
}

/**
 * Waits until SIGTERM or SIGINT asks the server to stop, stops it, and answers the exit code: 0 when all was finished
 * and flushed, 1 when stopping failed. A second signal ends the process at once.
 */
export async function untilStopped(parts: Stoppable): Promise<number> {
  const { log, signals = process, reload, force = () => process.exit(1) } = parts
  const { promise: asked, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let stopping = false
  const stop = (signal: NodeJS.Signals) => () => {
    if (stopping) {
      log.warn({ signal }, 'stopping at once')
      force()
    }
    stopping = true
    resolve(signal)
  }
  const listeners: [NodeJS.Signals, () => void][] = [
    ['SIGTERM', stop('SIGTERM')],
    ['SIGINT', stop('SIGINT')],
    ['SIGHUP', reload === undefined ? stop('SIGHUP') : () => reload()],
  ]
  for (const [signal, listener] of listeners) signals.on(signal, listener)
  try {
    log.info({ signal: await asked }, 'stopping: requests in flight may finish')
    await parts.stop()
    return 0
  } catch (error) {
    log.error({ err: error }, 'stopping failed')
    return 1
  } finally {
    for (const [signal, listener] of listeners) signals.off(signal, listener)
  }
}

import type { Log } from '#kernel/log'
import type { Metrics } from '#kernel/metrics'
import type { EngineParts } from './engine.ts'

/** What rotations tell of themselves that is no event of the trail. */
const OWN_EVENTS: Readonly<Record<string, string>> = { missed: 'RotationWindowMissed', lost: 'RotationAttemptLost' }

/** Counts what becomes of rotations and writes it into the log: what failed at `warn`, with why and when it is tried next. */
export function rotationTold(
  log: Pick<Log, 'info' | 'warn'>,
  metrics: Pick<Metrics, 'happened' | 'mayHappen'>,
): NonNullable<EngineParts['told']> {
  metrics.mayHappen(['RotationSucceeded', 'RotationFailed', ...Object.values(OWN_EVENTS)])
  return (event, secret, failure) => {
    const name = OWN_EVENTS[event] ?? event
    metrics.happened(name)
    if (failure === undefined) log.info({ event: name, secret }, 'rotation')
    else log.warn({ event: name, secret, ...failure }, 'a rotation is not as it should be')
  }
}

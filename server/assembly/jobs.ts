import type { Following } from '#kernel/audit/follower'
import { pruning } from '#kernel/events/outbox'
import { JobRunner } from '#kernel/jobs/runner'
import { census } from '#kernel/metering/census'
import type { Storage } from '#kernel/storage/storage'
import type { Sending } from '../services/events/delivery/sending.ts'
import { meterSources } from './metering.ts'
import type { Outlets } from './outlets.ts'
import type { Plan } from './plan.ts'
import type { ServicesOver } from './services.ts'

/** Who does something by himself, where jobs run. */
interface Parts
  extends Pick<ServicesOver, 'keys' | 'secrets' | 'parameters' | 'registered' | 'functions' | 'metrics' | 'logGroups'> {
  readonly sending: Sending
  readonly outlets: Outlets
  readonly following: Following
}

/** Runs the jobs of all services. */
export function runnerOf(
  { clock, log }: Plan,
  storage: Storage,
  { keys, secrets, parameters, registered, functions, metrics, logGroups, sending, outlets, following }: Parts,
): JobRunner {
  return new JobRunner({
    storage,
    clock,
    handlers: [
      ...keys.handlers,
      ...secrets.handlers,
      ...parameters.handlers,
      pruning,
      census(meterSources),
      ...registered.handlers,
      ...functions.handlers,
      ...metrics.handlers,
      ...logGroups.handlers,
      ...sending.handlers,
      ...outlets.delivery.handlers,
    ],
    onFailure: ({ kind, attempts, nextAt, error }) =>
      log.error({ kind, attempts, nextAt, err: error }, 'a job failed and will be tried again'),
    onProblem: (error) => log.error({ err: error }, 'due jobs could not be looked up'),
    settled: async () => {
      await secrets.idle()
      await functions.idle()
      await following.settle()
      await sending.settle()
      await functions.idle()
      await outlets.delivery.idle()
    },
  })
}

/** Begins what goes on by itself, and takes up what the process before left. */
export function beginAll(
  { log }: Plan,
  storage: Storage,
  { secrets, logGroups, sending, outlets, following }: Parts,
): void {
  outlets.delivery
    .begin()
    .catch((error) => log.error({ err: error }, 'the retention of delivered log files could not be begun'))
  logGroups
    .start(storage)
    .catch((error) => log.error({ err: error }, 'what functions logged before could not be taken over'))
  following.start()
  sending.start()
  secrets.start().catch((error) => log.error({ err: error }, 'rotations that were left could not be taken up at once'))
}

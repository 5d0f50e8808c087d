import type { JournalTrail } from '#kernel/audit/journal-trail'
import { requestLog } from '#kernel/log'
import type { Meter } from '#kernel/metrics'
import type { PipelineParts } from '#kernel/pipeline'
import type { Denials } from '#kernel/pipeline/denial'
import type { Route, Routes } from '#kernel/routes'
import { SigningKeys } from '#kernel/signature/keys'
import type { Storage } from '#kernel/storage/storage'
import type { Tracing } from '#kernel/tracing'
import type { Handled } from '../handled.ts'
import { devCallers } from '../services/iam/dev-callers.ts'
import type { Iam } from '../services/iam/service.ts'
import type { Sts } from '../services/sts/service.ts'
import type { Assembled } from './assembled.ts'
import type { Plan } from './plan.ts'

/** The access key id in an Authorization header. */
const NAMED_KEY = /Credential=(\w{16,128})\//

interface Parts {
  readonly storage: Storage
  readonly trail: JournalTrail
  readonly routes: Routes
  readonly identity: Iam
  readonly denials: Denials
  readonly sessions: Sts['sessions']
  /** Who watches what functions of this machine do. */
  readonly handled: Handled | undefined
  readonly tracing: Tracing | undefined
}

/** What every request goes through. */
export function requestsOf(
  plan: Plan,
  { storage, trail, routes, identity, denials, sessions, handled, tracing }: Parts,
): PipelineParts {
  const { clock, random, log, metrics } = plan
  const meters = new Map<Route | undefined, Meter>(
    routes.all.map((route) => [route, metrics.meter(route.service.name, route.name)]),
  )
  meters.set(undefined, metrics.meter('unknown', 'unknown'))
  const { callers, lastUsed } = identity
  const write = requestLog(log)
  return {
    routes,
    storage,
    trail,
    clock,
    random,
    ...(plan.machineClock === undefined ? {} : { machineClock: plan.machineClock }),
    regions: plan.regions,
    keys: new SigningKeys(),
    find: sessions.before(plan.openAccount === undefined ? callers.find : devCallers(callers, plan.openAccount).find),
    encodeDenial: denials.encode,
    verified: ({ caller, region, now }, service) => lastUsed.noteCaller(caller, service.name, region, now),
    ...(handled === undefined
      ? {}
      : {
          served: ({ caller }, input, out) => {
            if (handled.watching) handled.note(caller.accessKeyId, input, out)
          },
        }),
    ended: (outcome) => write(outcome, clock.now()),
    meter: (route) => meters.get(route) as Meter,
    ...(tracing === undefined ? {} : { tracing }),
    strict: plan.strict === true,
  }
}

/** See `Assembled.uploader`. */
export function uploaderOf({ find }: Pick<PipelineParts, 'find'>): Assembled['uploader'] {
  return async (authorization, sessionToken) => {
    const [, id = ''] = NAMED_KEY.exec(authorization) ?? []
    const found = id === '' ? undefined : await find(id, sessionToken)
    return found?.active === true ? id : undefined
  }
}

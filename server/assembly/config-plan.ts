import { join } from 'node:path'
import { systemClock } from '#kernel/clock'
import type { Log } from '#kernel/log'
import type { Metrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { sealOf } from '#kernel/sealing/seals'
import type { ServeConfig } from '../config.ts'
import { NoExecution, whyNotRun } from '../execution.ts'
import { givesUsers } from '../runtime/users.ts'
import type { Plan } from './plan.ts'

/** What a process does beside the others. */
export type Role = Pick<Plan, 'shared' | 'beside' | 'runsJobs' | 'acceptJournal'>

/** What the config of `serve` says a server is put together from. `seal`: in place of the one that it names. */
export function planOf(
  config: ServeConfig,
  log: Log,
  metrics: Metrics,
  role: Role,
  seal: Plan['seal'] = sealOf(config.seal),
): Plan {
  const { directory, database } = config
  return {
    kept: database === undefined ? { kind: 'file', directory } : { kind: 'postgres', url: database },
    seal,
    drillMs: config.drillMs,
    ...(config.auditKeptMs === undefined ? {} : { auditKeptMs: config.auditKeptMs }),
    regions: config.regions,
    oidc: config.oidc,
    requestRates: config.requestRates,
    secretLimits: config.secretLimits,
    history: config.history,
    parameters: config.parameters,
    outlets:
      config.outlets.trailFolder === 'default'
        ? { ...config.outlets, trailFolder: join(directory, 'trails') }
        : config.outlets,
    functions: config.functions,
    tracing: config.tracing,
    ...executionOf(config),
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    ...role,
  }
}

/** Functions run below the data directory, as its user; where the server is root they have other users, who can't go there. */
function executionOf({ directory, sandboxes }: ServeConfig): Pick<Plan, 'execution' | 'sandboxes'> {
  const { pythons, most, run } = sandboxes
  const not = whyNotRun(run, givesUsers())
  if (not !== undefined) return { sandboxes: new NoExecution(not) }
  const root = sandboxes.directory ?? (process.geteuid?.() === 0 ? undefined : join(directory, 'functions'))
  return { execution: { interpreters: { node: [process.execPath], python: pythons }, most, root } }
}

/** Says at the start what nobody asked for: that no functions run, or what those that run can reach. */
export function warnOfFunctions({ sandboxes }: ServeConfig, log: Log): void {
  const ownUsers = givesUsers()
  const not = sandboxes.run === undefined ? whyNotRun(undefined, ownUsers) : undefined
  if (not !== undefined) log.warn({}, not)
  else if (sandboxes.run === true && !ownUsers)
    log.warn({}, 'functions run as the user of this server: they can read its data and its seal (--functions on)')
}

import type { Follower } from '#kernel/audit/follower'
import { startCensus } from '#kernel/metering/census'
import { local, pipeline } from '#kernel/pipeline'
import { denialsWith } from '#kernel/pipeline/denial'
import { Routes } from '#kernel/routes'
import type { Held } from '#kernel/sealing/held'
import type { Service } from '#kernel/service'
import type { Storage } from '#kernel/storage/storage'
import type { Tracing } from '#kernel/tracing'
import type { Assembled } from './assembly/assembled.ts'
import { followingOf } from './assembly/following.ts'
import { healthOf, watchOverdue } from './assembly/health.ts'
import { beginAll, runnerOf } from './assembly/jobs.ts'
import { lookupsOf } from './assembly/lookups.ts'
import { openKeys, openStorage, openTraces, openTrail, type OpenTrail, overflowOf } from './assembly/open.ts'
import { outletsOf } from './assembly/outlets.ts'
import type { Kept, Plan } from './assembly/plan.ts'
import { requestsOf, uploaderOf } from './assembly/requests.ts'
import { retentionOf } from './assembly/retention.ts'
import { servicesOver } from './assembly/services.ts'
import { Execution } from './execution.ts'
import { noSettings, setUpFunctions } from './functions/settings.ts'
import { Handled } from './handled.ts'
import { invoker, invokerOfAll, tracedSteps } from './invoke.ts'
import { builtInLog } from './runtime/logs/built-in.ts'
import { FunctionLogs } from './runtime/logs/store.ts'
import { startTidying } from './services/cloudwatch/jobs.ts'
import { rotationMeasures } from './services/cloudwatch/rotations.ts'
import { logGroupsFollower } from './services/cloudtrail/log-groups.ts'
import { redshift } from './services/redshift/service.ts'
import { redshiftServerless } from './services/redshift-serverless/service.ts'
import { keysOptions, type OidcSettings } from './services/sts/oidc/settings.ts'
import type { InvokeFunction } from './services/secretsmanager/functions.ts'
import { startForgetting } from './services/secretsmanager/history/forgetting.ts'
import { rotationTold } from './services/secretsmanager/rotation-log.ts'
import { s3 } from './services/s3/service.ts'
import { strongroom } from './services/strongroom/service.ts'
import { sts } from './services/sts/service.ts'

export type { Assembled, Kept, Plan }

const PUBLIC_ISSUERS: OidcSettings = { jwksPath: undefined, caPath: undefined, privateIssuers: false }

/** How often what reads leave behind (last accessed, last used) is written down. */
const FLUSH_MS = 5000

/** Puts a server together. The one place where stores, services and the pipeline are built. */
export async function assemble(plan: Plan): Promise<Assembled> {
  const storage = await openStorage(plan)
  let held: Held | undefined
  let opened: OpenTrail | undefined
  let tracing: Tracing | undefined
  try {
    held = await openKeys(plan, storage)
    opened = await openTrail(plan, storage, held.vault)
    tracing = await openTraces(plan)
    if (plan.runsJobs)
      await storage.unit('write', async (unit) => {
        await startCensus(unit, plan.clock.now())
        await startTidying(unit, plan.clock.now())
        await startForgetting(unit, plan.clock.now())
      })
    return assembled(plan, storage, held, opened, tracing)
  } catch (error) {
    await tracing?.close()
    await opened?.reading.close()
    await opened?.trail.close()
    held?.close()
    await storage.close()
    throw error
  }
}

function assembled(
  plan: Plan,
  storage: Storage,
  held: Held,
  { trail, reading }: OpenTrail,
  tracing: Tracing | undefined,
): Assembled {
  const { clock, random, log, metrics } = plan
  const { vault } = held
  // nobody comes beside a store in memory
  if (plan.kept.kind !== 'memory') held.start()
  const perSecond = plan.parameters?.throughput
  const setup = setUpFunctions(plan.functions ?? noSettings)
  const steps = (invoke: InvokeFunction): InvokeFunction =>
    tracing === undefined ? invoke : tracedSteps(tracing, plan.machineClock ?? clock, invoke)
  const handled = new Handled()
  const logs = new FunctionLogs({
    storage,
    // Services are put together after what runs functions for them.
    writer: () => logGroups.writer,
    onProblem: (text, error) => log.error({ err: error }, text),
  })
  const execution =
    plan.execution &&
    new Execution(plan.execution, {
      clock,
      random,
      log,
      handled,
      assumeForService: (asked) => tokens.assumeForService?.(asked) ?? Promise.resolve(undefined),
      logs: logs.write,
    })
  const outlets = outletsOf(plan, {
    storage,
    vault,
    record: (unit, events) => trail.recordIn(unit, events),
    // Deliveries wait for their own follower only, wherever it runs: an export that hangs is none of theirs.
    settle: () => following.passed(outlets.delivery.follower.name),
    keysFor: () => keys.keysFor,
  })
  const lookups = lookupsOf(trail, reading)
  const over = servicesOver(storage, vault, random, {
    anyAccount: plan.openAccount !== undefined,
    regions: plan.regions,
    record: (unit, events) => trail.recordIn(unit, events),
    calls: lookups.calls,
    trails: {
      lookUp: lookups.lookUp,
      delivery: outlets.delivery,
      ...(plan.trailLimits === undefined ? {} : { limits: plan.trailLimits }),
    },
    requestRates: plan.requestRates,
    overflow: overflowOf(plan),
    ...(plan.secretLimits === undefined ? {} : { secretLimits: plan.secretLimits }),
    ...(plan.history === undefined ? {} : { history: plan.history }),
    parameters: {
      clock,
      record: (unit, events) => trail.recordIn(unit, events),
      throughput: perSecond === undefined ? undefined : { perSecond, storage },
      strictPaths: plan.parameters?.strictPaths ?? false,
    },
    events: {
      clock,
      reach: { ...setup.reach, ca: setup.authorities },
      record: (unit, events) => trail.recordIn(unit, events),
      told: (what) => log.warn(what, 'an event could not be delivered: see strongroom event failed'),
      onProblem: (text, error) => log.error({ err: error }, text),
    },
    lambda: {
      clock,
      sandboxes: plan.sandboxes ?? execution,
      onProblem: (text, error) => log.error({ err: error }, text),
    },
    rotation: ({ callers: principals }, databases, users) => ({
      storage,
      clock,
      // The pipeline needs the services; functions run only when it is there.
      invoke: steps(
        invokerOfAll(
          invoker({
            local: (...call) => inside(...call),
            principals,
            log,
            clock,
            setup,
            said: builtInLog(logs.write, random),
            environments: users.environmentOf,
            databases: databases.registered({ storage, clock }),
          }),
          users.invoke,
        ),
      ),
      record: (unit, events) => trail.recordIn(unit, events),
      told: rotationTold(log, metrics),
      onProblem: (error) => log.error({ err: error }, 'how a rotation went could not be written down'),
      // one process of those that share a file runs jobs, and the file is locked against others
      alone: storage.engine === 'sqlite',
    }),
  })
  const { identity, keys, secrets, parameters, registered, functions, logGroups, eventBridge, trails } = over
  const measured = over.metrics
  const denials = denialsWith(vault)
  const tokens = sts({
    storage,
    vault,
    random,
    identities: identity.identities,
    principals: identity.callers,
    services: { clock, record: (unit, events) => trail.recordIn(unit, events) },
    decodeDenial: (message, { account }) => denials.decode(message, account),
    oidc: keysOptions(plan.oidc ?? PUBLIC_ISSUERS, (issuer, reason, cause) =>
      log.warn({ issuer, reason, err: cause }, 'the keys of an identity provider could not be had'),
    ),
  })
  const { databases } = registered
  const services: readonly Service[] = [
    secrets,
    strongroom({ own: secrets.own, denied: secrets.denied }),
    parameters,
    keys.service,
    identity.service,
    tokens.service,
    registered.service,
    redshift({ databases }),
    redshiftServerless({ databases }),
    functions.service,
    measured.service,
    logGroups.service,
    eventBridge.service,
    trails,
    s3({ bucketsFor: outlets.bucketsFor, objects: outlets.folder, clear: outlets.clear }),
  ] as readonly Service[]
  const routes = new Routes(services)
  // Everybody who wants records of the trail: each has a position of his own, and acts where jobs run.
  const sending = eventBridge.sending as NonNullable<typeof eventBridge.sending>
  const intoGroups = logGroupsFollower({
    ...{ storage, clock, logs: logGroups.writer },
    rowKey: vault.macKey('cloudtrail/rows'),
  })
  const followers: readonly Follower[] = [
    ...outlets.followers,
    sending.follower,
    intoGroups,
    rotationMeasures(measured.measures, () => storage.unit('read', (unit) => secrets.rotates(unit))),
  ]
  const following = followingOf(plan, { storage, vault, trail, reading, followers })
  const retention = retentionOf(plan, {
    ...{ storage, vault, trail, reading },
    followers: followers.map(({ name }) => name),
  })
  const byThemselves = { ...over, sending, outlets, following }
  const runner = runnerOf(plan, storage, byThemselves)
  if (plan.runsJobs) {
    beginAll(plan, storage, byThemselves)
    reading.keep()
    runner.start()
    retention?.start()
  }

  const flush = async () => {
    await secrets.flush(storage)
    await identity.lastUsed.flush(storage)
    await keys.flush(storage)
  }
  const flushing = setInterval(() => {
    flush().catch((error) => log.warn({ err: error }, 'what reads left behind could not be written down yet'))
  }, FLUSH_MS).unref()

  // Only where rotations run: of several processes on one file one tells the number.
  const overdue = plan.runsJobs ? watchOverdue(secrets, storage, clock) : undefined

  metrics.watch({
    trail: () => trail.state(),
    trailHealthy: () => trail.healthy(),
    now: () => clock.now(),
    ...(plan.runsJobs ? { followers: () => following.state() } : {}),
    ...(overdue === undefined ? {} : { overdue: overdue.told }),
  })
  const parts = requestsOf(plan, {
    ...{ storage, trail, routes, identity, denials, tracing },
    sessions: tokens.sessions,
    handled: execution && handled,
  })
  const inside = local(parts)

  return {
    storage,
    vault,
    held,
    trail,
    reading,
    following,
    iam: identity,
    logs: logGroups,
    services,
    routes,
    runner,
    handle: pipeline(parts),
    allowance: (...request) => routes.allowance(...request),
    uploader: uploaderOf(parts),
    downloads: functions.downloads,
    reachedAt: (endpoint) => execution?.reachedAt(endpoint),
    local: inside,
    health: healthOf({
      ...{ storage, vault, trail, held, clock, drillMs: plan.drillMs },
      overdue: () => overdue?.told()?.count ?? 0,
      followers: () => (plan.runsJobs ? following.state() : []),
      notes: async () => [...(await outlets.delivery.notes()), ...(await sending.notes())],
    }),
    flush,
    async close() {
      clearInterval(flushing)
      overdue?.stop()
      await runner.stop()
      await outlets.delivery.idle()
      await Promise.all([secrets.drain(), functions.drain(), sending.drain()])
      await retention?.stop()
      await following.stop()
      await outlets.close()
      await reading.close()
      await execution?.close()
      await logs.flush()
      await flush()
      await trail.close()
      await tracing?.close()
      held.close()
      await storage.close()
    },
  }
}

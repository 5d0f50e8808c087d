import type { Follower, Following } from '#kernel/audit/follower'
import { followTrail } from '#kernel/audit/following'
import type { Mark } from '#kernel/audit/index/finding'
import type { Attribute } from '#kernel/audit/index/terms'
import type { JournalTrail } from '#kernel/audit/journal-trail'
import { callsOf } from '#kernel/audit/usage/usage'
import type { Caller } from '#kernel/call'
import { pruning } from '#kernel/events/outbox'
import { JobRunner } from '#kernel/jobs/runner'
import type { Reading } from '#kernel/audit/reading'
import { requestLog } from '#kernel/log'
import { census, startCensus } from '#kernel/metering/census'
import type { Meter } from '#kernel/metrics'
import { local, type PipelineParts, pipeline } from '#kernel/pipeline'
import { denialsWith } from '#kernel/pipeline/denial'
import type { Reply } from '#kernel/protocol/reply'
import { type Route, Routes } from '#kernel/routes'
import { type Held, openHeld } from '#kernel/sealing/held'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import { SigningKeys } from '#kernel/signature/keys'
import type { RawRequest } from '#kernel/signature/request'
import { tablesOf } from '#kernel/storage/migration'
import type { Storage } from '#kernel/storage/storage'
import type { Tracing } from '#kernel/tracing'
import { type Health, healthOf, watchOverdue } from './assembly/health.ts'
import { openStorage, openTraces, openTrail, type OpenTrail } from './assembly/open.ts'
import { meterSources } from './assembly/metering.ts'
import { outletsOf } from './assembly/outlets.ts'
import type { Kept, Plan } from './assembly/plan.ts'
import { retentionOf } from './assembly/retention.ts'
import { migrations } from './assembly/schema.ts'
import { servicesOver } from './assembly/services.ts'
import { Execution } from './execution.ts'
import { noSettings, setUpFunctions } from './functions/settings.ts'
import { Handled } from './handled.ts'
import { invoker, invokerOfAll, tracedSteps } from './invoke.ts'
import { builtInLog } from './runtime/logs/built-in.ts'
import { FunctionLogs } from './runtime/logs/store.ts'
import { startTidying } from './services/cloudwatch/jobs.ts'
import { rotationMeasures } from './services/cloudwatch/rotations.ts'
import { devCallers } from './services/iam/dev-callers.ts'
import { logGroupsFollower } from './services/cloudtrail/log-groups.ts'
import type { Iam } from './services/iam/service.ts'
import type { Lambda } from './services/lambda/service.ts'
import type { Logs } from './services/logs/service.ts'
import { redshift } from './services/redshift/service.ts'
import { redshiftServerless } from './services/redshift-serverless/service.ts'
import { keysOptions, type OidcSettings } from './services/sts/oidc/settings.ts'
import type { InvokeFunction } from './services/secretsmanager/functions.ts'
import { rotationTold } from './services/secretsmanager/rotation-log.ts'
import { s3 } from './services/s3/service.ts'
import { sts } from './services/sts/service.ts'

export type { Kept, Plan }

const PUBLIC_ISSUERS: OidcSettings = { jwksPath: undefined, caPath: undefined, privateIssuers: false }

/** How often what reads leave behind (last accessed, last used) is written down. */
const FLUSH_MS = 5000

/** The access key id in an Authorization header. */
const NAMED_KEY = /Credential=(\w{16,128})\//

/** A server put together: everything but the socket. */
export interface Assembled {
  readonly storage: Storage
  readonly vault: Vault
  /** The keys that the vault works with. */
  readonly held: Held
  readonly trail: JournalTrail
  /** Log groups, for who runs the server. */
  readonly logs: Pick<Logs, 'reader' | 'writer'>
  /** The trail, read: lookups, and the counters of usage. */
  readonly reading: Reading
  /** Who follows the trail, and how far they are. */
  readonly following: Following
  readonly iam: Iam
  readonly services: readonly Service[]
  readonly routes: Routes
  readonly runner: JobRunner
  handle(raw: RawRequest): Promise<Reply>
  /** What the operation that a request names takes beyond the usual. */
  allowance: Routes['allowance']
  /** The access key that an Authorization header names, when somebody has it and it is active: nothing is verified by it. */
  uploader(authorization: string, sessionToken: string | undefined): Promise<string | undefined>
  /** Answers of links to the code of functions. */
  readonly downloads: Lambda['downloads']
  /** Says where functions that run on this machine reach the server. */
  reachedAt(endpoint: { readonly url: string; readonly ca?: string | undefined }): void
  /** Does an operation in the name of a caller, as if it had come over the wire with a good signature. */
  local(target: string, input: unknown, caller: Caller): Promise<unknown>
  health(): Promise<Health>
  /** Writes down what reads left in memory. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Puts a server together. The one place where stores, services and the pipeline are built. */
export async function assemble(plan: Plan): Promise<Assembled> {
  const { random } = plan
  const storage = await openStorage(plan)
  let held: Held | undefined
  let opened: OpenTrail | undefined
  let tracing: Tracing | undefined
  try {
    held = await openHeld({
      storage,
      seal: plan.seal,
      random,
      clock: plan.clock,
      tables: tablesOf(migrations),
      onProblem: (error) => plan.log.error({ err: error }, 'the keys of the store can not be followed'),
      onRoot(root) {
        plan.log.info({ rootKey: root.number }, 'the root key of the store was replaced, and this server has followed')
        plan.onRoot?.(root)
      },
    })
    opened = await openTrail(plan, storage, held.vault)
    tracing = await openTraces(plan)
    if (plan.runsJobs)
      await storage.unit('write', async (unit) => {
        await startCensus(unit, plan.clock.now())
        await startTidying(unit, plan.clock.now())
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
  const {
    identity,
    keys,
    secrets,
    parameters,
    registered,
    functions,
    logGroups,
    metrics: measured,
    eventBridge,
    trails,
  } = servicesOver(storage, vault, random, {
    anyAccount: plan.openAccount !== undefined,
    regions: plan.regions,
    record: (unit, events) => trail.recordIn(unit, events),
    calls: async (asked) => {
      await trail.flushed()
      return callsOf(reading.usage, asked)
    },
    trails: {
      lookUp: async ({ attribute, after, ...asked }) => {
        await trail.flushed()
        const attributes = attribute === undefined ? [] : [attribute as Attribute]
        return reading.lookup({ ...asked, attributes, ...(after !== undefined && { after: after as Mark }) })
      },
      delivery: outlets.delivery,
      ...(plan.trailLimits === undefined ? {} : { limits: plan.trailLimits }),
    },
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
    rotationMeasures(measured.measures),
  ]
  const following = followTrail({
    storage,
    source: reading,
    clock,
    key: vault.macKey('audit/follower'),
    node: random.uuid(),
    alone: storage.engine === 'sqlite',
    followers,
    flushed: () => trail.flushed(),
    ended: (writers) => trail.ended(writers),
    written: () => trail.state().written,
    onProblem: (follower, error) =>
      error === undefined
        ? log.info({ follower }, 'the audit trail is followed again')
        : log.error({ follower, err: error }, 'the audit trail can not be followed; this is tried again'),
  })
  const retention = retentionOf(plan, {
    ...{ storage, vault, trail, reading },
    followers: followers.map(({ name }) => name),
  })
  const runner = new JobRunner({
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
      ...measured.handlers,
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
  if (plan.runsJobs) {
    outlets.delivery
      .begin()
      .catch((error) => log.error({ err: error }, 'the retention of delivered log files could not be begun'))
    logGroups
      .start(storage)
      .catch((error) => log.error({ err: error }, 'what functions logged before could not be taken over'))
    following.start()
    reading.keep()
    sending.start()
    secrets
      .start()
      .catch((error) => log.error({ err: error }, 'rotations that were left could not be taken up at once'))
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

  const meters = new Map<Route | undefined, Meter>(
    routes.all.map((route) => [route, metrics.meter(route.service.name, route.name)]),
  )
  meters.set(undefined, metrics.meter('unknown', 'unknown'))
  metrics.watch({
    trail: () => trail.state(),
    trailHealthy: () => trail.healthy(),
    now: () => clock.now(),
    ...(plan.runsJobs ? { followers: () => following.state() } : {}),
    ...(overdue === undefined ? {} : { overdue: overdue.told }),
  })
  const { callers, lastUsed } = identity
  const write = requestLog(log)
  const parts: PipelineParts = {
    routes,
    storage,
    trail,
    clock,
    random,
    ...(plan.machineClock === undefined ? {} : { machineClock: plan.machineClock }),
    regions: plan.regions,
    keys: new SigningKeys(),
    find: tokens.sessions.before(
      plan.openAccount === undefined ? callers.find : devCallers(callers, plan.openAccount).find,
    ),
    encodeDenial: denials.encode,
    verified: ({ caller, region, now }, service) => lastUsed.noteCaller(caller, service.name, region, now),
    ...(execution === undefined
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
    uploader: async (authorization, sessionToken) => {
      const [, id = ''] = NAMED_KEY.exec(authorization) ?? []
      const found = id === '' ? undefined : await parts.find(id, sessionToken)
      return found?.active === true ? id : undefined
    },
    downloads: functions.downloads,
    reachedAt: (endpoint) => execution?.reachedAt(endpoint),
    local: inside,
    health: healthOf({
      ...{ storage, vault, trail, held, clock, drillMs: plan.drillMs },
      overdue: () => overdue?.told()?.count ?? 0,
      followers: () => (plan.runsJobs ? following.state() : []),
      notes: () => sending.notes(),
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

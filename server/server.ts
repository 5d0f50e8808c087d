import { join } from 'node:path'
import type { Journal, Writer } from '#kernel/audit/journal'
import { JournalTrail } from '#kernel/audit/journal-trail'
import { openNoted } from '#kernel/audit/note'
import { journalMigrations, outboxMigrations } from '#kernel/audit/schema'
import { openFileJournal, openMemoryJournal } from '#kernel/audit/sqlite-journal'
import { decide } from '#kernel/authorization/authorize'
import type { Caller } from '#kernel/call'
import { type Clock, systemClock } from '#kernel/clock'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import { type Log, requestLog } from '#kernel/log'
import type { Metrics, Meter } from '#kernel/metrics'
import { local, type PipelineParts, pipeline } from '#kernel/pipeline'
import { denialsWith } from '#kernel/pipeline/denial'
import type { Reply } from '#kernel/protocol/reply'
import type { Random } from '#kernel/random'
import { type Route, Routes } from '#kernel/routes'
import { openVault } from '#kernel/sealing/open'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import type { Seal } from '#kernel/sealing/seal'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import { SigningKeys } from '#kernel/signature/keys'
import type { RawRequest } from '#kernel/signature/request'
import { type Migration, tablesOf } from '#kernel/storage/migration'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'
import { refusalOf } from './functions/environment.ts'
import { type FunctionSettings, noSettings, setUpFunctions } from './functions/settings.ts'
import { Execution, type ExecutionPlan } from './execution.ts'
import { builtIn, builtInNames } from './functions/index.ts'
import { Handled } from './handled.ts'
import { allFunctions, invoker, invokerOfAll } from './invoke.ts'
import { migrations as functionLogMigrations } from './runtime/logs/schema.ts'
import { FunctionLogs } from './runtime/logs/store.ts'
import { devCallers } from './services/iam/dev-callers.ts'
import { type Iam, iam } from './services/iam/service.ts'
import { migrations as iamMigrations } from './services/iam/schema.ts'
import { callerOf } from './services/iam/callers.ts'
import { migrations as kmsMigrations } from './services/kms/schema.ts'
import { kms } from './services/kms/service.ts'
import { migrations as lambdaMigrations } from './services/lambda/schema.ts'
import { type Lambda, type Parts as LambdaParts, lambda } from './services/lambda/service.ts'
import { migrations as rdsMigrations } from './services/rds/schema.ts'
import { type Rds, rds } from './services/rds/service.ts'
import { redshift } from './services/redshift/service.ts'
import { redshiftServerless } from './services/redshift-serverless/service.ts'
import type { ManagedSecrets } from './services/secretsmanager/port.ts'
import { migrations as secretsManagerMigrations } from './services/secretsmanager/schema.ts'
import {
  type Parts as SecretsManagerParts,
  type SecretsManager,
  secretsManager,
} from './services/secretsmanager/service.ts'
import { keysOptions, type OidcSettings } from './services/sts/oidc/settings.ts'
import { sts } from './services/sts/service.ts'

/** Where the state is kept. */
export type Kept =
  | { readonly kind: 'memory' }
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'postgres'; readonly url: Secret }

/** What a server is put together from. */
export interface Plan {
  readonly kept: Kept
  readonly seal: Seal
  readonly regions: readonly string[]
  /** Several processes use the same file. */
  readonly shared: boolean
  /** Other processes use it at this very start: not so for the first of several. As `shared` when it is not said. */
  readonly beside?: boolean
  /** Take the audit journal that is there, although the store knows another one. */
  readonly acceptJournal?: boolean
  /** This process runs the jobs that are due. */
  readonly runsJobs: boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  /** How the keys of identity providers are had; by default from public ones only. */
  readonly oidc?: OidcSettings
  /** How built-in rotation functions are set up; by default nothing is, and webhooks reach public addresses only. */
  readonly functions?: FunctionSettings
  /** Tests: who runs users' functions instead of processes of this machine. */
  readonly sandboxes?: LambdaParts['sandboxes']
  /** How users' functions are run; without it none is run in this process. */
  readonly execution?: ExecutionPlan
  /** Dev mode only: the account whose root unknown credentials count as. Without it they are refused. */
  readonly openAccount?: string
  /** Dev mode only: see the pipeline's part of this name. */
  readonly machineClock?: Clock
  /** Tests: an error that an operation did not declare is a failure of ours. */
  readonly strict?: boolean
}

/** The schema, in the order in which it is applied. New steps go to the end of their own list. */
export const migrations: readonly Migration[] = [
  ...sealingMigrations,
  ...jobMigrations,
  ...outboxMigrations,
  ...iamMigrations,
  ...kmsMigrations,
  ...secretsManagerMigrations,
  ...rdsMigrations,
  ...lambdaMigrations,
  ...functionLogMigrations,
]

const PUBLIC_ISSUERS: OidcSettings = { jwksPath: undefined, caPath: undefined, privateIssuers: false }

/** What rotations tell of themselves that is no event of the trail. */
const OWN_EVENTS: Readonly<Record<string, string>> = { missed: 'RotationWindowMissed', lost: 'RotationAttemptLost' }

/** Longest wait for the store when somebody asks for health: load balancers give up soon. */
const HEALTH_MS = 2000

/** Whether `answer` comes in time and is true. */
async function within(ms: number, answer: Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), ms)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** How often what reads leave behind (last accessed, last used) is written down. */
const FLUSH_MS = 5000

/** A server put together: everything but the socket. */
export interface Assembled {
  readonly storage: Storage
  readonly vault: Vault
  readonly trail: JournalTrail
  readonly iam: Iam
  readonly services: readonly Service[]
  readonly routes: Routes
  readonly runner: JobRunner
  handle(raw: RawRequest): Promise<Reply>
  /** What the operation that a request names takes beyond the usual. */
  allowance: Routes['allowance']
  /** Answers of links to the code of functions. */
  readonly downloads: Lambda['downloads']
  /** Says where functions that run on this machine reach the server. */
  reachedAt(endpoint: { readonly url: string; readonly ca?: string | undefined }): void
  /** Does an operation in the name of a caller, as if it had come over the wire with a good signature. */
  local(target: string, input: unknown, caller: Caller): Promise<unknown>
  /** Whether requests can be served now, and if not why: sentences without anything secret. */
  /** `notes`: what is not as it should be, and keeps no request from being served. */
  health(): Promise<{ ready: boolean; reasons: readonly string[]; notes?: readonly string[] }>
  /** Writes down what reads left in memory. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Puts a server together. The one place where stores, services and the pipeline are built. */
export async function assemble(plan: Plan): Promise<Assembled> {
  const { random } = plan
  const storage = await openStorage(plan)
  let vault: Vault | undefined
  let trail: JournalTrail | undefined
  try {
    vault = await openVault({ storage, seal: plan.seal, random, tables: tablesOf(migrations) })
    trail = await openTrail(plan, storage, vault)
    return assembled(plan, storage, vault, trail)
  } catch (error) {
    await trail?.close()
    vault?.close()
    await storage.close()
    throw error
  }
}

async function openStorage({ kept, shared, clock, random, log, metrics }: Plan): Promise<Storage> {
  const onProblem = (error: unknown) => {
    metrics.storeFailed()
    log.error({ err: error }, 'the store has a problem')
  }
  switch (kept.kind) {
    case 'memory':
      return openSqlite({ file: ':memory:', migrations, clock, onProblem })
    case 'file':
      return openSqlite({ file: join(kept.directory, 'strongroom.db'), migrations, clock, shared, onProblem })
    case 'postgres':
      // the journal, elsewhere in a file of its own, is in the main database here
      // Loaded when it is wanted: the driver takes a tenth of the time of a start.
      return (await import('#kernel/storage/postgres/postgres')).openPostgres({
        url: kept.url.reveal(),
        migrations: [...migrations, ...journalMigrations],
        clock,
        random,
        onProblem,
      })
  }
}

/** Opens the journal that the store knows; one that is missing or was set back keeps the server from starting. */
function openJournal(plan: Plan, storage: Storage, vault: Vault): Promise<Journal> {
  const { kept, clock, random } = plan
  const key = vault.macKey('audit/head')
  return openNoted(storage, key, plan.acceptJournal === true, async (known) => {
    const writer: Writer = {
      id: random.uuid(),
      startedAtMs: clock.now(),
      ...(known === undefined ? {} : { known }),
    }
    switch (kept.kind) {
      case 'memory':
        return openMemoryJournal(key, writer)
      case 'file':
        return openFileJournal(join(kept.directory, 'audit.db'), key, writer, { shared: plan.beside ?? plan.shared })
      case 'postgres':
        return (await import('#kernel/audit/postgres-journal')).openPostgresJournal(kept.url.reveal(), key, writer)
    }
  })
}

async function openTrail(plan: Plan, storage: Storage, vault: Vault): Promise<JournalTrail> {
  const { random, log } = plan
  return JournalTrail.open({
    journal: await openJournal(plan, storage, vault),
    storage,
    random,
    changed: (cause) =>
      cause === undefined
        ? log.info({}, 'the audit trail can be written again')
        : log.error({ err: cause }, 'the audit trail cannot be written: calls are refused'),
  })
}

/** What services have where requests are served. */
interface Serving {
  /** How users' functions are run. */
  readonly lambda?: Pick<LambdaParts, 'clock' | 'sandboxes' | 'onProblem'>
  /** See `iam`. */
  readonly anyAccount?: boolean
  /** Made from IAM, in whose principals' names functions act, and the databases that they ask about. */
  readonly rotation?: (
    identity: Iam,
    registered: Rds,
    functions: Lambda,
  ) => NonNullable<SecretsManagerParts['rotation']>
}

/** The services that hold something, built over a store. */
export function servicesOver(storage: Storage, vault: Vault, random: Random, serving: Serving = {}) {
  const { anyAccount = false, rotation } = serving
  const identity = iam({ storage, vault, random, anyAccount })
  const { identities } = identity
  const keys = kms({ vault, random, jobs, decide, identities })
  const pageKey = vault.macKey('secretsmanager/paging')
  const rowKey = vault.macKey('secretsmanager/rows')
  // Each needs the other: databases have secrets, and secrets rotate by databases.
  const registered = rds({ vault, random, jobs, managed: (unit, call): ManagedSecrets => secrets.managed(unit, call) })
  const functions = lambda({
    ...(serving.lambda ?? { clock: systemClock, onProblem: () => undefined }),
    storage,
    vault,
    random,
    jobs,
    identities,
    keysFor: keys.keysFor,
    builtIn: { names: builtInNames, has: (name) => builtIn(name) !== undefined, refusalOf },
    actAs: (unit) => async (roleArn, session) => {
      const role = await identities(unit).role(roleArn)
      const principal = role && (await identity.callers.principal(role.account, role.id, unit))
      return principal && callerOf(principal, { session })
    },
  })
  const secrets = secretsManager({
    keysFor: keys.keysFor,
    functionsFor: (unit) => allFunctions(functions.functionsFor(unit)),
    ...(rotation === undefined ? {} : { rotation: rotation(identity, registered, functions) }),
    random,
    jobs,
    storage,
    pageKey,
    rowKey,
    identities,
  })
  return { identity, keys, secrets, registered, functions }
}

/** How often it is looked at which rotations are overdue. */
const OVERDUE_MS = 15_000

/** Knows how many rotations are overdue, some seconds behind; undefined until it was looked at, or when that failed. */
function watchOverdue(secrets: SecretsManager, storage: Storage, clock: Clock) {
  let known: { readonly count: number; readonly oldestSeconds: number } | undefined
  const look = async () => {
    const now = clock.now()
    const { count, since } = await storage.unit('read', (unit) => secrets.overdue(unit, now))
    known = { count, oldestSeconds: since === undefined ? 0 : (now - since) / 1000 }
  }
  const timer = setInterval(() => {
    look().catch(() => {
      // the store's own metrics and health tell of it
      known = undefined
    })
  }, OVERDUE_MS).unref()
  return { told: () => known, stop: () => clearInterval(timer) }
}

function assembled(plan: Plan, storage: Storage, vault: Vault, trail: JournalTrail): Assembled {
  const { clock, random, log, metrics } = plan
  const setup = setUpFunctions(plan.functions ?? noSettings)
  const handled = new Handled()
  const logs = new FunctionLogs({
    storage,
    vault,
    clock,
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
  const { identity, keys, secrets, registered, functions } = servicesOver(storage, vault, random, {
    anyAccount: plan.openAccount !== undefined,
    lambda: {
      clock,
      sandboxes: plan.sandboxes ?? execution,
      onProblem: (text, error) => log.error({ err: error }, text),
    },
    rotation: ({ callers: principals }, databases, users) => ({
      storage,
      clock,
      // The pipeline needs the services; functions run only when it is there.
      invoke: invokerOfAll(
        invoker({
          local: (...call) => inside(...call),
          principals,
          log,
          clock,
          setup,
          environments: users.environmentOf,
          databases: databases.registered({ storage, clock }),
        }),
        users.invoke,
      ),
      record: (unit, events) => trail.recordIn(unit, events),
      told: (event, secret) => {
        metrics.happened(OWN_EVENTS[event] ?? event)
        log.info({ event, secret }, 'rotation')
      },
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
    keys.service,
    identity.service,
    tokens.service,
    registered.service,
    redshift({ databases }),
    redshiftServerless({ databases }),
    functions.service,
  ] as readonly Service[]
  const routes = new Routes(services)
  const runner = new JobRunner({
    storage,
    clock,
    handlers: [...keys.handlers, ...secrets.handlers, ...registered.handlers, ...functions.handlers],
    onFailure: ({ kind, attempts, nextAt, error }) =>
      log.error({ kind, attempts, nextAt, err: error }, 'a job failed and will be tried again'),
    onProblem: (error) => log.error({ err: error }, 'due jobs could not be looked up'),
    settled: async () => {
      await secrets.idle()
      await functions.idle()
    },
  })
  if (plan.runsJobs) {
    secrets
      .start()
      .catch((error) => log.error({ err: error }, 'rotations that were left could not be taken up at once'))
    runner.start()
  }

  const flush = async () => {
    await secrets.flush(storage)
    await identity.lastUsed.flush(storage)
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
    strict: plan.strict === true,
  }
  const inside = local(parts)

  return {
    storage,
    vault,
    trail,
    iam: identity,
    services,
    routes,
    runner,
    handle: pipeline(parts),
    allowance: (method, target, authorization) => routes.allowance(method, target, authorization),
    downloads: functions.downloads,
    reachedAt: (endpoint) => execution?.reachedAt(endpoint),
    local: inside,
    async health() {
      const reasons: string[] = []
      if (!(await within(HEALTH_MS, storage.healthy())))
        reasons.push(storage.trouble ?? 'the store cannot be read and written')
      if (!trail.healthy()) reasons.push('the audit trail cannot be written')
      const late = overdue?.told()?.count ?? 0
      // anybody may ask: how many, and which, is for who runs the server
      const notes = late === 0 ? undefined : ['rotations are overdue: see strongroom rotation list --problems']
      return { ready: reasons.length === 0, reasons, ...(notes && { notes }) }
    },
    flush,
    async close() {
      clearInterval(flushing)
      overdue?.stop()
      await runner.stop()
      await Promise.all([secrets.drain(), functions.drain()])
      await execution?.close()
      await logs.flush()
      await flush()
      await trail.close()
      vault.close()
      await storage.close()
    },
  }
}

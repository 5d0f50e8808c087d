import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from '#kernel/clock'
import { type Log, openLog } from '#kernel/log'
import { clusterMetrics, type Metrics, openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { fileSeal, passphraseSeal } from '#kernel/sealing/seal'
import { joinDirectory, lockDirectory } from '#kernel/storage/lock'
import type { ServeConfig } from './config.ts'
import { NoExecution, whyNotRun } from './execution.ts'
import { type Console, credentialsFile, firstStart, laterStart, writeRootCredentials } from './greeting.ts'
import { type Listening, listen } from './http.ts'
import { readEndpoint } from './http/endpoint.ts'
import { endpointOf } from './runtime/endpoint.ts'
import { givesUsers } from './runtime/users.ts'
import { type Assembled, assemble, type Plan } from './server.ts'
import { bootstrap, type Bootstrapped } from './services/iam/accounts.ts'
import { untilStopped } from './signals.ts'
import { version } from './version.ts'
import { isWorker, runPrimary, runWorker } from './workers.ts'

export { dev } from './dev.ts'

/** Runs `strongroom serve` until a signal ends it; answers the exit code. Throws errors with a `hint` for people. */
export async function serve(config: ServeConfig, console: Console): Promise<number> {
  const clock = systemClock
  const log = openLog({ level: config.logLevel, form: 'json', clock, to: 2 })
  try {
    if (isWorker()) return await serveAsWorker(config, log)
    const lock = lockDirectory(config.directory)
    try {
      warnOfFunctions(config, log)
      return config.workers > 1 ? await lead(config, console, log) : await serveAlone(config, console, log)
    } finally {
      lock.release()
    }
  } finally {
    log.flush()
  }
}

/** One process that does everything. */
async function serveAlone(config: ServeConfig, console: Console, log: Log): Promise<number> {
  const metrics = openMetrics(version)
  const server = await assemble(
    planOf(config, log, metrics, { shared: false, runsJobs: true, acceptJournal: config.acceptAuditJournal }),
  )
  try {
    const account = await makeAccount(config, server)
    const listening = await listenFor(config, server, log, metrics, () => metrics.metrics())
    announce(config, server, listening)
    console.out(greeting(config, account, listening.url))
    return await untilStopped({
      log,
      stop: () => listening.close(config.shutdownGraceMs),
      reload: () => void listening.reload(),
    })
  } finally {
    await server.close()
  }
}

/** The primary of several workers: makes what the first start makes, then serves nothing itself. */
async function lead(config: ServeConfig, console: Console, log: Log): Promise<number> {
  const metrics = openMetrics(version)
  const first = await assemble(
    planOf(config, log, metrics, {
      shared: true,
      beside: false,
      runsJobs: false,
      acceptJournal: config.acceptAuditJournal,
    }),
  )
  let account: Bootstrapped
  try {
    account = await makeAccount(config, first)
  } finally {
    await first.close()
  }
  return runPrimary({
    workers: config.workers,
    graceMs: config.shutdownGraceMs,
    log,
    metrics: clusterMetrics(),
    ready: (url) => console.out(greeting(config, account, url)),
  })
}

async function serveAsWorker(config: ServeConfig, log: Log): Promise<number> {
  const membership = joinDirectory(config.directory)
  try {
    return await runWorker(log, async ({ jobs, metrics: together }) => {
      const metrics = openMetrics(version)
      const server = await assemble(planOf(config, log, metrics, { shared: true, runsJobs: jobs }))
      const listening = await listenFor(config, server, log, metrics, together)
      announce(config, server, listening)
      return {
        url: listening.url,
        reload: () => void listening.reload(),
        async stop() {
          await listening.close(config.shutdownGraceMs)
          await server.close()
        },
      }
    })
  } finally {
    membership.release()
  }
}

function planOf(
  config: ServeConfig,
  log: Log,
  metrics: Metrics,
  role: Pick<Plan, 'shared' | 'beside' | 'runsJobs' | 'acceptJournal'>,
): Plan {
  const { directory, database, seal } = config
  return {
    kept: database === undefined ? { kind: 'file', directory } : { kind: 'postgres', url: database },
    seal: seal.kind === 'file' ? fileSeal(seal.path) : passphraseSeal(seal.passphrase),
    regions: config.regions,
    oidc: config.oidc,
    functions: config.functions,
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
function warnOfFunctions({ sandboxes }: ServeConfig, log: Log): void {
  const ownUsers = givesUsers()
  const not = sandboxes.run === undefined ? whyNotRun(undefined, ownUsers) : undefined
  if (not !== undefined) log.warn({}, not)
  else if (sandboxes.run === true && !ownUsers)
    log.warn({}, 'functions run as the user of this server: they can read its data and its seal (--functions on)')
}

/** Says where functions reach the server that listens now. */
function announce(config: ServeConfig, server: Assembled, { url }: Listening): void {
  const { endpoint: setting, caPath, run } = config.sandboxes
  if (whyNotRun(run, givesUsers()) === undefined)
    server.reachedAt(endpointOf({ url, setting, caPath, certificatePath: config.tls?.certificatePath }))
}

/** The account with its root: made on the first start, its credentials kept in a file before the store keeps them. */
async function makeAccount(config: ServeConfig, server: Assembled): Promise<Bootstrapped> {
  const { directory, account, rootCredentials } = config
  let written: string | undefined
  const made = await bootstrap({
    storage: server.storage,
    vault: server.vault,
    random: systemRandom,
    now: systemClock.now(),
    account,
    rootAccessKeyId: rootCredentials?.accessKeyId,
    rootSecretAccessKey: rootCredentials?.secretAccessKey,
    made: (root, of) => {
      // The unit may run again, with other credentials: they replace what this start wrote, nothing older.
      if (written !== undefined) rmSync(written)
      written = writeRootCredentials(directory, of, root)
    },
  })
  await server.storage.durable()
  return made
}

function greeting(config: ServeConfig, account: Bootstrapped, url: string): string {
  const { directory } = config
  const region = config.regions[0]
  const { accessKeyId, secretAccessKey } = account
  if (!account.created)
    return laterStart({
      url,
      region,
      account: account.account,
      credentialsFile: credentialsFile(directory, account.account),
    })
  const made =
    config.rootCredentials !== undefined || accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : { accessKeyId, secretAccessKey }
  const known = { url, region, account: account.account }
  return firstStart({ ...known, made, credentialsFile: credentialsFile(directory, account.account) })
}

function listenFor(
  config: ServeConfig,
  server: Assembled,
  log: Log,
  metrics: Metrics,
  text: () => Promise<string>,
  clock: Clock = systemClock,
): Promise<Listening> {
  const endpoint = config.endpointPath === undefined ? undefined : readEndpoint(config.endpointPath)
  return listening(
    listen(config, {
      handle: endpoint === undefined ? server.handle : (raw) => server.handle({ ...raw, endpoint }),
      allowance: server.allowance,
      uploader: server.uploader,
      downloads: server.downloads,
      admin: { health: server.health },
      log,
      metrics: { contentType: metrics.contentType, metrics: text },
      clock,
      refused: (reason) => metrics.refused(reason),
    }),
    metrics,
  )
}

async function listening(started: Promise<Listening>, metrics: Metrics): Promise<Listening> {
  const server = await started
  metrics.watch({ load: () => server.load() })
  return server
}

import { rmSync } from 'node:fs'
import { type Clock, systemClock } from '#kernel/clock'
import { type Log, openLog } from '#kernel/log'
import { clusterMetrics, type Metrics, openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { Root } from '#kernel/sealing/root'
import { Cancelled, Gathering } from '#kernel/sealing/shamir/gathering'
import { joinDirectory, lockDirectory } from '#kernel/storage/lock'
import { planOf, type Role, warnOfFunctions } from './assembly/config-plan.ts'
import { recorded } from './beside/seal-store.ts'
import type { ServeConfig } from './config.ts'
import { whyNotRun } from './execution.ts'
import { type Console, credentialsFile, firstStart, laterStart, sealedStart, writeRootCredentials } from './greeting.ts'
import { type HttpParts, type Listening, listen } from './http.ts'
import { readEndpoint } from './http/endpoint.ts'
import { sealedParts } from './http/sealed.ts'
import { endpointOf } from './runtime/endpoint.ts'
import { givesUsers } from './runtime/users.ts'
import { type Assembled, assemble } from './server.ts'
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
  const role = { shared: false, runsJobs: true, acceptJournal: config.acceptAuditJournal }
  if (waitsForShares(config)) return serveSealed(config, console, log, metrics, role)
  const server = await assemble(planOf(config, log, metrics, role))
  try {
    const account = await makeAccount(config, server)
    const listening = await listenFor(config, partsOf(server), log, metrics, () => metrics.metrics())
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

/** Whether people unseal the store: then the server listens before it can do anything. */
const waitsForShares = ({ seal }: ServeConfig): boolean => seal.kind === 'shamir' && seal.shareFiles.length === 0

/** The same as `serveAlone`, for a store that has to be unsealed first: the port stays open on the way. */
async function serveSealed(
  config: ServeConfig,
  console: Console,
  log: Log,
  metrics: Metrics,
  role: Role,
): Promise<number> {
  const gathering = new Gathering(systemRandom)
  let opened: Assembled | undefined
  let server: Assembled | undefined
  const opening = Promise.withResolvers<void>()
  const start = { isOpen: () => server !== undefined, done: opening.promise }
  const parts = sealedParts(gathering, () => server, start)
  const listening = await listenFor(config, parts, log, metrics, () => metrics.metrics())
  const ended = untilStopped({
    log,
    async stop() {
      gathering.cancel()
      await listening.close(config.shutdownGraceMs)
    },
    reload: () => void listening.reload(),
  })
  try {
    console.out(sealedStart(listening.url))
    opened = await orStopped(assemble(planOf(config, log, metrics, role, gathering.seal())))
    if (opened === undefined) return await ended
    const account = await makeAccount(config, opened)
    await noteUnsealed(opened, gathering, log)
    announce(config, opened, listening)
    server = opened
    opening.resolve()
    console.out(greeting(config, account, listening.url))
    return await ended
  } finally {
    opening.resolve()
    await listening.close(0)
    await opened?.close()
  }
}

/** Leaves a record of which shares unsealed the store. */
async function noteUnsealed({ storage }: Assembled, gathering: Gathering, log: Log): Promise<void> {
  const shares = gathering.used()
  log.info({ shares }, 'the store is unsealed')
  await storage.unit('write', (unit) => recorded(storage)(unit, 'Unseal', { shares }))
}

/** What is being opened, or undefined when the server was stopped before that. */
async function orStopped(opening: Promise<Assembled>): Promise<Assembled | undefined> {
  try {
    return await opening
  } catch (error) {
    if (error instanceof Cancelled) return undefined
    throw error
  }
}

/** The primary of several workers: makes what the first start makes, then serves nothing itself. */
async function lead(config: ServeConfig, console: Console, log: Log): Promise<number> {
  const metrics = openMetrics(version)
  const role = { shared: true, beside: false, runsJobs: false, acceptJournal: config.acceptAuditJournal }
  const { first, gathering } = waitsForShares(config)
    ? await unsealed(config, console, log, metrics, role)
    : { first: await assemble(planOf(config, log, metrics, role)), gathering: undefined }
  if (first === undefined) return 0
  let root: Root
  let account: Bootstrapped
  try {
    account = await makeAccount(config, first)
    if (gathering !== undefined) await noteUnsealed(first, gathering, log)
    root = copyOf(first.held.root())
  } finally {
    await first.close()
  }
  try {
    return await runPrimary({
      workers: config.workers,
      graceMs: config.shutdownGraceMs,
      log,
      metrics: clusterMetrics(),
      ready: (url) => console.out(greeting(config, account, url)),
      root: () => ({ number: root.number, bytes: Uint8Array.from(root.bytes()) }),
      onRoot: ({ number, bytes }) => {
        const next = new Root(bytes, number)
        if (next.number <= root.number) return next.forget()
        root.forget()
        root = next
      },
    })
  } finally {
    root.forget()
  }
}
/** Listens while the store is sealed; the port is closed when it is not any more, for the workers to take it. */
async function unsealed(
  config: ServeConfig,
  console: Console,
  log: Log,
  metrics: Metrics,
  role: Role,
): Promise<{ readonly first: Assembled | undefined; readonly gathering: Gathering }> {
  const gathering = new Gathering(systemRandom)
  const opening = Promise.withResolvers<void>()
  let isOpen = false
  const parts = sealedParts(gathering, () => undefined, { isOpen: () => isOpen, done: opening.promise })
  const listening = await listenFor(config, parts, log, metrics, () => metrics.metrics())
  const signals = ['SIGTERM', 'SIGINT'] as const
  const cancel = () => gathering.cancel()
  const reload = () => void listening.reload()
  for (const signal of signals) process.on(signal, cancel)
  process.on('SIGHUP', reload)
  try {
    console.out(sealedStart(listening.url))
    const first = await orStopped(assemble(planOf(config, log, metrics, role, gathering.seal())))
    isOpen = first !== undefined
    return { first, gathering }
  } finally {
    opening.resolve()
    for (const signal of signals) process.off(signal, cancel)
    process.off('SIGHUP', reload)
    await listening.close(config.shutdownGraceMs)
  }
}

const copyOf = (root: Root): Root => new Root(Uint8Array.from(root.bytes()), root.number)

async function serveAsWorker(config: ServeConfig, log: Log): Promise<number> {
  const membership = joinDirectory(config.directory)
  try {
    return await runWorker(log, async ({ jobs, root, metrics: together, onRoot }) => {
      const metrics = openMetrics(version)
      const seal = root === undefined ? undefined : new Root(root.bytes, root.number)
      const server = await assemble({
        ...planOf(config, log, metrics, { shared: true, runsJobs: jobs }, seal),
        onRoot: (next) => onRoot({ number: next.number, bytes: Uint8Array.from(next.bytes()) }),
      })
      const listening = await listenFor(config, partsOf(server), log, metrics, together)
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

/** What a listener asks of a server. */
type ListenParts = Pick<HttpParts, 'handle' | 'allowance' | 'uploader' | 'downloads' | 'admin' | 'paths'>

const partsOf = (server: Assembled): ListenParts => ({
  handle: server.handle,
  allowance: server.allowance,
  uploader: server.uploader,
  downloads: server.downloads,
  admin: { health: server.health },
})

function listenFor(
  config: ServeConfig,
  parts: ListenParts,
  log: Log,
  metrics: Metrics,
  text: () => Promise<string>,
  clock: Clock = systemClock,
): Promise<Listening> {
  const endpoint = config.endpointPath === undefined ? undefined : readEndpoint(config.endpointPath)
  const { handle } = parts
  return listening(
    listen(config, {
      ...parts,
      handle: endpoint === undefined ? handle : (raw) => handle({ ...raw, endpoint }),
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
  metrics.watch({ load: () => server.load(), certificateEnds: () => server.certificateEnds() })
  return server
}

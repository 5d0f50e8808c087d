import { SettableClock, systemClock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { memorySeal } from '#kernel/sealing/seal'
import type { DevConfig } from './config.ts'
import { type Console, devStart, type RootCredentials } from './greeting.ts'
import { listen } from './http.ts'
import { endpointOf } from './runtime/endpoint.ts'
import type { Endpoint } from './runtime/environment.ts'
import { plant, readSeed } from './seed.ts'
import { type Assembled, assemble } from './server.ts'
import { bootstrap } from './services/iam/accounts.ts'
import { untilStopped } from './signals.ts'
import { version } from './version.ts'

/** Runs `strongroom dev` until a signal ends it: everything in memory, time that can be moved. Answers the exit code. */
export async function dev(config: DevConfig, console: Console): Promise<number> {
  const clock = new SettableClock(systemClock.now(), true)
  const log = openLog({ level: config.logLevel, form: 'human', clock, to: 2 })
  const metrics = openMetrics(version)
  const seed = config.seedPath === undefined ? undefined : readSeed(config.seedPath)
  const { enforce, account } = config
  const { run, pythons, most, directory, endpoint: setting, caPath } = config.sandboxes
  let endpoint: Endpoint | undefined

  let root: RootCredentials | undefined = config.rootCredentials
  /** An empty server with its account, the same root credentials as before, and what the seed plants. */
  const fresh = async (): Promise<Assembled> => {
    const server = await assemble({
      kept: { kind: 'memory' },
      seal: memorySeal(),
      regions: config.regions,
      oidc: config.oidc,
      requestRates: config.requestRates,
      secretLimits: config.secretLimits,
      history: config.history,
      parameters: config.parameters,
      outlets: config.outlets,
      functions: config.functions,
      tracing: config.tracing,
      ...(run !== false
        ? { execution: { interpreters: { node: [process.execPath], python: pythons }, most, root: directory } }
        : {}),
      shared: false,
      runsJobs: true,
      clock,
      machineClock: systemClock,
      random: systemRandom,
      log,
      metrics,
      ...(enforce ? {} : { openAccount: account }),
    })
    const made = await bootstrap({
      storage: server.storage,
      vault: server.vault,
      random: systemRandom,
      now: clock.now(),
      account,
      rootAccessKeyId: root?.accessKeyId,
      rootSecretAccessKey: root?.secretAccessKey,
      made: (credentials) => {
        root = credentials
      },
    })
    if (endpoint !== undefined) server.reachedAt(endpoint)
    if (seed !== undefined) await plant(server, seed, made.account)
    return server
  }

  let server = await fresh()
  try {
    const listening = await listen(config, {
      handle: (raw) => server.handle(raw),
      allowance: (...request) => server.allowance(...request),
      uploader: (...request) => server.uploader(...request),
      downloads: { prefix: server.downloads.prefix, answer: (path, method) => server.downloads.answer(path, method) },
      admin: { health: () => server.health() },
      dev: {
        async reset() {
          const old = server
          server = await fresh()
          await old.close()
        },
        now: () => clock.now(),
        async travel(timeMs) {
          await server.runner.travel(clock, timeMs)
        },
      },
      log,
      metrics,
      clock,
      refused: (reason) => metrics.refused(reason),
    })
    endpoint = endpointOf({ url: listening.url, setting, caPath, certificatePath: undefined })
    server.reachedAt(endpoint)
    metrics.watch({ load: () => listening.load() })
    console.out(devStart({ url: listening.url, region: config.regions[0], account, root: enforce ? root : undefined }))
    return await untilStopped({ log, stop: () => listening.close(config.shutdownGraceMs) })
  } finally {
    await server.close()
    log.flush()
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint } from '#kernel/call'
import { SettableClock, systemClock } from '#kernel/clock'
import { type LogLevel, openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { memorySeal } from '#kernel/sealing/seal'
import { Secret } from '#kernel/values/bytes'
import { defaultLimits } from '../config.ts'
import type { FunctionSettings } from '../functions/settings.ts'
import { listen } from '../http.ts'
import { type Assembled, assemble, type Kept, type Plan } from '../server.ts'
import { bootstrap } from '../services/iam/accounts.ts'
import { rootCaller } from '../services/iam/callers.ts'
import type { OidcSettings } from '../services/sts/oidc/settings.ts'

/** What a test says about the server it starts; all of it may be left out. */
export interface StartOptions {
  /** Default: in memory. `file`: SQLite in a folder that goes with the server. */
  readonly engine?: 'memory' | 'file' | { readonly postgres: string }
  /** A clock that runs (as the machine's) or stands still until `advance`. Default: runs, so that SDKs need no correction. */
  readonly standing?: boolean
  /** Hours that the clock is behind the machine's at the start: who advances it by as many is where clients are. */
  readonly hoursAgo?: number
  readonly regions?: readonly string[]
  readonly account?: string
  /** As `strongroom dev`: unknown credentials count as the root of the account. */
  readonly open?: boolean
  /** Listens by TLS. */
  readonly tls?: { readonly certificatePath: string; readonly keyPath: string }
  /** Makes its listener a private endpoint. */
  readonly endpoint?: Endpoint
  /** How the keys of identity providers are had. */
  readonly oidc?: OidcSettings
  /** How built-in rotation functions are set up. */
  readonly functions?: FunctionSettings
  /** Who runs users' functions: in place of processes. */
  readonly sandboxes?: Plan['sandboxes']
  /** Runs users' functions in processes of this machine. */
  readonly execution?: Plan['execution']
  /** How often an account may ask Secrets Manager. */
  readonly requestRates?: Plan['requestRates']
  /** How the limits of Secrets Manager differ from AWS's. */
  readonly secretLimits?: Plan['secretLimits']
  readonly history?: Plan['history']
  /** How Parameter Store differs from AWS's. */
  readonly parameters?: Plan['parameters']
  /** Where the records of the audit trail go besides the journal. */
  readonly outlets?: Plan['outlets']
  /** Where traces go. */
  readonly tracing?: Plan['tracing']
  /** How CloudTrail's limits differ from AWS's. */
  readonly trailLimits?: Plan['trailLimits']
  /** Which lines `log` keeps. Default: all. */
  readonly level?: LogLevel
}

/** Spans of time that `advance` understands. */
export interface Span {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
}

/** A started server of a test's own: everything of `serve` but the process. */
export interface Started extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly account: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly clock: { now(): number; advance(span: Span): Promise<void> }
  /** The folder of an engine `file`. */
  readonly directory: string | undefined
  /** What the server wrote to its log so far. */
  log(): string
  readonly inside: Assembled
  readonly services: Assembled['services']
}

/** Starts a server on a free port. Its root credentials are random; it ends with `await using`. */
export async function start(options: StartOptions = {}): Promise<Started> {
  const { engine = 'memory', standing = false, endpoint, regions = ['us-east-1'], account = '111122223333' } = options
  const directory = engine === 'file' ? mkdtempSync(join(tmpdir(), 'strongroom-test-')) : undefined
  const clock = new SettableClock(systemClock.now() - (options.hoursAgo ?? 0) * 3_600_000, !standing)
  const lines: string[] = []
  const level = options.level ?? 'debug'
  const log = openLog({ level, form: 'json', clock, to: { write: (line) => void lines.push(line) } })
  const metrics = openMetrics('test')
  const kept: Kept =
    directory !== undefined
      ? { kind: 'file', directory }
      : typeof engine === 'object'
        ? { kind: 'postgres', url: new Secret(engine.postgres) }
        : { kind: 'memory' }
  const inside = await assemble({
    kept,
    seal: memorySeal(),
    regions,
    shared: false,
    runsJobs: !standing,
    clock,
    random: systemRandom,
    log,
    metrics,
    strict: true,
    ...(options.open === true ? { openAccount: account } : {}),
    ...(options.oidc === undefined ? {} : { oidc: options.oidc }),
    ...(options.requestRates === undefined ? {} : { requestRates: options.requestRates }),
    ...(options.secretLimits === undefined ? {} : { secretLimits: options.secretLimits }),
    ...(options.history === undefined ? {} : { history: options.history }),
    ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
    ...(options.trailLimits === undefined ? {} : { trailLimits: options.trailLimits }),
    ...(options.sandboxes === undefined ? {} : { sandboxes: options.sandboxes }),
    ...(options.execution === undefined ? {} : { execution: options.execution }),
    ...(options.functions === undefined ? {} : { functions: options.functions }),
    ...(options.outlets === undefined ? {} : { outlets: options.outlets }),
    tracing: options.tracing,
  })
  const made = await bootstrap({
    storage: inside.storage,
    vault: inside.vault,
    random: systemRandom,
    now: clock.now(),
    account,
  })
  if (made.accessKeyId === undefined || made.secretAccessKey === undefined) throw new Error('the store was not empty')
  const config = {
    mode: 'serve',
    listen: { host: '127.0.0.1', port: 0 },
    limits: defaultLimits,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  } as const
  const listening = await listen(config, {
    handle: endpoint === undefined ? inside.handle : (raw) => inside.handle({ ...raw, endpoint }),
    allowance: inside.allowance,
    uploader: inside.uploader,
    downloads: inside.downloads,
    admin: { health: inside.health },
    log,
    metrics,
    clock,
  })
  inside.reachedAt({ url: listening.url })
  return {
    url: listening.url,
    port: listening.port,
    account,
    credentials: { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey.reveal() },
    clock: {
      now: () => clock.now(),
      async advance({ days = 0, hours = 0, minutes = 0, seconds = 0 }) {
        await inside.runner.travel(clock, clock.now() + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
      },
    },
    directory,
    log: () => lines.join(''),
    inside,
    services: inside.services,
    async [Symbol.asyncDispose]() {
      await listening.close(1000)
      await inside.close()
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The root user of an account, for tests that call the inside. */
export const rootOf = (account: string) => rootCaller(account, 'AKIATESTTESTTESTTEST')

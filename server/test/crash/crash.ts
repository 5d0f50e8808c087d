import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { check, checkFiles } from './check.ts'
import { chance, load } from './load.ts'
import { type Clients, clientsOf } from './clients.ts'
import { type Running, serve } from './server.ts'

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

export interface CrashOptions {
  readonly directory: string
  /** PostgreSQL in place of the files of the data directory. */
  readonly database?: string
  readonly kills: number
  /** The same seed draws the same operations and moments (but not the same interleaving). */
  readonly seed: number
  readonly writers?: number
  /** Told after each kill. */
  readonly onKill?: (figures: CrashFigures) => void
}

/** What a crash test did and saw. Any loss is an AssertionError instead. */
export interface CrashFigures {
  kills: number
  /** Kills that came before the server was ready. */
  killedAtStart: number
  acknowledged: number
  secrets: number
  parameters: number
  versions: number
  /** Changes on their way when the server died: wholly made, or not at all. */
  openMade: number
  openNotMade: number
  /** Longest time from the start of a process after a kill to its readiness. */
  slowestRecoveryMs: number
  auditRecords: number
}

/**
 * Kills a server again and again while it is written to, and proves after each new start that all that was acknowledged
 * is there, nothing is there by half, and in the end that the audit chain holds, with one record for each call.
 */
export async function crash(options: CrashOptions): Promise<CrashFigures> {
  const below = chance(options.seed)
  const figures: CrashFigures = {
    kills: 0,
    killedAtStart: 0,
    acknowledged: 0,
    secrets: 0,
    parameters: 0,
    versions: 0,
    openMade: 0,
    openNotMade: 0,
    slowestRecoveryMs: 0,
    auditRecords: 0,
  }
  const requestIds: string[] = []
  let server = await start(options, figures)
  try {
    while (figures.kills < options.kills) {
      const client = clientsOf(server)
      const run = await underLoad(options, server, client, below, `r${figures.kills}`)
      figures.kills++
      figures.acknowledged += run.requestIds.length
      requestIds.push(...run.requestIds)
      if (options.database === undefined) checkFiles(options.directory)
      // one start in three does not live to be ready
      if (below(3) === 0 && figures.kills < options.kills) {
        const killed = await serve({ ...options, killAfterMs: 20 + below(250) })
        figures.kills++
        if (killed === undefined) figures.killedAtStart++
        else await killed.kill()
      }
      server = await start(options, figures)
      const again = clientsOf(server)
      const seen = await check(again, run)
      figures.secrets += seen.secrets
      figures.parameters += seen.parameters
      figures.versions += seen.versions
      figures.openMade += seen.openMade
      figures.openNotMade += seen.openNotMade
      again.destroy()
      options.onKill?.(figures)
    }
    await server.stop()
  } finally {
    await server.kill()
  }
  if (options.database === undefined) checkFiles(options.directory)
  figures.auditRecords = await checkTrail(options, requestIds)
  return figures
}

async function start(options: CrashOptions, figures: CrashFigures): Promise<Running> {
  const began = performance.now()
  const server = await serve(options)
  assert.ok(server !== undefined)
  if (figures.kills > 0)
    figures.slowestRecoveryMs = Math.max(figures.slowestRecoveryMs, Math.round(performance.now() - began))
  return server
}

/** Writes until the kill, which comes some milliseconds after a chosen acknowledgement: often between two steps of a call. */
async function underLoad(
  options: CrashOptions,
  server: Running,
  client: Clients,
  below: (end: number) => number,
  prefix: string,
) {
  const after = below(10) === 0 ? 0 : below(300)
  const pauseMs = below(4)
  let acknowledged = 0
  let killed: Promise<void> | undefined
  const kill = () => {
    killed ??= new Promise((resolve, reject) => {
      setTimeout(() => server.kill().then(resolve, reject), pauseMs)
    })
  }
  if (after === 0) kill()
  try {
    return await load(client, options.writers ?? 8, below, prefix, () => {
      if (++acknowledged === after) kill()
    })
  } finally {
    await killed
    client.destroy()
  }
}

/** Verifies the chain with the program's own command, and that each acknowledged call has exactly one record. */
async function checkTrail({ directory, database }: CrashOptions, requestIds: readonly string[]): Promise<number> {
  const place = ['--data', directory, ...(database === undefined ? [] : ['--database', database])]
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, 'audit', ...args, ...place], {
      maxBuffer: 2 ** 30,
      env: { PATH: process.env.PATH },
    })
  const verdict = JSON.parse((await run('verify', '--json')).stdout) as {
    ok: boolean
    records: number
    problems: unknown[]
  }
  assert.deepEqual(verdict.problems, [])
  assert.equal(verdict.ok, true)
  const { stdout } = await run('tail', '-n', String(verdict.records), '--json')
  const seen = new Map<string, number>()
  const ids = new Set<string>()
  for (const line of stdout.split('\n')) {
    if (line === '') continue
    const { requestID, eventSource, eventID } = JSON.parse(line) as {
      requestID: string
      eventSource: string
      eventID: string
    }
    // also what was on its way at a kill, and is recovered from the outbox, is there once
    assert.ok(!ids.has(eventID), `the event ${eventID} is in the trail twice`)
    ids.add(eventID)
    if (eventSource !== 'secretsmanager.amazonaws.com' && eventSource !== 'ssm.amazonaws.com') continue
    seen.set(requestID, (seen.get(requestID) ?? 0) + 1)
  }
  for (const id of requestIds) assert.equal(seen.get(id), 1, `records of the acknowledged request ${id}`)
  return verdict.records
}

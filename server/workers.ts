import cluster, { type Worker } from 'node:cluster'
import type { Log } from './http.ts'
import { type SignalSource, untilStopped } from './signals.ts'
import { StartError } from './start-error.ts'

/*
 * `--workers N`: one primary, N workers that share its port. The primary holds the lock on the data directory, migrates the
 * store and makes what the first start makes; it serves nothing itself. Workers hear from it by messages only, because a
 * terminal or systemd sends its signals to all of them at once.
 */

type ToWorker =
  | { readonly strongroom: 'role'; readonly jobs: boolean; readonly root: HandedRoot | undefined }
  | { readonly strongroom: 'stop' | 'reload' }
  | { readonly strongroom: 'metrics'; readonly id: number; readonly text: string | undefined }
type ToPrimary =
  | { readonly strongroom: 'ready'; readonly url: string }
  | { readonly strongroom: 'root'; readonly root: HandedRoot }
  | { readonly strongroom: 'metrics'; readonly id: number }

/**
 * The root key of the encryption on its way between the processes of one server, through their own pipe: the primary has opened
 * the store, and a worker need not do it again. Whoever gets it overwrites the bytes.
 */
export interface HandedRoot {
  readonly number: number
  readonly bytes: Uint8Array
}

/** True in a process that a primary has started. */
export const isWorker = (): boolean => cluster.isWorker

export interface PrimaryParts {
  readonly workers: number
  /** A worker that still runs this long after it was asked to stop (plus a margin) is killed. */
  readonly graceMs: number
  readonly log: Log
  /** All workers listen: told once, with the URL. */
  ready(url: string): void
  /** The metrics of all workers together (prom-client's AggregatorRegistry). */
  metrics?(): Promise<string>
  /** A copy of the root key, for a worker that starts. */
  root?(): HandedRoot
  /** A worker has followed to another root key: those that start from now on need that one. */
  onRoot?(root: HandedRoot): void
  readonly signals?: SignalSource
  /** Wait before a worker that died is replaced; doubled each time up to 256-fold, reset when one has lived 10 s. */
  readonly firstBackoffMs?: number
}

const KILL_MARGIN_MS = 5000
const SETTLED_MS = 10_000

interface Slot {
  readonly jobs: boolean
  worker: Worker | undefined
  deaths: number
  timer: NodeJS.Timeout | undefined
}

/** Starts the workers, replaces those that die, and stops them when asked; answers the exit code. */
export async function runPrimary(parts: PrimaryParts): Promise<number> {
  const { log, firstBackoffMs = 100 } = parts
  const slots: Slot[] = Array.from({ length: parts.workers }, (_, at) => ({
    jobs: at === 0,
    worker: undefined,
    deaths: 0,
    timer: undefined,
  }))
  const ready = new Set<Slot>()
  const failed = Promise.withResolvers<never>()
  let announced = false
  let stopping = false
  let gone: (() => void) | undefined

  const start = (slot: Slot): void => {
    // bytes travel as bytes: as text they would stay in memory for who knows how long
    cluster.setupPrimary({ serialization: 'advanced' })
    const worker = cluster.fork()
    slot.worker = worker
    slot.timer = setTimeout(() => {
      slot.deaths = 0
    }, SETTLED_MS).unref()
    worker.on('online', () => {
      const root = parts.root?.()
      tell(worker, { strongroom: 'role', jobs: slot.jobs, root }, () => root?.bytes.fill(0))
    })
    worker.on('message', (message: ToPrimary) => {
      if (message.strongroom === 'metrics') void answerMetrics(parts, worker, message.id)
      if (message.strongroom === 'root') parts.onRoot?.(message.root)
      if (message.strongroom !== 'ready') return
      ready.add(slot)
      if (announced || ready.size < slots.length) return
      announced = true
      parts.ready(message.url)
    })
    worker.on('error', (error) => log.error({ err: error, pid: worker.process.pid }, 'a worker failed'))
    worker.on('exit', (code, signal) => {
      clearTimeout(slot.timer)
      slot.worker = undefined
      if (slots.every((one) => one.worker === undefined)) gone?.()
      if (stopping) return
      if (!announced) return failed.reject(new StartError('a worker could not start', 'it has told why'))
      const waitMs = firstBackoffMs * 2 ** Math.min(slot.deaths, 8)
      slot.deaths++
      log.error({ code, signal, waitMs }, 'a worker died and is replaced')
      slot.timer = setTimeout(() => start(slot), waitMs)
    })
  }

  const stopAll = async (): Promise<void> => {
    stopping = true
    const allGone = new Promise<void>((resolve) => {
      gone = resolve
    })
    for (const slot of slots) {
      clearTimeout(slot.timer)
      if (slot.worker !== undefined) tell(slot.worker, { strongroom: 'stop' })
    }
    const kill = setTimeout(() => {
      for (const slot of slots) slot.worker?.process.kill('SIGKILL')
    }, parts.graceMs + KILL_MARGIN_MS)
    if (slots.some((slot) => slot.worker !== undefined)) await allGone
    clearTimeout(kill)
  }

  const stopped = untilStopped({
    log,
    ...(parts.signals === undefined ? {} : { signals: parts.signals }),
    stop: stopAll,
    reload: () => {
      for (const { worker } of slots) if (worker !== undefined) tell(worker, { strongroom: 'reload' })
    },
  })
  for (const slot of slots) start(slot)
  try {
    return await Promise.race([stopped, failed.promise])
  } catch (error) {
    await stopAll()
    throw error
  }
}

async function answerMetrics({ metrics, log }: PrimaryParts, worker: Worker, id: number): Promise<void> {
  try {
    tell(worker, { strongroom: 'metrics', id, text: await metrics?.() })
  } catch (error) {
    log.warn({ err: error }, "the workers' metrics can't be collected")
    tell(worker, { strongroom: 'metrics', id, text: undefined })
  }
}

function tell(worker: Worker, message: ToWorker, sent: () => void = () => undefined): void {
  if (worker.isConnected()) worker.send(message, undefined, sent)
  else sent()
}

/** What a worker is for, and what it can ask of its primary. */
export interface WorkerRole {
  /** This one runs the jobs that are due. */
  readonly jobs: boolean
  /** The root key, when the primary has one: the worker's own from now on. */
  readonly root: HandedRoot | undefined
  /** The metrics of all workers together. */
  metrics(): Promise<string>
  /** Tells the primary of another root key; the bytes are overwritten when it is told. */
  onRoot(root: HandedRoot): void
}

/** A worker that listens. */
export interface WorkerServer {
  readonly url: string
  stop(): Promise<void>
  reload(): void
}

/** Runs a worker until its primary stops it or is gone; answers the exit code. */
export async function runWorker(log: Log, start: (role: WorkerRole) => Promise<WorkerServer>): Promise<number> {
  const role = Promise.withResolvers<Pick<WorkerRole, 'jobs' | 'root'>>()
  const stop = Promise.withResolvers<void>()
  const questions = new Map<number, (text: string | undefined) => void>()
  let asked = 0
  let server: WorkerServer | undefined
  process.on('message', (message: ToWorker) => {
    if (message.strongroom === 'role') role.resolve(message)
    if (message.strongroom === 'stop') stop.resolve()
    if (message.strongroom === 'reload') server?.reload()
    if (message.strongroom === 'metrics') questions.get(message.id)?.(message.text)
  })
  // Without its primary nobody holds the lock on the data directory.
  process.on('disconnect', () => stop.resolve())
  process.on('SIGTERM', () => stop.resolve())
  process.on('SIGINT', () => undefined)
  process.on('SIGHUP', () => undefined)

  const metrics = async (): Promise<string> => {
    const id = asked++
    const answer = Promise.withResolvers<string | undefined>()
    questions.set(id, answer.resolve)
    send({ strongroom: 'metrics', id })
    const text = await answer.promise
    questions.delete(id)
    if (text === undefined) throw new Error("the workers' metrics can't be collected")
    return text
  }
  const { jobs, root } = await role.promise
  const onRoot = (next: HandedRoot) => send({ strongroom: 'root', root: next }, () => next.bytes.fill(0))
  server = await start({ jobs, root, metrics, onRoot })
  send({ strongroom: 'ready', url: server.url })
  await stop.promise
  try {
    await server.stop()
    return 0
  } catch (error) {
    log.error({ err: error }, 'stopping failed')
    return 1
  }
}

function send(message: ToPrimary, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent)
  else sent()
}

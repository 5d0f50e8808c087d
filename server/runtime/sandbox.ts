import { chmodSync, chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import { Secret } from '#kernel/values/bytes'
import type { Invocation, Ran, Runnable } from '../services/lambda/sandboxes.ts'
import { RuntimeApi, type Said } from './api.ts'
import { Cell, type CellLimits, type Ended, type Program } from './cell.ts'
import { type Endpoint, environmentOf, type RoleCredentials } from './environment.ts'
import * as failures from './failures.ts'
import type { Interpreter } from './interpreters.ts'
import { Capture, type LogLine } from './logs/capture.ts'
import { Hidden } from './logs/hidden.ts'
import { peerOf } from './peer.ts'
import type { User } from './users.ts'
import { unzip } from './unzip.ts'
import type { Excess, Watch } from './watch.ts'

/** Source: rotation.md 15.1. */
export const INIT_MS = 10_000
/** After its answer a function asks for the next event; one that does not is ended. */
const NEXT_MS = 1000
/** From the end of a process to the end of what it has said. */
const LAST_WORDS_MS = 50
/** Output beyond this, in one invocation, is read slowly: bytes; and how long it rests. */
const FLOOD_BYTES = 2 * 1024 * 1024
const FLOOD_REST_MS = 20
/** Source: rotation.md 14.2, X-Amz-Log-Result. */
const TAIL_BYTES = 4096

/** Processes, threads and open files as Lambda has them. Source: Lambda quotas (1,024 of each); fewer processes here: they are one machine's. */
const PROCESSES = 128
const FILES = 1024

export interface SandboxParts {
  readonly place: string
  readonly clock: Clock
  /** The machine's own, by which functions tell how much time is left. */
  readonly machine: Clock
  readonly random: Random
  readonly watch: Watch
  readonly interpreter: Interpreter
  readonly user: User | undefined
  readonly credentials: RoleCredentials
  readonly endpoint: Endpoint
  /** Values that this server has handed out to the holder of an access key. */
  readonly handled: (accessKeyId: string) => Iterable<Secret | string>
  readonly log: (lines: readonly LogLine[], stream: string) => void
  /** Milliseconds that an initialisation may take. */
  readonly initMs: number
}

/** How the start of a sandbox ended. */
export type Started = 'ready' | 'timed out' | 'failed'

type End =
  | { readonly kind: 'said'; readonly said: Said }
  | { readonly kind: 'exited'; readonly ended: Ended }
  | { readonly kind: 'late' }
  | { readonly kind: 'aborted' }

/** One process (and what it starts) that runs the events of one version of one function, one after the other. */
export class Sandbox {
  readonly credentials: RoleCredentials
  readonly revision: string
  readonly stream: string
  /** Milliseconds by the clock. */
  idleSince = 0
  #parts: SandboxParts
  #runnable: Runnable
  #cell: Cell
  #capture = new Capture()
  #api: RuntimeApi | undefined
  #excess: Excess | undefined
  #initError: Buffer | undefined
  #initMs: number | undefined
  #ready = Promise.withResolvers<void>()
  #said = Promise.withResolvers<Said>()
  #token: Secret
  #outputs: NodeJS.ReadableStream[] = []
  #turnBytes = 0
  /** What was printed is read to its end now, however much it is. */
  #settling = false
  #waitsForEvent = false
  #starting: Promise<unknown> | undefined
  #ending = false
  #closed: Promise<void> | undefined

  constructor(parts: SandboxParts, runnable: Runnable) {
    const { place, random, user, credentials, clock } = parts
    this.#parts = parts
    this.#runnable = runnable
    this.credentials = credentials
    this.revision = runnable.revision
    const id = random.bytes(16).toString('hex')
    this.stream = streamName(runnable.version, clock.now(), id)
    this.#token = new Secret(random.bytes(24).toString('base64url'))
    this.#cell = Cell.make(place, id, user)
  }

  get alive(): boolean {
    return this.#closed === undefined && this.#cell.running
  }

  /** Whether it can take another event: it waits for one, and nothing went wrong with it. */
  get reusable(): boolean {
    return this.alive && this.#waitsForEvent
  }

  /** Memory of all its processes together, at the most so far: megabytes. */
  get peakMb(): number {
    return Math.ceil(this.#cell.peakBytes / 1024 / 1024)
  }

  get #limits(): CellLimits {
    const { memoryMb, ephemeralMb } = this.#runnable
    return { memoryMb, scratchMb: ephemeralMb, processes: PROCESSES, files: FILES }
  }

  /** Unpacks the code, starts the process and waits until it asks for its first event. Throws BadZip and errors of the machine. */
  start(budgetMs: number, signal: AbortSignal): Promise<Started> {
    const starting = this.#start(budgetMs, signal)
    this.#starting = starting.catch(() => undefined)
    return starting
  }

  async #start(budgetMs: number, signal: AbortSignal): Promise<Started> {
    const { interpreter, user, clock, watch } = this.#parts
    await unzip(await this.#runnable.code(), this.#cell.code)
    const bootstrap = this.#bootstrap()
    if (typeof bootstrap !== 'string') return this.#failed(bootstrap)
    const token = interpreter.kind === 'provided' ? undefined : this.#token.reveal()
    this.#api = await RuntimeApi.open({ token, uid: user?.uid ?? process.geteuid?.(), events: this })
    const environment = this.#environment(this.#api, token)
    const { runtime, region } = this.#runnable
    const version = `${runtime.replace(/^(nodejs|python)/, '$1:')}.v${interpreter.version}`
    this.#say(
      `INIT_START Runtime Version: ${version}\tRuntime Version ARN: arn:aws:lambda:${region}::runtime:${runtime}`,
    )
    // Nothing may start that nobody is going to end.
    if (this.#ending) return this.#failed(undefined)
    const began = performance.now()
    const child = await this.#cell.start(
      program(interpreter, bootstrap, this.#runnable, environment),
      this.#limits,
      `AWS_LAMBDA_RUNTIME_API=${this.#api.address}`,
    )
    for (const [stream, channel] of [
      [child.stdout, 'out'],
      [child.stderr, 'err'],
    ] as const) {
      if (stream === null) continue
      this.#outputs.push(stream)
      stream.on('error', () => undefined)
      stream.on('data', (bytes: Buffer) => {
        this.#turnBytes += bytes.length
        this.#capture.add(channel, bytes, clock.now())
        if (this.#capture.bytes > FLOOD_BYTES && !this.#settling) rest(stream)
      })
    }
    const unwatch = watch.add(this.#cell, this.#limits, (what) => this.#exceeds(what))
    try {
      const ready = this.#ready.promise.then(() => ({ kind: 'ready' }) as const)
      const end = await this.#first(ready, budgetMs, signal)
      this.#initMs = performance.now() - began
      if (end.kind === 'ready') return 'ready'
      if (end.kind === 'late') return 'timed out'
      return this.#failed(this.#initError)
    } finally {
      unwatch()
    }
  }

  #failed(error: Buffer | undefined): 'failed' {
    this.#initError = error
    return 'failed'
  }

  /** Our bootstrap, where a sandbox can read it; that of a custom runtime. A buffer: the error that is told instead. */
  #bootstrap(): string | Buffer {
    const { interpreter } = this.#parts
    if (interpreter.kind === 'provided') {
      const file = join(this.#cell.code, 'bootstrap')
      const mode = modeOf(file)
      const shown = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
      if (mode === undefined) return failures.noBootstrap('', shown)
      return (mode & 0o111) === 0 ? failures.noBootstrap('', 'fork/exec /var/task/bootstrap: permission denied') : file
    }
    const name = interpreter.kind === 'node' ? 'node.mjs' : 'python.py'
    const file = join(this.#cell.runtime, name)
    copyFileSync(join(import.meta.dirname, 'bootstrap', name), file)
    chmodSync(file, 0o644)
    return file
  }

  #environment(api: RuntimeApi, token: string | undefined): Record<string, string> {
    const { interpreter, credentials, endpoint } = this.#parts
    const { code, runtime, scratch, user } = this.#cell
    const caFile = endpoint.ca === undefined ? undefined : join(runtime, 'ca.pem')
    if (caFile !== undefined) {
      writeFileSync(caFile, endpoint.ca ?? '', { mode: 0o644 })
      if (user !== undefined) chownSync(caFile, 0, user.uid)
    }
    return environmentOf({
      ...{ runnable: this.#runnable, interpreter, credentials, endpoint, stream: this.stream, token },
      ...{ api: api.address, code, runtime, scratch, caFile },
    })
  }

  /** Runs one event. `startedIn`: milliseconds of its time that an initialisation within it took. */
  async invoke(runnable: Runnable, invocation: Invocation, startedIn = 0): Promise<Ran> {
    const { requestId, signal } = invocation
    const { machine, random, watch } = this.#parts
    this.#say(`START RequestId: ${requestId} Version: ${runnable.version}`)
    this.#said = Promise.withResolvers<Said>()
    this.#ready = Promise.withResolvers<void>()
    const leftMs = Math.max(1, runnable.timeoutMs - startedIn)
    const unwatch = watch.add(this.#cell, this.#limits, (what) => this.#exceeds(what))
    const began = performance.now()
    this.#cell.thaw()
    this.#api?.deliver({
      requestId,
      payload: invocation.payload,
      deadlineMs: Math.ceil(machine.now() + leftMs),
      invokedArn: runnable.invokedArn,
      traceId: traceId(machine.now(), random),
      clientContext: invocation.clientContext,
    })
    try {
      const end = await this.#first(
        this.#said.promise.then((said) => ({ kind: 'said', said }) as const),
        leftMs,
        signal,
      )
      const tookMs = performance.now() - began + startedIn
      const answer = await this.#answer(end, runnable, requestId)
      await this.#settle(answer.alive)
      this.#waitsForEvent = answer.alive
      return this.#finish(runnable, invocation, answer, tookMs)
    } finally {
      unwatch()
    }
  }

  async #answer(end: End, runnable: Runnable, requestId: string): Promise<Answer> {
    switch (end.kind) {
      case 'said': {
        const { said } = end
        // What it started in the background ends with the event. One that died right after it answered has answered.
        const alive = await this.#waitsAgain()
        if (this.#excess !== undefined) {
          const how = failures.howItEnded({ code: null, signal: 'SIGKILL' }, true)
          return { alive: false, failed: true, payload: failures.exited(requestId, how), how }
        }
        if (said.kind === 'response') return { alive, failed: false, payload: said.body }
        if (said.kind === 'error') return { alive, failed: true, payload: failures.reported(said.body, said.type) }
        return { alive, failed: true, payload: failures.answerTooLarge(said.bytes) }
      }
      case 'late':
        await this.#cell.kill()
        return { alive: false, failed: true, payload: failures.timedOut(requestId, runnable.timeoutMs), late: true }
      case 'aborted':
        await this.#cell.kill(0)
        return {
          alive: false,
          failed: true,
          payload: failures.exited(requestId, 'Runtime exited without providing a reason'),
        }
      case 'exited': {
        const how = failures.howItEnded(end.ended, this.#excess !== undefined)
        return { alive: false, failed: true, payload: failures.exited(requestId, how), how }
      }
    }
  }

  /** Whether the process asks for the next event, and is alone then. */
  async #waitsAgain(): Promise<boolean> {
    const ready = this.#ready.promise.then(() => ({ kind: 'ready' }) as const)
    const end = await this.#first(ready, NEXT_MS, NEVER)
    if (end.kind !== 'ready' || this.#excess !== undefined) return false
    const asking = this.#api?.asking
    const peer = asking === undefined ? undefined : await peerOf(asking)
    // What it has printed is read first. Then nothing new comes: it stands still.
    await this.#settle(false)
    this.#cell.freeze()
    return this.#cell.endOthers(peer?.inode)
  }

  /** Waits until what was printed before the answer has been read. */
  async #settle(alive: boolean): Promise<void> {
    this.#settling = true
    for (const stream of this.#outputs) stream.resume()
    let quiet = 0
    for (let turns = 0; turns < 200 && quiet < 3; turns++) {
      this.#turnBytes = 0
      await new Promise((resolve) => setImmediate(resolve))
      quiet = this.#turnBytes === 0 ? quiet + 1 : 0
    }
    this.#settling = false
    if (alive) this.#cell.freeze()
  }

  #finish(runnable: Runnable, invocation: Invocation, answer: Answer, tookMs: number): Ran {
    const { requestId } = invocation
    const { memoryMb, timeoutMs } = runnable
    const values = this.#hidden(invocation.hidden ?? [])
    // Nothing that it prints will be kept any more: the next event gets a new one.
    if (values.tooMany) this.#waitsForEvent = false
    if (this.#excess === 'scratch')
      this.#say(
        `${requestId} the files of the function are larger than its ${runnable.ephemeralMb} MB of scratch space`,
      )
    const shown = answer.late === true ? timeoutMs : tookMs
    const init = this.#initMs === undefined ? '' : `Init Duration: ${this.#initMs.toFixed(2)} ms\t`
    this.#initMs = undefined
    this.#cell.memory(Number.POSITIVE_INFINITY)
    this.#say(`END RequestId: ${requestId}`)
    this.#say(
      `REPORT RequestId: ${requestId}\tDuration: ${shown.toFixed(2)} ms\tBilled Duration: ${Math.ceil(shown)} ms\tMemory Size: ${memoryMb} MB\tMax Memory Used: ${Math.min(this.peakMb, memoryMb)} MB\t${init}`,
    )
    if (answer.late === true) {
      const at = new Date(this.#parts.clock.now()).toISOString()
      this.#say(`${at} ${requestId} ${failures.timedOutText(timeoutMs)}\n`)
    } else if (answer.how !== undefined) this.#say(`RequestId: ${requestId} Error: ${answer.how}\nRuntime.ExitError`)
    return {
      functionError: answer.failed ? 'Unhandled' : undefined,
      payload: answer.payload,
      logTail: this.#keep(values),
      hide: (text) => values.hide(text),
    }
  }

  /** All that this sandbox must not be seen to say. */
  #hidden(more: readonly Secret[]): Hidden {
    const { credentials, handled } = this.#parts
    const { accessKeyId, secretAccessKey, sessionToken } = credentials
    return new Hidden([secretAccessKey, sessionToken, this.#token, ...more, ...handled(accessKeyId)])
  }

  /** Writes the log of what was done since the last time; answers the end of it. */
  #keep(hidden: Hidden): Buffer {
    const lines = this.#capture.take(hidden)
    this.#parts.log(lines, this.stream)
    const tail = Buffer.from(
      lines
        .slice(-200)
        .map(({ text }) => `${text}\n`)
        .join(''),
    )
    return tail.subarray(Math.max(0, tail.length - TAIL_BYTES))
  }

  /** The answer to an event for which the sandbox did not start. */
  async unstarted(
    runnable: Runnable,
    invocation: Invocation,
    why: 'timed out' | 'failed',
    tookMs: number,
  ): Promise<Ran> {
    const { requestId } = invocation
    const ended = this.#cell.running ? undefined : await this.#cell.ended
    await this.#cell.kill(0)
    await this.#settle(false)
    this.#say(`START RequestId: ${requestId} Version: ${runnable.version}`)
    if (why === 'timed out') {
      const payload = failures.timedOut(requestId, runnable.timeoutMs)
      return this.#finish(runnable, invocation, { alive: false, failed: true, payload, late: true }, tookMs)
    }
    const how = failures.howItEnded(ended ?? { code: null, signal: null }, this.#excess !== undefined)
    const payload = this.#initError ?? failures.exited(requestId, how)
    return this.#finish(runnable, invocation, { alive: false, failed: true, payload }, tookMs)
  }

  /** Notes in the log that the initialisation took too long. */
  lateInit(): void {
    this.#say(`INIT_REPORT Init Duration: ${(this.#initMs ?? 0).toFixed(2)} ms\tPhase: init\tStatus: timeout`)
    this.#keep(this.#hidden([]))
  }

  /** Ends it; nothing of it stays. */
  close(graceMs = 0): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    return this.#closed
  }

  async #close(graceMs: number): Promise<void> {
    this.#ending = true
    await this.#cell.kill(graceMs)
    await this.#starting
    this.#api?.close()
    await this.#cell.close()
  }

  // What the Runtime API tells.

  waits(): void {
    this.#ready.resolve()
  }

  said(said: Said): void {
    this.#said.resolve(said)
  }

  initFailed(body: Buffer, type: string): void {
    this.#initError = failures.reported(body, type)
  }

  #exceeds(what: Excess): void {
    this.#excess = what
    void this.#cell.kill(0)
  }

  #say(text: string): void {
    this.#capture.say(text, this.#parts.clock.now())
  }

  /** What comes first: what is waited for, the end of the process, of the time, or of the caller's patience. */
  async #first<T extends { readonly kind: string }>(
    wanted: Promise<T>,
    ms: number,
    signal: AbortSignal,
  ): Promise<T | Exclude<End, { kind: 'said' }>> {
    const late = Promise.withResolvers<{ readonly kind: 'late' } | { readonly kind: 'aborted' }>()
    const timer = setTimeout(() => late.resolve({ kind: 'late' }), ms)
    const aborted = () => late.resolve({ kind: 'aborted' })
    signal.addEventListener('abort', aborted)
    if (signal.aborted) aborted()
    const exited = this.#cell.ended.then((ended) => ({ kind: 'exited', ended }) as const)
    try {
      const first = await Promise.race([wanted, late.promise, exited])
      if (first.kind !== 'exited') return first
      // What it said last may still be on its way.
      const waited = Promise.withResolvers<void>()
      setTimeout(waited.resolve, LAST_WORDS_MS)
      return await Promise.race([wanted, waited.promise.then(() => exited)])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
    }
  }
}

interface Answer {
  /** It can take another event. */
  readonly alive: boolean
  readonly failed: boolean
  readonly payload: Uint8Array
  readonly late?: true
  readonly how?: string
}

/** Nobody's impatience. */
const NEVER = new AbortController().signal

/** Stops reading for a moment: who prints without end has to wait. */
function rest(stream: NodeJS.ReadableStream): void {
  stream.pause()
  setTimeout(() => stream.resume(), FLOOD_REST_MS).unref()
}

function modeOf(file: string): number | undefined {
  try {
    const found = statSync(file)
    return found.isFile() ? found.mode : undefined
  } catch {
    // it is not there
    return undefined
  }
}

function program(
  { kind, file }: Interpreter,
  bootstrap: string,
  { memoryMb }: Runnable,
  environment: Record<string, string>,
): Program {
  if (kind === 'provided') return { file: bootstrap, args: [], environment }
  if (kind === 'python') return { file, args: [bootstrap], environment }
  // Lambda leaves a tenth of the memory to what is not the heap.
  return { file, args: [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`, bootstrap], environment }
}

/** `2026/11/22/[$LATEST]0123…` Source: rotation.md 15.4. */
function streamName(version: string, now: number, id: string): string {
  return `${new Date(now).toISOString().slice(0, 10).replaceAll('-', '/')}/[${version}]${id}`
}

/** An X-Ray id: nothing is sampled. */
function traceId(now: number, random: Random): string {
  const second = Math.floor(now / 1000).toString(16)
  return `Root=1-${second}-${random.bytes(12).toString('hex')};Parent=${random.bytes(8).toString('hex')};Sampled=0`
}

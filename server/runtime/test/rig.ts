import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { SettableClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { Secret } from '#kernel/values/bytes'
import type { Invocation, Ran, Runnable } from '../../services/lambda/sandboxes.ts'
import { LocalSandboxes, type LogLines, type SandboxesOptions } from '../sandboxes.ts'
import { zip, type ZipEntry } from './zip.ts'

export const asRoot = process.platform === 'linux' && process.geteuid?.() === 0

/** Python interpreters, those of the path first, as a server would look for them. */
export const pythons = [
  ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'python3')),
  '/usr/bin/python3',
].filter((file) => existsSync(file))

export const T0 = Date.UTC(2026, 0, 2, 3, 4, 5)

/** Sandboxes in a folder of their own, a role that is always there, and a log that can be read. */
export function rig(options: Partial<SandboxesOptions> = {}) {
  const clock = new SettableClock(T0)
  const root = mkdtempSync(join(tmpdir(), 'strongroom-runtime-'))
  // Others must be able to pass.
  execFileSync('chmod', ['711', root])
  const logged: LogLines[] = []
  const problems: unknown[] = []
  let assumed = 0
  const sandboxes = new LocalSandboxes({
    clock,
    random: systemRandom,
    assumeRole: async () => ({
      accessKeyId: `ASIAEXAMPLE${++assumed}`,
      secretAccessKey: new Secret(`secret-access-key-${assumed}`),
      sessionToken: new Secret(`session-token-${assumed}`),
      expiresAt: clock.now() + 3_600_000,
    }),
    endpoint: () => ({ url: 'http://127.0.0.1:4566' }),
    interpreters: { node: [process.execPath], python: pythons },
    log: (lines) => void logged.push(lines),
    onProblem: (error) => void problems.push(error),
    root: join(root, 'functions'),
    ...options,
  })
  return {
    sandboxes,
    clock,
    root,
    logged,
    problems,
    /** How many times credentials were asked for. */
    get assumed() {
      return assumed
    },
    text: () => logged.flatMap(({ lines }) => lines.map(({ text }) => text)).join('\n'),
    async invoke(runnable: Runnable, event: unknown = {}, more: Partial<Invocation> = {}): Promise<Answered> {
      const ran = await sandboxes.run(runnable, {
        requestId: systemRandom.uuid(),
        payload: Buffer.from(JSON.stringify(event)),
        signal: new AbortController().signal,
        ...more,
      })
      return {
        ...ran,
        answer: JSON.parse(Buffer.from(ran.payload).toString()),
        tail: Buffer.from(ran.logTail).toString(),
      }
    },
    async [Symbol.asyncDispose]() {
      await sandboxes.close()
      rmSync(root, { recursive: true, force: true })
      if (problems.length > 0) throw new AggregateError(problems, 'the sandboxes had problems')
    },
  }
}

export interface Answered extends Ran {
  // biome-ignore lint/suspicious/noExplicitAny: what functions of tests answer is looked at by the tests
  readonly answer: any
  readonly tail: string
}

/** A function of these files. */
export function runnable(
  files: readonly ZipEntry[] | Readonly<Record<string, string>>,
  more: Partial<Runnable> = {},
): Runnable {
  const code = zip(files)
  return {
    account: '111122223333',
    region: 'us-east-1',
    name: 'fn',
    version: '$LATEST',
    invokedArn: 'arn:aws:lambda:us-east-1:111122223333:function:fn',
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    role: 'arn:aws:iam::111122223333:role/fn',
    timeoutMs: 10_000,
    memoryMb: 256,
    ephemeralMb: 512,
    environment: new Map(),
    revision: '1',
    logGroup: '/aws/lambda/fn',
    code: async () => code,
    ...more,
  }
}

/** A Node function of one file. */
export const node = (source: string, more: Partial<Runnable> = {}) => runnable({ 'index.mjs': source }, more)

/** A Python function of one file. */
export const python = (source: string, more: Partial<Runnable> = {}) =>
  runnable({ 'main.py': source }, { runtime: 'python3.13', handler: 'main.handler', ...more })

/** A custom runtime: a shell script. */
export const shell = (source: string, more: Partial<Runnable> = {}) =>
  runnable([{ name: 'bootstrap', content: `#!/bin/sh\n${source}`, mode: 0o100755 }], {
    runtime: 'provided.al2023',
    ...more,
  })

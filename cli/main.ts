#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=4 --no-parallel-scavenge --heap-growing-percent=35
import { enableCompileCache, flushCompileCache } from 'node:module'
import path from 'node:path'
import type { Io } from './command.ts'

/*
 * The flag above (and in the npm scripts): a request leaves handles of OpenSSL's objects behind, which make collecting a
 * large young generation slow: 4 MiB of it halve the cost of a read of one of 100,000 secrets against V8's default.
 *
 * Types are stripped and code is compiled at each start; kept, that takes a third of the time (measured: 400 ms of CPU
 * without, 140 ms with). The cache lies beside the installed packages, so whoever can write it could have changed the
 * program itself; never in a shared temporary directory. Where it can't be written a start takes longer, nothing else.
 */
enableCompileCache(path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'strongroom'))
// A server may end by SIGKILL, which leaves no time to write the cache at the end.
setTimeout(flushCompileCache, 2000).unref()
// The driver of Oracle would print what it sends, and statements that set a password hold it.
delete process.env.NODE_ORACLEDB_DEBUG_PACKETS
const { strongroom } = await import('./strongroom.ts')

// A reader that went away (`strongroom --help | head`) is no error, and must not stop a server that logs.
let read = true
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      // a full disk, mostly: what was written is not whole
      if (stream === process.stdout) process.stderr.write(`error: standard output can not be written (${error.code})\n`)
      process.exit(1)
    }
    if (stream === process.stdout) read = false
  })

const io: Io = {
  out: (text) => void process.stdout.write(text),
  outBytes: (bytes) => void process.stdout.write(bytes),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  ...(process.stdin.isTTY === true && process.stderr.isTTY === true
    ? {
        askSecret: async (prompt) => (await import('./terminal.ts')).askSecret(prompt, process.stdin, process.stderr),
        ask: async (question) => (await import('./terminal.ts')).ask(question, process.stdin, process.stderr),
      }
    : {}),
  drained: async () => read && (await (await import('./terminal.ts')).drained(process.stdout)) && read,
  terminal: process.stdout.isTTY === true,
  colour: process.stdout.isTTY === true && process.stderr.isTTY === true && (process.env.NO_COLOR ?? '') === '',
}

const code = await strongroom(process.argv.slice(2), io)
// A pipe takes 64 KiB at a time: what was written is not out before its callback, and exit would cut it off.
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((resolve) => void stream.write('', () => resolve()))
process.exit(code)

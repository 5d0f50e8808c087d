#!/usr/bin/env node
import type { Io } from './command.ts'
import { strongroom } from './strongroom.ts'

// A reader that went away (`strongroom --help | head`) is no error, and must not stop a server that logs.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  colour: process.stdout.isTTY === true && process.stderr.isTTY === true && (process.env.NO_COLOR ?? '') === '',
}

const code = await strongroom(process.argv.slice(2), io)
// A pipe takes 64 KiB at a time: what was written is not out before its callback, and exit would cut it off.
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((resolve) => void stream.write('', () => resolve()))
process.exit(code)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../server/kernel/clock.ts'
import { openLog } from '../../server/kernel/log.ts'
import { openMetrics } from '../../server/kernel/metrics.ts'
import { systemRandom } from '../../server/kernel/random.ts'
import { fileSeal } from '../../server/kernel/sealing/seal.ts'
import { assemble, type Kept } from '../../server/server.ts'
import { strongroom } from '../strongroom.ts'

/** Runs a command line as the program would; answers its exit code and what it printed. */
export async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = {
    out: (text: string) => {
      out += text
    },
    err: (text: string) => {
      err += text
    },
    env: {},
    colour: false,
  }
  return { code: await strongroom(args, io), out, err }
}

/** A server that runs, without a socket, on a directory of its own; `kept`: somewhere else than in a file there. */
export async function running(kept?: Kept) {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-cli-'))
  const log = openLog({ level: 'error', form: 'json', clock: systemClock, to: { write: () => undefined } })
  const server = await assemble({
    kept: kept ?? { kind: 'file', directory },
    seal: fileSeal(join(directory, 'seal.key')),
    regions: ['us-east-1'],
    shared: kept !== undefined,
    runsJobs: false,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics: openMetrics('test'),
  })
  return {
    directory,
    server,
    async [Symbol.asyncDispose]() {
      await server.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/*
 * A node for the model test: everything of `serve`, with a clock that stands still until it is told the time. Its arguments: the
 * data directory, the time, the most versions of a secret, `reuse` or nothing, and a database's URL or nothing. It is talked to by messages.
 */
import { join } from 'node:path'
import { SettableClock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { fileSeal } from '#kernel/sealing/seal'
import { lockDirectory } from '#kernel/storage/lock'
import { Secret } from '#kernel/values/bytes'
import { defaultLimits } from '../../config.ts'
import { listen } from '../../http.ts'
import { assemble } from '../../server.ts'
import { bootstrap } from '../../services/iam/accounts.ts'
import { ACCOUNT, type Asked, ROOT, type Said } from './messages.ts'

const [directory = '', now = '', versions = '', reuse = '', database = ''] = process.argv.slice(2)
const say = (what: Said): void => void process.send?.(what)

const clock = new SettableClock(Number(now), false)
const log = openLog({ level: 'warn', form: 'json', clock, to: 2 })
const metrics = openMetrics('model')
// Nodes of one database share the folder of the seal; a store in files is one node's.
if (database === '') lockDirectory(directory)
const inside = await assemble({
  kept: database === '' ? { kind: 'file', directory } : { kind: 'postgres', url: new Secret(database) },
  seal: fileSeal(join(directory, 'seal.key')),
  regions: ['us-east-1'],
  shared: false,
  runsJobs: true,
  clock,
  random: systemRandom,
  log,
  metrics,
  strict: true,
  // Sequences go on for longer than a year, and all of them is told again.
  history: { keptMs: 100 * 365 * 86_400_000, versions: 1000 },
  secretLimits: { versions: Number(versions), nameReuse: reuse === 'reuse' },
})
await bootstrap({
  storage: inside.storage,
  vault: inside.vault,
  random: systemRandom,
  now: clock.now(),
  account: ACCOUNT,
  rootAccessKeyId: ROOT.accessKeyId,
  rootSecretAccessKey: new Secret(ROOT.secretAccessKey),
})
const listening = await listen(
  { mode: 'serve', listen: { host: '127.0.0.1', port: 0 }, limits: defaultLimits },
  {
    handle: inside.handle,
    allowance: inside.allowance,
    uploader: inside.uploader,
    downloads: inside.downloads,
    admin: { health: inside.health },
    log,
    metrics,
    clock,
  },
)
process.on('message', (asked: Asked) => void answer(asked))
// Who started it is gone.
process.on('disconnect', () => process.exit(1))
say({ ready: listening.url })

async function answer(asked: Asked): Promise<void> {
  if ('travel' in asked) {
    const failure = await inside.runner.travel(clock, asked.travel).then(
      () => undefined,
      (error: Error) => error.stack ?? error.message,
    )
    return say({ there: true, ...(failure === undefined ? {} : { failure }) })
  }
  await listening.close(1000)
  await inside.close()
  process.send?.({ closed: true } satisfies Said, () => process.exit(0))
}

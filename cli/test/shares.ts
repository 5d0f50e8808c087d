import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../server/kernel/clock.ts'
import { openLog } from '../../server/kernel/log.ts'
import { openMetrics } from '../../server/kernel/metrics.ts'
import { systemRandom } from '../../server/kernel/random.ts'
import { fileSeal, type Seal } from '../../server/kernel/sealing/seal.ts'
import { Gathering } from '../../server/kernel/sealing/shamir/gathering.ts'
import { defaultLimits } from '../../server/config.ts'
import { sealedParts } from '../../server/http/sealed.ts'
import { listen } from '../../server/http.ts'
import { type Assembled, assemble } from '../../server/server.ts'
import { bootstrap } from '../../server/services/iam/accounts.ts'
import { rootCaller } from '../../server/services/iam/callers.ts'

const log = openLog({ level: 'silent', form: 'json', clock: systemClock, to: { write: () => undefined } })

/** The first so many shares of a directory, as their holders would type them. */
export const selectedShares = (directory: string, many: number): string[] =>
  readdirSync(directory)
    .sort()
    .slice(0, many)
    .map((name) => readFileSync(join(directory, name), 'utf8').split('\n')[1] as string)

const on = (directory: string, seal: Seal): Promise<Assembled> =>
  assemble({
    kept: { kind: 'file', directory },
    seal,
    regions: ['us-east-1'],
    shared: true,
    runsJobs: false,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics: openMetrics('test'),
  })

/** A store with an account, a key and three values of secrets. The server that made it is gone. */
export async function seeded(directory: string): Promise<void> {
  const { mkdirSync } = await import('node:fs')
  mkdirSync(directory, { recursive: true })
  const server = await on(directory, fileSeal(join(directory, 'seal.key')))
  const { storage, vault } = server
  await bootstrap({ storage, vault, random: systemRandom, now: systemClock.now(), account: '111122223333' })
  const root = rootCaller('111122223333', 'AKIATESTTESTTESTTEST')
  await server.local('TrentService.CreateKey', {}, root)
  for (const name of ['a', 'b', 'c'])
    await server.local(
      'secretsmanager.CreateSecret',
      { Name: name, SecretString: `hunter ${name}`, ClientRequestToken: name.repeat(32) },
      root,
    )
  await server.close()
}

/** A server of this process that waits for the shares of its store. */
export async function sealedServer(directory: string) {
  const gathering = new Gathering(systemRandom)
  let server: Assembled | undefined
  const opened = Promise.withResolvers<void>()
  const start = { isOpen: () => server !== undefined, done: opened.promise }
  const listening = await listen(
    { mode: 'serve', listen: { host: '127.0.0.1', port: 0 }, limits: defaultLimits },
    { ...sealedParts(gathering, () => server, start), log, metrics: openMetrics('test'), clock: systemClock },
  )
  const opening = on(directory, gathering.seal()).then((found) => {
    server = found
    opened.resolve()
  })
  while (gathering.progress().threshold === undefined) await new Promise((resolve) => setImmediate(resolve))
  return {
    url: listening.url,
    async [Symbol.asyncDispose]() {
      await opening
      await listening.close(0)
      await server?.close()
    },
  }
}

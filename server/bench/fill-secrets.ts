import { join } from 'node:path'
import type { Call, Caller } from '#kernel/call'
import { systemClock as clock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom as random } from '#kernel/random'
import { fileSeal } from '#kernel/sealing/seal'
import { Secret } from '#kernel/values/bytes'
import { type Assembled, assemble, type Kept } from '../server.ts'
import { bootstrap } from '../services/iam/accounts.ts'
import type { Keys } from './sign.ts'

const REGION = 'us-east-1'
/** Secrets that are made in one unit. */
const CHUNK = 1000
const DAY_MS = 86_400_000
/** Made over so many days. */
const DAYS = 400

/** A number below `count` for each one below it, each once, so that the order of names is not that in which secrets were made. */
export const scattered = (i: number, count: number): number => (i * 7919) % count

/** The secrets of a wide store: a hundred teams, each with services. What filters look for is in many of them, or in few. */
export const nameOf = (n: number): string =>
  `${n % 3 === 0 ? 'prod' : n % 3 === 1 ? 'stage' : 'dev'}/team-${n % 100}/service-${n % 1009}/secret-${n}`
export const textOf = (n: number): string =>
  JSON.stringify({ username: `user${n}`, password: `p-${n}-abcdefghijklmnop` })

/** One in so many has what few have. */
export const RARE = 100_000

/** What CreateSecret is asked for. */
export function inputOf(n: number): Record<string, unknown> {
  const rare = n % RARE === 17
  return {
    Name: nameOf(n),
    SecretString: textOf(n),
    ClientRequestToken: random.uuid(),
    Description: rare ? `Zanzibar ledger ${n}` : `Login of service ${n % 1009} for its database`,
    Tags: [
      { Key: 'team', Value: `team-${n % 100}` },
      { Key: rare ? 'quarantine' : 'environment', Value: rare ? 'zanzibar' : ['prod', 'stage', 'dev'][n % 3] },
    ],
  }
}

/**
 * Makes a store with `count` secrets, by CreateSecret itself but without the wire, signatures, permissions and audit records: over the
 * wire a million would take an hour. Values are sealed as ever, histories kept. Answers how long it took, in seconds.
 */
export async function fillSecrets(kept: Kept, directory: string, keys: Keys, count: number): Promise<number> {
  const log = openLog({ level: 'warn', form: 'json', clock, to: 2 })
  const server = await assemble({
    kept,
    seal: fileSeal(join(directory, 'seal.key')),
    regions: [REGION],
    // as an operator sets it by --secrets-per-account
    secretLimits: { secrets: 2_000_000 },
    shared: false,
    runsJobs: false,
    ...{ clock, random, log },
    metrics: openMetrics('bench'),
  })
  try {
    const { account } = await bootstrap({
      storage: server.storage,
      vault: server.vault,
      random,
      now: clock.now(),
      rootAccessKeyId: keys.accessKeyId,
      rootSecretAccessKey: new Secret(keys.secretAccessKey),
    })
    const begin = performance.now()
    await makeSecrets(server, account, count)
    await server.storage.durable()
    return (performance.now() - begin) / 1000
  } finally {
    await server.close()
  }
}

async function makeSecrets({ storage, services }: Assembled, account: string, count: number): Promise<void> {
  const service = services.find(({ name }) => name === 'secretsmanager')
  const create = service?.operations.CreateSecret
  if (service === undefined || create === undefined) throw new Error('there is no CreateSecret')
  const began = clock.now() - DAYS * DAY_MS
  for (let from = 0; from < count; from += CHUNK) {
    const to = Math.min(from + CHUNK, count)
    await storage.unit('write', async (unit) => {
      for (let i = from; i < to; i++) {
        const call = callOf(account, began + Math.floor((i * DAYS * DAY_MS) / count))
        await create.run(inputOf(scattered(i, count)), service.env(unit, call), call)
      }
    })
    if (to % 10_000 === 0 || to === count) process.stderr.write(`\rstored ${to} of ${count} secrets`)
  }
  process.stderr.write('\n')
}

function callOf(account: string, now: number): Call {
  const arn = `arn:aws:iam::${account}:root`
  const caller: Caller = {
    ...{ kind: 'root', account, arn, principalArn: arn, userId: account, accessKeyId: 'AKIABENCH' },
    ...{ tags: new Map(), policies: [] },
  }
  return {
    ...{ requestId: random.uuid(), caller, account, region: REGION, now },
    ...{ sourceIp: '127.0.0.1', userAgent: 'bench', secure: false, events: [] },
  }
}

import { join } from 'node:path'
import type { Call, Caller } from '#kernel/call'
import { systemClock as clock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom as random } from '#kernel/random'
import { fileSeal } from '#kernel/sealing/seal'
import type { Service } from '#kernel/service'
import { Secret } from '#kernel/values/bytes'
import { type Assembled, assemble } from '../server.ts'
import { bootstrap } from '../services/iam/accounts.ts'
import { parameterArn } from '../services/ssm/model/name.ts'
import type { Env } from '../services/ssm/operation.ts'
import type { Parameter, Version } from '../services/ssm/model/parameter.ts'
import type { Keys } from './sign.ts'

/** Parameters below one path: what GetParametersByPath answers on one page. */
export const PER_PATH = 10
const REGION = 'us-east-1'
/** Parameters that are written in one unit. */
const CHUNK = 2000

export type Kind = 'SecureString' | 'String'

/** The paths of a kind take turns: even ones hold SecureStrings, odd ones Strings. */
export const pathOf = (path: number) => `/bench/service-${path}`
export const nameOf = (i: number) => `${pathOf(Math.floor(i / PER_PATH))}/parameter-${i % PER_PATH}`
export const kindOf = (i: number): Kind => (Math.floor(i / PER_PATH) % 2 === 0 ? 'SecureString' : 'String')
export const textOf = (i: number) => JSON.stringify({ username: `user${i}`, password: `p-${i}-abcdefghijklmnop` })

/**
 * Makes a data directory with `count` parameters in it, written through the store: over the wire a million of them would take
 * more than an hour, and the quota of an account is a tenth of that.
 */
export async function fill(directory: string, keys: Keys, count: number): Promise<void> {
  const log = openLog({ level: 'warn', form: 'json', clock, to: 2 })
  const server = await assemble({
    kept: { kind: 'file', directory },
    seal: fileSeal(join(directory, 'seal.key')),
    regions: [REGION],
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
    await fillStore(server, account, count)
    await server.storage.durable()
  } finally {
    await server.close()
  }
}

/** The same into the store of a server that is there already. */
export async function fillStore({ storage, services }: Assembled, account: string, count: number): Promise<void> {
  const service = services.find(({ name }) => name === 'ssm') as Service<Env> | undefined
  if (service === undefined) throw new Error('there is no Parameter Store')
  for (let from = 0; from < count; from += CHUNK) {
    const to = Math.min(from + CHUNK, count)
    await storage.unit('write', async (unit) => {
      const call = callOf(account)
      const env = service.env(unit, call)
      for (let i = from; i < to; i++) {
        await put(env, call, i)
        // nobody reads the records of KMS
        call.events.length = 0
      }
    })
    process.stderr.write(`\rstored ${to} of ${count} parameters`)
  }
  process.stderr.write('\n')
}

async function put({ parameters, cipher }: Env, { account, region, now, caller }: Call, i: number): Promise<void> {
  const name = nameOf(i)
  const key = name.slice(1)
  const type = kindOf(i)
  const parameter: Parameter = {
    account,
    region,
    key,
    name,
    id: `bench${i}`,
    arn: parameterArn(region, account, key),
    tags: new Map(),
    sharing: undefined,
    latest: 1,
    tier: 'Standard',
    expiresAt: undefined,
    createdAt: now,
  }
  const version: Version = {
    number: 1,
    type,
    tier: 'Standard',
    dataType: 'text',
    keyId: type === 'SecureString' ? 'alias/aws/ssm' : undefined,
    description: undefined,
    allowedPattern: undefined,
    policies: [],
    modifiedAt: now,
    modifiedBy: caller.arn,
  }
  const content = await cipher.seal(parameter, 1, version, textOf(i))
  await parameters.insert(parameter, { ...version, content })
}

function callOf(account: string): Call {
  const arn = `arn:aws:iam::${account}:root`
  const caller: Caller = {
    ...{ kind: 'root', account, arn, principalArn: arn, userId: account, accessKeyId: 'AKIABENCH' },
    ...{ tags: new Map(), policies: [] },
  }
  return {
    ...{ requestId: random.uuid(), caller, account, region: REGION, now: clock.now() },
    ...{ sourceIp: '127.0.0.1', userAgent: 'bench', secure: false, events: [] },
  }
}

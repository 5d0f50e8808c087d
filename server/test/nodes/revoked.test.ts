import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { memorySeal, type Seal } from '#kernel/sealing/seal'
import { Secret } from '#kernel/values/bytes'
import { defaultLimits } from '../../config.ts'
import { listen } from '../../http.ts'
import { assemble } from '../../server.ts'
import { bootstrap } from '../../services/iam/accounts.ts'
import { postgresMissing, startPostgres } from '../postgres.ts'
import { Program } from '../program.ts'
import { type Door, door, type Keys, outcome, revocations, revoked, rootAt } from './revocations.ts'

/**
 * What is taken away is gone with the next request on every worker of a node, and on every other node (issue 3; access.md 7,
 * 23 and 38).
 */

const SECRET = { SecretId: 'db' }
const read = (each: Door, keys: Keys) => each.call(keys, 'secretsmanager:GetSecretValue', SECRET)
const ROUNDS = 3

const credentials = { accessKeyId: 'AKIAREVOKEDTEST00000', secretAccessKey: 'revoked/test/revoked/test/revoked/test00' }
const cli = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

test('workers over one SQLite store: the next request on each is refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-workers-'))
  try {
    const args = ['serve', '--workers', '3', '--listen', '127.0.0.1:0', '--data', directory, '--log-level', 'warn']
    await using running = new Program(cli, args, {
      STRONGROOM_ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
      STRONGROOM_ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    })
    const port = Number(new URL(await running.says(/strongroom: ready on (\S+)/)).port)
    const doors = Array.from({ length: 6 }, () => door(port))
    await Promise.all(doors.map((each) => each.call(credentials, 'sts:GetCallerIdentity')))
    assertSpread(running.child.pid as number, port, 3)
    const first = doors[0] as Door
    const root = rootAt(first, credentials)
    await root('secretsmanager:CreateSecret', { Name: 'db', SecretString: 'x', ClientRequestToken: 'a'.repeat(32) })
    for (const revocation of revocations(first)) {
      for (let round = 0; round < ROUNDS; round++) {
        const name = `${revocation.name.replaceAll(' ', '-')}-${round}`
        const keys = await revoked(revocation, name, root, doors, read)
        const answers = await Promise.all(doors.map((each) => read(each, keys)))
        assert.deepEqual(
          answers.map(outcome),
          doors.map(() => revocation.code),
          name,
        )
      }
    }
    for (const each of doors) each[Symbol.dispose]()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

/** A node: a server of its own over a store that others use too. */
async function node(url: string, seal: Seal) {
  const log = openLog({ level: 'silent', form: 'json', clock: systemClock, to: { write: () => undefined } })
  const metrics = openMetrics('test')
  const inside = await assemble({
    kept: { kind: 'postgres', url: new Secret(url) },
    seal,
    regions: ['us-east-1'],
    shared: true,
    runsJobs: false,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
  })
  await bootstrap({
    storage: inside.storage,
    vault: inside.vault,
    random: systemRandom,
    now: systemClock.now(),
    rootAccessKeyId: credentials.accessKeyId,
    rootSecretAccessKey: new Secret(credentials.secretAccessKey),
  })
  const listening = await listen(
    { mode: 'serve', listen: { host: '127.0.0.1', port: 0 }, limits: defaultLimits },
    { handle: inside.handle, admin: { health: inside.health }, log, metrics, clock: systemClock },
  )
  return {
    port: listening.port,
    async [Symbol.asyncDispose]() {
      await listening.close(0)
      await inside.close()
    },
  }
}

test('two nodes over one PostgreSQL: the next request on the other node is refused', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using postgres = await startPostgres()
  const url = await postgres.database()
  const seal = memorySeal()
  await using one = await node(url, seal)
  await using two = await node(url, seal)
  const here = door(one.port)
  const there = door(two.port)
  const root = rootAt(here, credentials)
  await root('secretsmanager:CreateSecret', { Name: 'db', SecretString: 'x', ClientRequestToken: 'a'.repeat(32) })
  for (const revocation of revocations(here)) {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `${revocation.name.replaceAll(' ', '-')}-${round}`
      const keys = await revoked(revocation, name, root, [here, there], read)
      assert.equal(outcome(await read(there, keys)), revocation.code, name)
      assert.equal(outcome(await read(here, keys)), revocation.code, name)
      // Once refused it stays so.
      assert.equal(outcome(await read(there, keys)), revocation.code, name)
    }
  }
  for (const each of [here, there]) each[Symbol.dispose]()
})

/** Asserts that each worker holds a connection, where the system tells. */
function assertSpread(primary: number, port: number, workers: number): void {
  const children = `/proc/${primary}/task/${primary}/children`
  if (!existsSync(children)) return
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address, , state]) => address?.endsWith(local) === true && state === '01')
    .map((fields) => `socket:[${fields[9]}]`)
  const pids = readFileSync(children, 'utf8').trim().split(' ')
  const held = pids.filter((pid) =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.includes(linkOf(`/proc/${pid}/fd/${fd}`))),
  )
  assert.equal(held.length, workers)
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // closed meanwhile
    return ''
  }
}

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { Lambda } from '@aws-sdk/client-lambda'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { readShareFile } from '#kernel/sealing/seals'
import type { Secret } from '#kernel/values/bytes'
import { giveShare, initSeal, keptIn, newShares, progressOf, rekey } from '../../beside/seals.ts'
import { Program } from '../program.ts'

/** A server with a shamir seal: it starts sealed, says so, and is unsealed by shares. */

const cli = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))
const credentials = { accessKeyId: 'AKIASEALEDTEST000000', secretAccessKey: 'sealed/test/sealed/test/sealed/test/seal' }
const SEALED = 'The server is sealed: it has to be unsealed before it can answer requests.'

/** A data directory with its keys made, and the shares. */
async function sealed() {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-sealed-'))
  const place = { directory, database: undefined, seal: { kind: 'shamir', shareFiles: [] } } as const
  const out = join(directory, 'shares')
  await initSeal(place, newShares({ shares: 4, threshold: 3, ...keptIn(out, () => undefined) }))
  const shares = readdirSync(out)
    .sort()
    .map((name) => readShareFile(join(out, name)))
  return { directory, shares, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}

const serve = (directory: string, ...more: string[]) =>
  new Program(cli, ['serve', '--seal', 'shamir', '--listen', '127.0.0.1:0', '--data', directory, ...more], {
    STRONGROOM_ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
    STRONGROOM_ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  })

interface ServiceException extends Error {
  readonly $metadata: { readonly httpStatusCode?: number }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)

const health = async (url: string) => {
  const answer = await fetch(`${url}/_strongroom/health`)
  return [answer.status, await answer.json()]
}

// kms.md 17, trap 22: 503, which SDKs try again a few times
test('a sealed server answers health as sealed and each protocol with a clean error, until enough shares are given', async () => {
  using place = await sealed()
  const [one, two, three, four] = place.shares as [Secret, Secret, Secret, Secret]
  await using running = serve(place.directory)
  const url = await running.says(/^strongroom: sealed on (\S+)$/m)
  while ((await progressOf({ url })).threshold === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(await health(url), [
    503,
    { status: 'sealed', reasons: ['the store is sealed: 0 of the 3 shares that unseal it were given'] },
  ])
  const client = { endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 }
  const [secrets, kms, iam, lambda] = [new SecretsManager(client), new KMS(client), new IAM(client), new Lambda(client)]
  // JSON 1.1 twice, Query, REST
  for (const ask of [
    () => secrets.listSecrets({}),
    () => kms.listKeys({}),
    () => iam.listUsers({}),
    () => lambda.listFunctions({}),
  ])
    await assert.rejects(ask, (error: ServiceException) => {
      assert.deepEqual([error.name, error.message, error.$metadata.httpStatusCode], ['ServiceUnavailable', SEALED, 503])
      return true
    })
  assert.equal((await fetch(`${url}/metrics`)).status, 200)
  assert.equal((await fetch(`${url}/_strongroom/unseal`, { method: 'PUT' })).status, 405)
  for (const body of ['', '[]', '{"share":7}', '{"share":"a","nonce":7}', 'x'.repeat(10_000)])
    assert.equal((await fetch(`${url}/_strongroom/unseal`, { method: 'POST', body })).status, 400)

  const first = await giveShare({ url }, two)
  assert.deepEqual([first.refused, first.progress.given], [undefined, [2]])
  assert.equal((await giveShare({ url }, two)).refused, 'share 2 was given already')
  using other = await sealed()
  assert.match(
    (await giveShare({ url }, other.shares[0] as Secret)).refused ?? '',
    /^share 1 is of another set of shares \([0-9a-f]{16}\), not of this store's$/,
  )
  const { nonce } = first.progress
  assert.deepEqual((await giveShare({ url }, four, nonce)).progress.given, [2, 4])
  assert.equal(
    (await giveShare({ url }, one, 'stale')).refused,
    'the attempt that it was given for is over: begin another one',
  )
  assert.deepEqual((await health(url))[1], {
    status: 'sealed',
    reasons: ['the store is sealed: 2 of the 3 shares that unseal it were given'],
  })
  assert.equal((await giveShare({ url }, one, nonce)).progress.sealed, false)
  // who is told that it is unsealed is answered at once
  assert.deepEqual(await health(url), [200, { status: 'ready' }])
  assert.equal(await running.says(/^strongroom: ready on (\S+)$/m), url)
  assert.equal((await giveShare({ url }, three)).refused, 'the store is unsealed already')
  await secrets.createSecret({ Name: 'kept', SecretString: 'value' })
  running.child.kill('SIGTERM')
  assert.deepEqual(await running.exited, [0, null])
  // which shares they were is in the trail: left in the store for the server that runs, or the next one
  const database = new DatabaseSync(join(place.directory, 'strongroom.db'))
  const left = String(database.prepare('select lines from audit_outbox').get()?.lines)
  database.close()
  assert.match(left, /"eventSource":"seal.strongroom","eventName":"Unseal".*"requestParameters":\{"shares":\[1,2,4\]\}/)
  for (const share of place.shares) assert.ok(!(running.output + running.errors).includes(share.reveal().slice(0, 20)))

  // the next start is sealed again; with other shares it opens the same
  await using again = serve(place.directory)
  const there = await again.says(/^strongroom: sealed on (\S+)$/m)
  while ((await progressOf({ url: there })).threshold === undefined)
    await new Promise((resolve) => setTimeout(resolve, 20))
  for (const share of [one, three, four]) await giveShare({ url: there }, share)
  await again.says(/^strongroom: ready on (\S+)$/m)
  const later = new SecretsManager({ ...client, endpoint: there })
  assert.equal((await later.getSecretValue({ SecretId: 'kept' })).SecretString, 'value')
  for (const each of [secrets, kms, iam, lambda, later]) each.destroy()
})

test('with workers every process is unsealed by the shares that the first one was given, those started later too', async () => {
  using place = await sealed()
  await using running = serve(place.directory, '--workers', '2')
  const url = await running.says(/^strongroom: sealed on (\S+)$/m)
  while ((await progressOf({ url })).threshold === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
  for (const share of place.shares.slice(0, 3)) await giveShare({ url }, share)
  const ready = await running.says(/^strongroom: ready on (\S+)$/m)
  const client = new SecretsManager({ endpoint: ready, region: 'us-east-1', credentials })
  await client.createSecret({ Name: 'kept', SecretString: 'value' })
  // a new root key meanwhile: the workers follow, and tell the primary, which has no store
  const out = join(place.directory, 'shares')
  const shareFiles = readdirSync(out).map((name) => join(out, name))
  await rekey({ directory: place.directory, database: undefined, seal: { kind: 'shamir', shareFiles } })
  const database = new DatabaseSync(join(place.directory, 'strongroom.db'), { timeout: 5000 })
  await running.says(/(the root key of the store was replaced).*\n(?:.*\n)*?.*the root key of the store was replaced/)
  database.exec('update root_key set link = null')
  database.close()
  const metrics = await fetch(`${ready}/metrics`)
  assert.match(await metrics.text(), /^strongroom_/m)
  const [worker] = childrenOf(running.child.pid as number)
  assert.ok(worker)
  process.kill(worker, 'SIGKILL')
  await running.says(/(a worker died and is replaced)/)
  // both of two processes answer, over connections of their own
  const seen = new Set<number>()
  while (seen.size < 2 || childrenOf(running.child.pid as number).length < 2) {
    const fresh = new SecretsManager({ endpoint: ready, region: 'us-east-1', credentials })
    assert.equal((await fresh.getSecretValue({ SecretId: 'kept' })).SecretString, 'value')
    fresh.destroy()
    for (const pid of childrenOf(running.child.pid as number)) seen.add(pid)
  }
  client.destroy()
  running.child.kill('SIGTERM')
  assert.deepEqual(await running.exited, [0, null])
})

for (const workers of ['1', '2'])
  test(`a sealed server that is stopped ends well (${workers} processes)`, async () => {
    using place = await sealed()
    await using running = serve(place.directory, '--workers', workers)
    await running.says(/^strongroom: sealed on (\S+)$/m)
    running.child.kill('SIGTERM')
    assert.deepEqual(await running.exited, [0, null])
  })

test('a server with a shamir seal over a store without keys says which command makes them', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-sealed-'))
  try {
    await using running = serve(directory)
    assert.deepEqual(await running.exited, [1, null])
    assert.match(
      running.errors,
      /this store has no keys yet, and their shares are made by a command of their own\nhint: strongroom seal init --shares 5 --threshold 3/,
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

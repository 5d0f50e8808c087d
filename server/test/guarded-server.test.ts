import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { GuardedServer, makeHome, onFreePort } from './guarded-server.ts'
import { postgresMissing, startPostgres } from './postgres.ts'

async function started(script: string): Promise<{ home: string; server: GuardedServer; starting: Promise<void> }> {
  const home = makeHome('strongroom-guarded-')
  const server = new GuardedServer({
    home,
    env: { PATH: process.env.PATH },
    signal: 'KILL',
    judge: (said) => (said.includes('ready') ? 'ready' : said.includes('no way') ? new Error('it says no') : undefined),
  })
  return { home, server, starting: server.start(['/bin/sh', '-c', script]) }
}

test('a server that dies without a word, or says that it will not come up, is not waited for', async () => {
  const silent = await started('exit 3')
  await assert.rejects(silent.starting, /does not start: $/)
  const wordy = await started('echo no way >&2; exec sleep 600')
  await assert.rejects(wordy.starting, /it says no/)
  for (const { home } of [silent, wordy]) await rm(home, { recursive: true })
})

test('the directory goes with the server unless it is kept', async () => {
  for (const word of ['keep', 'remove'] as const) {
    const { home, server, starting } = await started('echo ready >&2; exec sleep 600')
    await starting
    await server.end(word)
    assert.equal(existsSync(home), word === 'keep')
    await server.end(word)
    await rm(home, { recursive: true, force: true })
  }
})

test('PostgreSQL with a setting that it does not know says so', { skip: postgresMissing() ?? false }, async () => {
  await assert.rejects(startPostgres({ no_such_setting: '1' }), /does not start: .*no_such_setting/s)
})

test('another port is taken when somebody was faster', { skip: postgresMissing() ?? false }, async () => {
  const thief = createServer()
  const { port, started } = await onFreePort(async (port) => {
    if (!thief.listening) await new Promise<void>((resolve) => thief.listen(port, '127.0.0.1', resolve))
    return await startPostgres({ listen_addresses: '127.0.0.1', port: String(port) })
  })
  assert.notEqual((thief.address() as { port: number }).port, port)
  await started[Symbol.asyncDispose]()
  thief.close()
})

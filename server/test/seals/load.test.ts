import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { KMS } from '@aws-sdk/client-kms'
import type { SealSettings } from '#kernel/sealing/settings'
import { addSeal, listSeals, newSeal, rekey, removeSeal, rotateSealFile } from '../../beside/seals.ts'
import { check, checkFiles } from '../crash/check.ts'
import { clientsOf } from '../crash/clients.ts'
import { chance, load } from '../crash/load.ts'
import { credentials, type Running, serve } from '../crash/server.ts'

/** Issue 6: rotation of the seal under load loses nothing, and a kill -9 in the middle of any change leaves a store that opens. */

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

/** Runs `strongroom seal …` and kills it after so many milliseconds, unless it has ended by then. */
async function killed(afterMs: number, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [program, 'seal', ...args], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH },
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
  await once(child, 'exit')
  clearTimeout(timer)
}

test('seals are added, replaced and removed, and the root key too, while a server is written to and commands are killed', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-seal-load-'))
  const seed = Number(process.env.CRASH_SEED ?? process.pid)
  t.diagnostic(`CRASH_SEED=${seed}`)
  const below = chance(seed)
  const path = join(directory, 'seal.key')
  const file: SealSettings = { kind: 'file', path }
  const other: SealSettings = { kind: 'file', path: join(directory, 'other.key') }
  const place = (seal: SealSettings) => ({ directory, database: undefined, seal })
  const flags = ['--data', directory, '--seal-file', path]
  let server = (await serve({ directory })) as Running
  try {
    const writing = clientsOf(server)
    let acknowledged = 0
    const busy = Promise.withResolvers<void>()
    const run = load(writing, 4, below, 's', () => {
      if (++acknowledged === 30) busy.resolve()
    })
    await Promise.race([busy.promise, run])
    const { id } = await addSeal(place(file), newSeal(other))
    // a command takes some 300 ms: these die before, in the middle of and after its work
    for (let round = 0; round < 2; round++) {
      await killed(150 + below(250), 'rotate', ...flags)
      await killed(150 + below(250), 'rekey', ...flags)
      // whatever they left: the file that is there opens the store
      assert.ok((await listSeals(place(file))).length >= 2)
      await rotateSealFile(place(file))
      await rekey(place(file))
    }
    if (existsSync(`${path}.next`)) await rotateSealFile(place(file))
    const seals = await listSeals(place(file))
    assert.deepEqual(
      seals.map(({ kind }) => kind),
      ['file', 'file'],
    )
    await removeSeal(place(file), id)
    await rotateSealFile(place(file))
    const before = acknowledged
    // what is made from now on is wrapped under the new term: as a minute from now
    const database = new DatabaseSync(join(directory, 'strongroom.db'), { timeout: 5000 })
    database.exec('update keyring set usable_at = 1 where usable_at is not null')
    const terms = Number(database.prepare('select max(term) as n from keyring').get()?.n)
    assert.ok(terms >= 3)
    const kms = new KMS({ endpoint: server.url, region: 'us-east-1', credentials })
    const wrapped = database.prepare('select wrapped from kms_material order by created_at desc, id limit 1')
    const newestTerm = async () => {
      await kms.createKey({})
      return Buffer.from(wrapped.get()?.wrapped as Uint8Array).readUInt32BE(1)
    }
    while ((await newestTerm()) !== terms) await new Promise((resolve) => setTimeout(resolve, 200))
    kms.destroy()
    database.close()
    assert.ok(acknowledged > before)
    await server.kill()
    const done = await run
    writing.destroy()
    checkFiles(directory)
    server = (await serve({ directory })) as Running
    const again = clientsOf(server)
    const seen = await check(again, done)
    again.destroy()
    assert.ok(seen.secrets > 0)
    await server.stop()
  } finally {
    await server.kill()
    rmSync(directory, { recursive: true, force: true })
  }
})

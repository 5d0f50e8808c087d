import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock as clock } from '#kernel/clock'
import { systemRandom as random } from '#kernel/random'
import { addSeal } from '#kernel/sealing/change'
import { openRoot, openVault } from '#kernel/sealing/open'
import { rotateFile } from '#kernel/sealing/rotate-file'
import { migrations } from '#kernel/sealing/schema'
import { fileSeal } from '#kernel/sealing/seal'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'

const program = fileURLToPath(new URL('./killed-program.ts', import.meta.url))
const open = (folder: string) => openSqlite({ file: join(folder, 'strongroom.db'), migrations, clock, shared: true })

/** Runs the change; answers how many steps it took, or undefined when it was killed. */
async function run(what: string, folder: string, step = 0): Promise<number | undefined> {
  const child = spawn(process.execPath, [program, what, folder, String(step)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // forty of them start: compiled once
    env: { NODE_COMPILE_CACHE: join(folder, '..', 'compiled') },
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString()
  })
  const [code, signal] = await once(child, 'close')
  if (signal === 'SIGKILL') return undefined
  assert.equal(code, 0)
  return Number(said)
}

const vaultBy = (storage: Storage, folder: string, name = 'seal.key') =>
  openVault({ storage, seal: fileSeal(join(folder, name)), random })

// kms.md 18, 13: kill -9 during rotation or rekey
test('a change of seals that is killed (SIGKILL) before any of its steps leaves a store that opens', async () => {
  const here = mkdtempSync(join(tmpdir(), 'strongroom-killed-'))
  const origin = join(here, 'origin')
  mkdirSync(origin)
  try {
    const storage = await open(origin)
    const wrapped = (await vaultBy(storage, origin)).wrap('x', Buffer.from('record'), ['id'])
    const opened = await openRoot({ storage, seal: fileSeal(join(origin, 'seal.key')), random })
    await addSeal({ storage, opened, random }, fileSeal(join(origin, 'second.key')))
    await storage.close()

    const attempt = async (what: string, step: number): Promise<boolean> => {
      const folder = join(here, `${what}-${step}`)
      cpSync(origin, folder, { recursive: true })
      if ((await run(what, folder, step)) !== undefined) return false
      const left = await open(folder)
      const name = `${what} ${step}`
      // the key file that is there opens it, whatever was under way
      assert.equal((await vaultBy(left, folder)).unwrap('x', wrapped, ['id']).toString(), 'record', name)
      const { stored } = await openRoot({ storage: left, seal: fileSeal(join(folder, 'seal.key')), random })
      if (what !== 'remove' || stored.seals.length === 2)
        assert.equal(
          (await vaultBy(left, folder, 'second.key')).unwrap('x', wrapped, ['id']).toString(),
          'record',
          name,
        )
      if (what === 'rotate') {
        // what was begun is finished, and no seal without a key is left
        if (existsSync(join(folder, 'seal.key.next')) || stored.seals.length > 2)
          await rotateFile({ storage: left, random }, join(folder, 'seal.key'))
        assert.equal(existsSync(join(folder, 'seal.key.next')), false, name)
        const after = await openRoot({ storage: left, seal: fileSeal(join(folder, 'seal.key')), random })
        assert.equal(after.stored.seals.length, 2, name)
      }
      await left.close()
      rmSync(folder, { recursive: true })
      return true
    }
    for (const what of ['rotate', 'add', 'remove', 'rekey']) {
      const folder = join(here, what)
      cpSync(origin, folder, { recursive: true })
      const steps = (await run(what, folder)) as number
      assert.ok(steps >= 5, what)
      const all = Array.from({ length: steps }, (_, at) => at + 1)
      // each step of the one that works in two places, but the reads that it begins with; of the others, whose work is one unit, the commit and a few before it
      const chosen = what === 'rotate' ? all.slice(3) : all.slice(-3)
      for (let at = 0; at < chosen.length; at += 2)
        for (const done of await Promise.all(chosen.slice(at, at + 2).map((step) => attempt(what, step))))
          assert.equal(done, true)
    }
  } finally {
    rmSync(here, { recursive: true, force: true })
  }
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { crash } from './crash.ts'

// The long form is `npm run crash -- --kills 100`.
test('a server that is killed at random moments keeps all that it acknowledged, and nothing by half', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-crash-'))
  const seed = Number(process.env.CRASH_SEED ?? process.pid)
  try {
    const figures = await crash({ directory, kills: 6, seed })
    t.diagnostic(JSON.stringify(figures))
    assert.equal(figures.kills >= 6, true)
  } catch (error) {
    t.diagnostic(`CRASH_SEED=${seed}`)
    throw error
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { StorageError } from '#kernel/storage/error'
import { joinDirectory, lockDirectory } from '#kernel/storage/lock'

function refusal(directory: string): StorageError {
  try {
    lockDirectory(directory).release()
  } catch (error) {
    return error as StorageError
  }
  throw new Error('the lock was given twice')
}

test('a data directory is given once, and again after its release', () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-lock-'))
  try {
    const lock = lockDirectory(join(directory, 'data'))
    const { message, hint } = refusal(join(directory, 'data'))
    assert.match(message, new RegExp(`in use by another strongroom \\(process ${process.pid}\\)$`))
    assert.match(hint ?? '', /--data/)
    assert.equal(statSync(join(directory, 'data', 'lock')).mode & 0o777, 0o600)
    lock.release()
    lock.release()
    lockDirectory(join(directory, 'data')).release()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a data directory is not given while a worker of its last server lives', () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-lock-'))
  try {
    const primary = lockDirectory(directory)
    const workers = [joinDirectory(directory), joinDirectory(directory)]
    primary.release()
    workers[0]?.release()
    assert.match(refusal(directory).message, /in use by another strongroom/)
    workers[1]?.release()
    lockDirectory(directory).release()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('the lock of another process holds, names its pid, and goes with it when it is killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-lock-'))
  const module = fileURLToPath(new URL('./lock.ts', import.meta.url))
  const code = `const { lockDirectory } = await import(process.argv[1]); lockDirectory(process.argv[2])
    // what is not referred to is collected: the lock must not be
    gc(); await new Promise(setImmediate); gc()
    process.stdout.write('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', code, module, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  try {
    await once(child.stdout, 'data')
    assert.match(refusal(directory).message, new RegExp(`process ${child.pid}\\)`))
    child.kill('SIGKILL')
    await once(child, 'exit')
    lockDirectory(directory).release()
  } finally {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
})

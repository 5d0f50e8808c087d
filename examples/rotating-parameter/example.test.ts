import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { Program } from '../../server/test/program.ts'

test('one command, and the key of an API is rotated by a rule and a function', { timeout: 120_000 }, async () => {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  await using example = new Program(path.join(import.meta.dirname, 'start.ts'), ['--every', '1'], env)
  const first = Number(await example.says(/\/shop\/api-key version (\d+) is current since \S+Z/))
  const second = Number(
    await example.says(/is current since[\s\S]*\/shop\/api-key version (\d+) is current since \S+Z/),
  )
  assert.ok(first >= 2 && second > first, `${first} ${second}`)
  example.child.kill('SIGTERM')
  assert.deepEqual(await example.exited, [0, null], example.errors)
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Program } from '../test/program.ts'

test('the Runtime APIs of two workers of one server have ports of their own', async () => {
  await using program = new Program(join(import.meta.dirname, 'test/workers-program.ts'))
  await program.exited
  const addresses = program.output.trim().split('\n')
  assert.equal(addresses.length, 2, program.errors)
  assert.equal(new Set(addresses).size, 2, addresses.join(' '))
})

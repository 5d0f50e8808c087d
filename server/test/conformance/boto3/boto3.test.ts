import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Program } from '../program.ts'
import { available, run } from '../tool.ts'

const script = join(import.meta.dirname, 'walk.py')

test('boto3 walks through its secrets, and finds them after kill -9 and a new start', async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  await using program = await Program.start()
  for (const part of ['before', 'after']) {
    const ended = await run('python3', ['-B', script, part], program.environment)
    assert.equal(ended.code, 0, `walk.py ${part}:\n${ended.stderr}`)
    await program.killAndRestart()
  }
})

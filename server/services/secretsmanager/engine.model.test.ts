import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Explored } from './test/model.ts'

/** Events after each beginning: 2 take some ten seconds, each one more ten times as long. */
const DEPTH = Number(process.env.MODEL_DEPTH ?? 2)

for (const [returns, depth] of [
  [true, DEPTH],
  [false, DEPTH - 1],
] as const)
  test(`all orders of up to ${depth} events${returns ? ', with returns' : ''}: a usable password, one value for a token, legal labels, the schedule, one function at a time`, {
    concurrency: true,
  }, async (t) => {
    const worker = new Worker(new URL('./test/model.ts', import.meta.url), { workerData: { depth, returns } })
    const [{ states, walks }] = (await once(worker, 'message')) as [Explored]
    t.diagnostic(`${states} states, ${walks} walks`)
    assert.ok(states > (depth > 1 ? 300 : 50), `${states} states`)
  })

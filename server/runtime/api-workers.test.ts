import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

test('workers of one server have Runtime APIs on ports of their own', async () => {
  cluster.setupPrimary({ exec: join(import.meta.dirname, 'test/api-worker.ts'), execArgv: [] })
  const workers = [cluster.fork(), cluster.fork(), cluster.fork()]
  try {
    const told = await Promise.all(workers.map((worker) => once(worker, 'message')))
    const addresses = told.map(([address]) => String(address))
    for (const address of addresses) assert.match(address, /^127\.0\.0\.1:\d+$/)
    assert.equal(new Set(addresses).size, 3, addresses.join())
  } finally {
    const ended = workers.map((worker) => once(worker, 'exit'))
    for (const worker of workers) worker.process.kill('SIGKILL')
    await Promise.all(ended)
  }
})

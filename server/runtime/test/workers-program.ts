import cluster from 'node:cluster'
import { RuntimeApi } from '../api.ts'

let said = 0

/** Two workers of one server, each with a Runtime API for a function: prints their addresses, a line each. */
if (cluster.isPrimary) {
  for (let n = 0; n < 2; n++)
    cluster.fork().on('message', (address) => {
      console.log(address)
      if (++said === 2) for (const worker of Object.values(cluster.workers ?? {})) worker?.kill()
    })
} else {
  const events = { ready: () => undefined, ended: () => undefined, initFailed: () => undefined } as never
  const api = await RuntimeApi.open({ token: 'token', uid: process.geteuid?.(), events })
  process.send?.(api.address)
}

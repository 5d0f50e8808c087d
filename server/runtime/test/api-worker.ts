import { RuntimeApi } from '../api.ts'

/** A worker of a cluster that opens a Runtime API and tells where it is. */
const nothing = () => undefined
const api = await RuntimeApi.open({
  token: 'token',
  uid: process.geteuid?.(),
  events: { waits: nothing, said: nothing, initFailed: nothing },
})
process.send?.(api.address)

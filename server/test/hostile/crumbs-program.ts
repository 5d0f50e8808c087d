import { mirror, start } from '../http-rig.ts'

/** The HTTP layer in a process of its own: tells its port, and when asked what memory it took at most, in bytes. */

const rig = await start({
  handle: async (request) => mirror({ ...request, body: Buffer.from(`${request.body.length}`) }),
})
process.on('message', () => process.send?.({ peakBytes: process.resourceUsage().maxRSS * 1024 }))
process.send?.({ port: rig.port, peakBytes: process.resourceUsage().maxRSS * 1024 })

import { connect, type Socket } from 'node:net'

/** What a run of load showed. Times in milliseconds. */
export interface Measured {
  readonly connections: number
  readonly requests: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly refused: number
  /** CPU milliseconds of the served process for 1,000 requests; NaN where the system does not tell. */
  readonly cpuPer1000: number
}

export interface Load {
  readonly port: number
  /** Complete HTTP requests, taken in turn. */
  readonly requests: readonly Buffer[]
  readonly connections: number
  readonly seconds: number
  /** CPU time of the served process in milliseconds, asked before and after. */
  cpu(): number
}

const HEAD_END = Buffer.from('\r\n\r\n')
const LENGTH = Buffer.from('ontent-Length: ')
const LENGTH_LOWER = Buffer.from('ontent-length: ')

/** Bytes that the first complete answer in `data` takes; 0 when it is not complete yet. */
function answerSize(data: Buffer): number {
  const head = data.indexOf(HEAD_END)
  if (head < 0) return 0
  let at = data.indexOf(LENGTH)
  if (at < 0 || at > head) at = data.indexOf(LENGTH_LOWER)
  if (at < 0 || at > head) throw new Error('an answer without Content-Length')
  let length = 0
  for (let i = at + LENGTH.length; data[i] !== 13; i++) length = length * 10 + ((data[i] as number) - 48)
  const size = head + 4 + length
  return data.length >= size ? size : 0
}

/** Sends requests over `connections` sockets, each waiting for its answer before the next, for some seconds. */
export async function load({ port, requests, connections, seconds, cpu }: Load): Promise<Measured> {
  const times: number[] = []
  let refused = 0
  let next = 0
  const cpuBefore = cpu()
  const begin = performance.now()
  const end = begin + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const socket: Socket = connect(port, '127.0.0.1')
      socket.setNoDelay(true)
      let sent = 0
      let pending: Buffer | undefined
      const send = () => {
        sent = performance.now()
        socket.write(requests[next++ % requests.length] as Buffer)
      }
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed a connection')))
      socket.on('data', (chunk) => {
        pending = pending === undefined ? chunk : Buffer.concat([pending, chunk])
        if (answerSize(pending) === 0) return
        if (pending[9] !== 50) refused += 1
        pending = undefined
        const now = performance.now()
        times.push(now - sent)
        if (now < end) send()
        else {
          socket.removeAllListeners('close')
          socket.destroy()
          resolve()
        }
      })
      return promise
    }),
  )
  const elapsed = (performance.now() - begin) / 1000
  const spent = cpu() - cpuBefore
  times.sort((a, b) => a - b)
  return {
    connections,
    requests: times.length,
    perSecond: times.length / elapsed,
    p50: times[Math.floor(times.length * 0.5)] ?? Number.NaN,
    p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
    refused,
    cpuPer1000: (spent / times.length) * 1000,
  }
}

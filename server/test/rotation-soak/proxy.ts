import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a database that can be cut: what runs over it is torn down, and nobody gets through until it is mended. */
export interface Passage extends AsyncDisposable {
  readonly port: number
  /** Connections that were made through it so far. */
  readonly made: number
  /** Most connections that were open at once. */
  readonly most: number
  /** Told of each connection, with its number. */
  onConnection: ((number: number) => void) | undefined
  cut(): void
  mend(): void
}

export async function startProxy(port: number): Promise<Passage> {
  const open = new Set<Socket>()
  let isCut = false
  let made = 0
  let most = 0
  let pairs = 0
  const server = createServer((from) => {
    if (isCut) return void from.resetAndDestroy()
    const to = connect(port, '127.0.0.1')
    const ends = [from, to] as const
    for (const end of ends) {
      open.add(end)
      end.on('error', () => end.destroy())
      end.on('close', () => {
        open.delete(end)
        for (const other of ends) other.destroy()
      })
    }
    made++
    pairs++
    from.once('close', () => pairs--)
    from.pipe(to)
    to.pipe(from)
    most = Math.max(most, pairs)
    proxy.onConnection?.(made)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const proxy: Passage = {
    port: address.port,
    get made() {
      return made
    },
    get most() {
      return most
    },
    onConnection: undefined,
    cut() {
      isCut = true
      for (const end of open) end.resetAndDestroy()
    },
    mend() {
      isCut = false
    },
    async [Symbol.asyncDispose]() {
      this.cut()
      server.close()
    },
  }
  return proxy
}

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Clock, systemClock } from '#kernel/clock'
import type { Reply } from '#kernel/protocol/reply'
import { defaultLimits, type Limits } from '../config.ts'
import { type HttpParts, type Listening, listen, type Received } from '../http.ts'

/** What a test says about the server that it starts; all of it may be left out. */
export interface Setup {
  readonly mode?: 'serve' | 'dev'
  readonly limits?: Partial<Limits>
  readonly handle?: (request: Received) => Promise<Reply>
  readonly parts?: Partial<HttpParts>
  readonly clock?: Clock
  readonly tls?: { readonly certificatePath: string; readonly keyPath: string }
  readonly trustedProxies?: readonly string[]
}

export interface Rig extends AsyncDisposable {
  readonly listening: Listening
  readonly port: number
  /** What was turned away, and what was logged, in order. */
  readonly refused: string[]
  readonly logged: string[]
}

/** An answer of the pipeline, as JSON. */
export const answer = (body: unknown, status = 200): Reply => ({
  status,
  headers: ['Content-Type', 'application/x-amz-json-1.1'],
  body: JSON.stringify(body),
})

/** Says what reached the pipeline. */
export async function mirror({ method, target, body, remoteAddress, secure }: Received): Promise<Reply> {
  return answer({ method, target, body: body.toString('latin1'), remoteAddress, secure })
}

/** Starts the HTTP layer alone, on a free port of loopback. For tests. */
export async function start(setup: Setup = {}): Promise<Rig> {
  const refused: string[] = []
  const logged: string[] = []
  const note = (fields: object, text: string): void => void logged.push(`${text} ${JSON.stringify(fields)}`)
  const listening = await listen(
    {
      mode: setup.mode ?? 'serve',
      listen: { host: '127.0.0.1', port: 0 },
      limits: { ...defaultLimits, ...setup.limits },
      tls: setup.tls,
      ...(setup.trustedProxies === undefined ? {} : { trustedProxies: setup.trustedProxies }),
    },
    {
      handle: setup.handle ?? mirror,
      admin: { health: async () => ({ ready: true, reasons: [] }) },
      log: { info: note, warn: note, error: note },
      metrics: { contentType: 'text/plain; version=0.0.4', metrics: async () => 'up 1\n' },
      clock: setup.clock ?? systemClock,
      refused: (reason) => void refused.push(reason),
      ...setup.parts,
    },
  )
  return {
    listening,
    port: listening.port,
    refused,
    logged,
    [Symbol.asyncDispose]: () => listening.close(0),
  }
}

/** A bare TCP connection that shows what came back. */
export class Wire {
  readonly socket: Socket
  received = ''
  readonly #closed: Promise<unknown>

  constructor(socket: Socket) {
    this.socket = socket
    this.#closed = once(socket, 'close').catch(() => undefined)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.received += text
    })
    // A reset is one way to be refused; tests look at what was received.
    socket.on('error', () => socket.destroy())
  }

  static async open(port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Wire(socket)
  }

  send(text: string | Buffer): void {
    this.socket.write(text)
  }

  /** Waits until the text received matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.received)) {
      if (this.socket.destroyed) throw new Error(`closed before ${pattern}: ${JSON.stringify(this.received)}`)
      await Promise.race([once(this.socket, 'data'), this.#closed])
    }
    return this.received
  }

  /** Waits until the server closed; all that was received. */
  async end(): Promise<string> {
    await this.#closed
    return this.received
  }
}

/** Sends text over a connection of its own and waits until the server closes it. */
export async function exchange(port: number, text: string | Buffer): Promise<string> {
  const wire = await Wire.open(port)
  wire.send(text)
  return await wire.end()
}

/** Status line, headers (lower-cased) and body of one answer. */
export function parse(text: string): { status: number; headers: Map<string, string>; body: string } {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) }
}

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { Messages, packets, TYPE } from './wire.ts'

/**
 * TLS as SQL Server does it: what both sides say until they agree stands in PRELOGIN packets, one for each turn; then the packets
 * stand in TLS. Source: MS-TDS 2.1, 3.3.5.
 */
export function secured(socket: Socket, { certificate, key }: { certificate: string; key: string }): TLSSocket {
  return new TLSSocket(new Turns(socket) as unknown as Socket, {
    isServer: true,
    cert: certificate,
    key,
    maxVersion: 'TLSv1.2',
  })
}

/** The first byte of a PRELOGIN packet; TLS begins its records with 20 to 23. */
const PRELOGIN = TYPE.prelogin

class Turns extends Duplex {
  readonly #socket: Socket
  readonly #messages = new Messages()
  #wrapped = true
  #turn: Buffer[] = []

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      if (this.#wrapped && chunk[0] !== PRELOGIN) this.#wrapped = false
      if (!this.#wrapped) this.push(chunk)
      else for (const { payload } of this.#messages.push(chunk)) this.push(payload)
    })
    socket.on('end', () => this.push(null))
    socket.on('close', () => this.destroy())
  }

  override _read(): void {
    // what comes is small
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (!this.#wrapped) {
      this.#socket.write(chunk, done)
      return
    }
    // a client answers each packet, so what belongs to one turn has to be one
    if (this.#turn.length === 0)
      setImmediate(() => {
        this.#socket.write(packets(PRELOGIN, Buffer.concat(this.#turn)))
        this.#turn = []
      })
    this.#turn.push(chunk)
    done()
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}

import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Certified } from '../../../test/certificate.ts'
import { Database } from './database.ts'
import { Call } from './call.ts'
import { END_OF_FILE, flagsOf, LAST, PACKET, type Packet, Packets, packet, dataPacket, payloadOf } from './wire.ts'

/** How the double misbehaves. */
export interface Moods {
  /** When the connection breaks off at this statement: before it has an effect, or after, without an answer. */
  cut?: ((statement: string) => 'before' | 'after' | undefined) | undefined
  /** Says nothing any more from this point on. */
  silentAt?: 'connect' | 'logon' | 'statement' | undefined
  /** Answers every connection with this error of the listener: 12514, 12505, 12520 … */
  refuse?: number | undefined
  /** Sends every connection there. */
  redirect?: string | undefined
  /** Instead of answering a login, this error. */
  refuseLogin?: readonly [number, string] | undefined
  /** Changes the answers to calls, which are the last ones then. */
  mangle?: ((answer: Buffer) => Buffer) | undefined
  /** Bytes of no packet right behind this answer, counted from 1 on each connection. */
  behind?: readonly [number, Buffer] | undefined
  /** Bytes instead of anything that the protocol knows. */
  nonsense?: Buffer | undefined
}

/** A server that clients of Oracle in thin mode connect to. */
export class Oracle implements AsyncDisposable {
  readonly database = new Database()
  readonly moods: Moods = {}
  /** Every statement that arrived, with who sent it, in order. */
  readonly statements: string[] = []
  /** Descriptors that clients sent when they connected. */
  readonly descriptors: string[] = []
  /** All that arrived, as it was on the wire within TLS. */
  readonly bytes: Buffer[] = []
  /** Logins that were tried: name and whether it was let in. */
  readonly logins: [string, boolean][] = []
  readonly service: string
  readonly sid: string
  readonly #server: Server
  readonly #open = new Set<Socket>()
  #connections = 0

  private constructor(server: Server, service: string, sid: string) {
    this.#server = server
    this.service = service
    this.sid = sid
  }

  /** With `tls` it speaks nothing else. */
  static async start(
    options: { tls?: Certified; host?: string; service?: string; sid?: string } = {},
  ): Promise<Oracle> {
    const { tls, host = '127.0.0.1', service = 'ORCLPDB1', sid = 'ORCL' } = options
    const server = tls === undefined ? createServer() : createTlsServer({ cert: tls.certificate, key: tls.key })
    const oracle = new Oracle(server, service, sid)
    // sockets below TLS are counted too: a client that breaks off during the handshake must not stay either
    server.on('connection', (socket: Socket) => oracle.#count(socket))
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => oracle.#serve(socket))
    server.on('tlsClientError', () => undefined)
    server.listen(0, host)
    await once(server, 'listening')
    return oracle
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#open.size
  }

  get connections(): number {
    return this.#connections
  }

  /** When the last open connection is closed. */
  async idle(): Promise<void> {
    for (const socket of this.#open) if (!socket.closed) await once(socket, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    if (this.#server.listening) {
      this.#server.close()
      await once(this.#server, 'close')
    }
  }

  #count(socket: Socket): void {
    this.#connections += 1
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket))
    socket.on('error', () => socket.destroy())
  }

  #serve(socket: Socket): void {
    const packets = new Packets()
    const session = new Session(this, socket, packets)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      this.bytes.push(chunk)
      // it has said its last word
      if (!socket.writable) return
      if (this.moods.nonsense !== undefined) return void socket.end(this.moods.nonsense)
      try {
        for (const one of packets.take(chunk)) session.take(one)
      } catch {
        // a listener hangs up on what it cannot read
        socket.destroy()
      }
    })
  }
}

/** What one client has told so far. */
class Session {
  readonly #oracle: Oracle
  readonly #socket: Socket
  readonly #packets: Packets
  readonly #call: Call
  #awaitsDescriptor = false
  #payload: Buffer[] = []
  #answers = 0

  constructor(oracle: Oracle, socket: Socket, packets: Packets) {
    this.#oracle = oracle
    this.#socket = socket
    this.#packets = packets
    this.#call = new Call(oracle)
  }

  take(one: Packet): void {
    if (this.#oracle.moods.silentAt === 'connect') return
    if (one.type === PACKET.connect) this.#connect(one)
    else if (one.type !== PACKET.data) throw new Error(`a packet of type ${one.type}`)
    else if (this.#awaitsDescriptor) {
      this.#awaitsDescriptor = false
      this.#listen(payloadOf(one).toString('latin1'))
    } else this.#data(one)
  }

  #connect({ body }: Packet): void {
    const size = body.readUInt16BE(24)
    const from = body.readUInt16BE(26)
    // what is longer than a packet of this kind holds comes by itself
    if (from + size > body.length) this.#awaitsDescriptor = true
    else this.#listen(body.subarray(from, from + size).toString('latin1'))
  }

  /** The listener: who is asked for? */
  #listen(descriptor: string): void {
    const { moods, service, sid, descriptors } = this.#oracle
    descriptors.push(descriptor)
    const asked = (key: string) => new RegExp(`\\(${key}=([^()]*)\\)`, 'i').exec(descriptor)?.[1]
    const names = { service: asked('SERVICE_NAME'), sid: asked('SID') }
    const same = (name: string | undefined, own: string) => name?.toLowerCase() === own.toLowerCase()
    if (same(asked('COMMAND'), 'ping')) this.#refuse(0)
    else if (moods.refuse !== undefined) this.#refuse(moods.refuse)
    else if (moods.redirect !== undefined) this.#redirect(moods.redirect)
    else if (names.service !== undefined && !same(names.service, service)) this.#refuse(12_514)
    else if (names.service === undefined && !same(names.sid, sid)) this.#refuse(12_505)
    else this.#accept()
  }

  #accept(): void {
    this.#socket.write(packet(PACKET.accept, accepted(), false))
    this.#packets.long = true
  }

  #redirect(to: string): void {
    const address = Buffer.from(to)
    const size = Buffer.alloc(2)
    size.writeUInt16BE(address.length)
    this.#socket.end(packet(PACKET.redirect, Buffer.concat([size, address]), false))
  }

  #refuse(error: number): void {
    const text = Buffer.from(`(DESCRIPTION=(TMP=)(VSNNUM=202375680)(ERR=${error})(ALIAS=LISTENER))`)
    const head = Buffer.from([error === 0 ? 0 : 34, 0, 0, 0])
    head.writeUInt16BE(text.length, 2)
    this.#socket.end(packet(PACKET.refuse, Buffer.concat([head, text]), false))
  }

  #data(one: Packet): void {
    const flags = flagsOf(one)
    if ((flags & END_OF_FILE) !== 0) return void this.#socket.end()
    this.#payload.push(payloadOf(one))
    if ((flags & LAST) === 0) return
    const message = Buffer.concat(this.#payload)
    this.#payload = []
    const answer = this.#call.answer(message)
    if (answer === 'cut') this.#socket.destroy()
    else if (answer !== 'silence') this.#say(answer)
  }

  #say(answer: Buffer): void {
    const { mangle, behind } = this.#oracle.moods
    const mangled = mangle?.(answer)
    const packets = parts(mangled ?? answer).map(dataPacket)
    this.#answers += 1
    if (behind?.[0] === this.#answers) packets.push(behind[1])
    this.#socket.write(Buffer.concat(packets))
    if (mangled !== undefined && !mangled.equals(answer)) this.#socket.end()
  }
}

const SDU = 8192

/** Answers that are longer than a packet are cut. */
function parts(answer: Buffer): Buffer[] {
  const size = SDU - 10
  const cut: Buffer[] = []
  for (let at = 0; at === 0 || at < answer.length; at += size) cut.push(answer.subarray(at, at + size))
  return cut
}

/** ACCEPT: version 315, no services of native encryption. */
function accepted(): Buffer {
  const content = Buffer.alloc(33)
  content.writeUInt16BE(315, 0)
  content.writeUInt16BE(1, 2)
  content.writeUInt16BE(SDU, 4)
  content.writeUInt16BE(SDU, 6)
  content.writeUInt16BE(1, 8)
  content.writeUInt16BE(41, 12)
  content[14] = 0x08
  content[15] = 0x08
  content.writeUInt32BE(SDU, 24)
  content.writeUInt32BE(2_097_152, 28)
  return content
}

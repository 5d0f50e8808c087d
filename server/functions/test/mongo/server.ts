import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Document } from 'mongodb'
import { answer, Frames, type Request } from './frames.ts'
import { Conversation, credential } from './scram.ts'
import { type Account, type Kind, MongoFault, Users } from './users.ts'

/** A MongoDB in small, for its real driver: TLS, SCRAM that really checks passwords, and the commands about users. */
export interface MongoDouble extends AsyncDisposable {
  readonly port: number
  readonly users: Users
  /** What clients have asked for, hello apart: `admin.updateUser`. */
  readonly asked: string[]
  /** Everything that came in, as it came. */
  readonly received: Buffer[]
  /** How many connections are open. */
  readonly open: number
  /** Resolves when none is. */
  closed(): Promise<void>
  /** Whether a password is taken. */
  accepts(user: string, password: string, db?: string): boolean
  /** What goes wrong at the next command of this name. */
  next(command: string, mishap: Mishap): void
}

/** The connection is cut before or after the command has had its effect; no answer; this answer. */
export type Mishap = 'cut before' | 'cut after' | 'silence' | MongoFault

interface Options {
  readonly kind?: Kind
  readonly tls?: { readonly certificate: string; readonly key: string }
  readonly host?: string
  /** What it says of itself in hello, besides the usual. */
  readonly hello?: Document
  /** A server that takes any proof, and proves nothing itself. */
  readonly impostor?: boolean
  /** How often it wants the password hashed, instead of what is right. */
  readonly rounds?: string
  /** False: it does not begin the exchange within hello. */
  readonly speculates?: boolean
  /** What becomes of each answer on its way. */
  readonly spoil?: (bytes: Buffer) => Buffer
}

export async function startMongo(options: Options = {}): Promise<MongoDouble> {
  const users = new Users(options.kind ?? 'mongodb')
  users.add('chief', 'admin', 'of the chief', [{ role: 'root', db: 'admin' }])
  const state: State = { options, users, asked: [], mishaps: new Map() }
  const sockets = new Set<Socket>()
  const received: Buffer[] = []
  let wake = () => {}
  const serve = (socket: Socket) => {
    const session = new Session(socket, state)
    socket.on('data', (chunk: Buffer) => session.read(chunk))
  }
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) wake()
    })
  }
  const { tls } = options
  const server: Server =
    tls === undefined
      ? createServer((socket) => {
          track(socket)
          socket.on('data', (chunk: Buffer) => received.push(chunk))
          serve(socket)
        })
      : createTlsServer({ cert: tls.certificate, key: tls.key }, serve)
          .on('connection', track)
          .on('tlsClientError', (_, socket) => socket.destroy())
  server.listen(0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const closed = async () => {
    while (sockets.size > 0) await new Promise<void>((resolve) => (wake = resolve))
  }
  return {
    port: (server.address() as { port: number }).port,
    users,
    asked: state.asked,
    received,
    get open() {
      return sockets.size
    },
    closed,
    accepts: (user, password, db = 'admin') => accepts(users.find(user, db), password),
    next: (command, mishap) => void state.mishaps.set(command, mishap),
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

function accepts(account: Account | undefined, password: string): boolean {
  if (account === undefined) return false
  return [...account.credentials].every(([mechanism, { salt, storedKey }]) =>
    credential(mechanism, account.user, password, salt).storedKey.equals(storedKey),
  )
}

interface State {
  readonly options: Options
  readonly users: Users
  readonly asked: string[]
  readonly mishaps: Map<string, Mishap>
}

/** One connection. */
class Session {
  readonly #socket: Socket
  readonly #state: State
  readonly #frames = new Frames()
  #conversation: Conversation | undefined
  #source = 'admin'
  #who: Account | undefined

  constructor(socket: Socket, state: State) {
    this.#socket = socket
    this.#state = state
  }

  read(chunk: Buffer): void {
    try {
      for (const request of this.#frames.add(chunk)) this.#serve(request)
    } catch {
      // as MongoDB does with what it cannot read, the first bytes of TLS among it
      this.#socket.destroy()
    }
  }

  #serve(request: Request): void {
    const name = Object.keys(request.body)[0] as string
    const mishap = this.#state.mishaps.get(name)
    this.#state.mishaps.delete(name)
    if (!HELLO.has(name)) this.#state.asked.push(`${request.database}.${name}`)
    if (mishap === 'silence') return
    if (mishap === 'cut before') return void this.#socket.destroy()
    const reply = mishap instanceof MongoFault ? told(mishap) : this.#reply(request, name)
    if (mishap === 'cut after') return void this.#socket.destroy()
    const bytes = answer(request, reply)
    this.#socket.write(this.#state.options.spoil?.(bytes) ?? bytes)
  }

  #reply({ database, body }: Request, name: string): Document {
    try {
      return { ...this.#run(database, body, name), ok: 1 }
    } catch (error) {
      if (error instanceof MongoFault) return told(error)
      throw error
    }
  }

  #run(database: string, body: Document, name: string): Document {
    if (HELLO.has(name)) return this.#hello(body)
    switch (name) {
      case 'saslStart':
        return this.#begin(database, body)
      case 'saslContinue':
        return this.#finish(body)
      case 'ping':
      case 'endSessions':
        return {}
      default:
        return this.#state.users.run(database, body, this.#who)
    }
  }

  #hello(body: Document): Document {
    const { options, users } = this.#state
    const { saslSupportedMechs: asks, speculativeAuthenticate: first } = body
    const reply: Document = {
      helloOk: true,
      isWritablePrimary: true,
      ismaster: true,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      localTime: new Date(),
      logicalSessionTimeoutMinutes: 30,
      connectionId: 1,
      minWireVersion: 0,
      maxWireVersion: options.kind === 'documentdb' ? 13 : 21,
      readOnly: false,
      ...options.hello,
    }
    if (typeof asks === 'string') {
      const dot = asks.indexOf('.')
      const account = users.find(asks.slice(dot + 1), asks.slice(0, dot))
      if (account !== undefined) reply.saslSupportedMechs = account.mechanisms
    }
    if (first !== undefined && options.speculates !== false) {
      try {
        reply.speculativeAuthenticate = this.#begin(first.db, first)
      } catch (error) {
        // it is a guess: the driver asks again in earnest
        if (!(error instanceof MongoFault)) throw error
      }
    }
    return reply
  }

  #begin(database: string, { mechanism, payload }: Document): Document {
    const { users } = this.#state
    if (!users.mechanisms.includes(mechanism))
      throw this.#state.options.kind === 'documentdb'
        ? new MongoFault(-301, 'Location-301', 'Unsupported mechanism [ -301 ]')
        : new MongoFault(
            334,
            'MechanismUnavailable',
            `Received authentication for mechanism ${mechanism} which is not enabled`,
          )
    const known = (user: string) => users.find(user, database)?.credentials.get(mechanism)
    const conversation = new Conversation(mechanism, bytesOf(payload), known)
    if (known(conversation.user) === undefined) throw REFUSED
    this.#source = database
    this.#conversation = conversation
    const { rounds } = this.#state.options
    const said = rounds === undefined ? conversation.first : conversation.first.replace(/i=\d+$/, `i=${rounds}`)
    return { conversationId: 1, done: false, payload: Buffer.from(said) }
  }

  #finish({ payload }: Document): Document {
    const conversation = this.#conversation
    this.#conversation = undefined
    const impostor = this.#state.options.impostor === true
    const proof = impostor ? `v=${Buffer.alloc(32).toString('base64')}` : conversation?.finish(bytesOf(payload))
    if (conversation === undefined || proof === undefined) throw REFUSED
    this.#who = this.#state.users.find(conversation.user, this.#source)
    return { conversationId: 1, done: true, payload: Buffer.from(proof) }
  }
}

const REFUSED = new MongoFault(18, 'AuthenticationFailed', 'Authentication failed.')
const HELLO: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster'])
const bytesOf = (payload: unknown): string => Buffer.from(payload as Uint8Array).toString('utf8')
const told = ({ code, codeName, message }: MongoFault): Document => ({ ok: 0, errmsg: message, code, codeName })

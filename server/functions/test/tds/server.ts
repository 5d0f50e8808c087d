import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { execute } from './execute.ts'
import type { Session } from './session.ts'
import { logIn } from './login.ts'
import { newState, type State } from './model.ts'
import { SqlError } from './words.ts'
import { secured } from './tls.ts'
import {
  databaseChanged,
  done,
  errorToken,
  procedureDone,
  sentAway,
  table,
  transactionChanged,
  welcome,
} from './tokens.ts'
import {
  batchOf,
  ENCRYPT,
  encryptionOf,
  loginOf,
  type Message,
  Messages,
  packets,
  prelogin,
  rpcOf,
  TYPE,
  transactionOf,
} from './wire.ts'

/** Where a session is: before and behind what it asks for takes effect. The text of COMMIT and the like is that word. */
export interface Point {
  readonly at: 'prelogin' | 'login' | 'before' | 'after'
  readonly text: string
}

export interface Options {
  /** PEM. Without it the server has no TLS, and says so. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** What it says of encryption instead; `silent`: nothing at all. */
  readonly says?: number | 'silent'
  readonly version?: string
}

/** An attempt to log in. */
export interface Attempt {
  readonly user: string
  readonly secure: boolean
  /** The server's error; 0: let in. */
  readonly error: number
}

export const SA_PASSWORD = 'of-the-Superuser-1'

/** A SQL Server of the wire, with a small model of one behind it. Listens on 127.0.0.1. */
export class TdsServer implements AsyncDisposable {
  state: State
  /** Whether the connection goes on, breaks, hangs, or sends rows for ever here. */
  hook: (point: Point) => 'go' | 'cut' | 'stall' | 'flood' = () => 'go'
  /** The next ones who log in are sent to this server. */
  elsewhere: { readonly host: string; readonly port: number } | undefined
  readonly attempts: Attempt[] = []
  /** What was asked for, after the login. */
  readonly statements: string[] = []
  /** What came in before any encryption. */
  readonly inClear: Buffer[] = []
  readonly sockets = new Set<Socket>()
  readonly #options: Options
  readonly #server = createServer({ noDelay: true }, (socket) => this.#serve(socket))

  private constructor(options: Options) {
    this.#options = options
    this.state = newState(options.version ?? 'Microsoft SQL Server 2022 (RTM) - 16.0.4129.1 (X64)', SA_PASSWORD)
  }

  static async start(options: Options = {}): Promise<TdsServer> {
    const server = new TdsServer(options)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Waits until nobody is connected any more. */
  async idle(): Promise<void> {
    // not `once`: that one rejects when the other side resets
    for (const socket of this.sockets) if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  }

  #serve(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const conversation = new Conversation(this, this.#options, socket)
    conversation.listen(socket)
  }
}

class Conversation {
  readonly #server: TdsServer
  readonly #options: Options
  readonly #socket: Socket
  #stream: Duplex
  #messages = new Messages()
  #secure = false
  #session: Session | undefined
  /** A request that gets no answer. */
  #hangs = false
  /** The state that this session works on, within a transaction. */
  #own: { readonly id: bigint; readonly state: State; readonly from: State } | undefined

  constructor(server: TdsServer, options: Options, socket: Socket) {
    this.#server = server
    this.#options = options
    this.#socket = socket
    this.#stream = socket
  }

  listen(stream: Duplex): void {
    this.#stream = stream
    this.#messages = new Messages()
    stream.on('error', () => this.#socket.destroy())
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const message of this.#messages.push(chunk)) this.#answer(message)
      } catch (error) {
        // a client that does not keep to the protocol
        this.#server.statements.push(`PROTOCOL: ${error instanceof Error ? error.message : error}`)
        this.#socket.destroy()
      }
    })
  }

  #send(payload: Buffer): void {
    this.#stream.write(packets(TYPE.result, payload))
  }

  #passes(at: Point['at'], text: string): boolean {
    const how = this.#server.hook({ at, text })
    if (how === 'cut') this.#socket.destroy()
    this.#hangs = how === 'stall'
    if (how === 'flood') this.#flood()
    return how === 'go'
  }

  #flood(): void {
    const rows = packets(
      TYPE.result,
      table(
        ['a'],
        Array.from({ length: 4 }, () => ['x'.repeat(500)]),
      ),
    )
    rows[1] = 0 // not the last packet
    const more = (): void => {
      while (!this.#stream.destroyed && this.#stream.write(rows));
      if (!this.#stream.destroyed) this.#stream.once('drain', more)
    }
    more()
  }

  #answer({ type, payload }: Message): void {
    if (!this.#secure) this.#server.inClear.push(payload)
    if (type === TYPE.attention) {
      // first the request that is given up comes to its end
      if (this.#hangs) this.#send(done('error'))
      this.#hangs = false
      this.#send(done('attention'))
    } else if (type === TYPE.prelogin) this.#prelogin(payload)
    else if (type === TYPE.login) this.#login(payload)
    else if (this.#session === undefined) throw new Error('a request before the login')
    else if (type === TYPE.batch || type === TYPE.rpc) this.#request(type === TYPE.rpc, payload, this.#session)
    else if (type === TYPE.transaction) this.#transaction(payload)
    else throw new Error(`a message of type ${type}`)
  }

  #prelogin(payload: Buffer): void {
    if (!this.#passes('prelogin', '')) return
    const { tls, says } = this.#options
    const asked = encryptionOf(payload)
    const wants = asked === ENCRYPT.on || asked === ENCRYPT.required
    const own = tls === undefined ? ENCRYPT.notSupported : wants ? ENCRYPT.on : ENCRYPT.required
    const said = says === 'silent' ? undefined : (says ?? own)
    this.#send(prelogin(said))
    if (tls === undefined || said !== ENCRYPT.on) return
    this.#stream.removeAllListeners('data')
    this.listen(secured(this.#socket, tls))
    this.#secure = true
  }

  #login(payload: Buffer): void {
    const login = loginOf(payload)
    if (!this.#passes('login', login.user)) return
    const attempt = { user: login.user, secure: this.#secure }
    try {
      this.#session = logIn(this.#server.state, login)
    } catch (error) {
      const errors = error instanceof AggregateError ? (error.errors as SqlError[]) : [error as SqlError]
      this.#server.attempts.push({ ...attempt, error: errors[0]?.number as number })
      const tokens = errors.map(({ number, severity, message }) => errorToken(number, severity, message))
      this.#send(Buffer.concat([...tokens, done('error')]))
      this.#stream.end()
      return
    }
    this.#server.attempts.push({ ...attempt, error: 0 })
    const { elsewhere } = this.#server
    const away = elsewhere === undefined ? Buffer.alloc(0) : sentAway(elsewhere.host, elsewhere.port)
    this.#send(Buffer.concat([away, welcome(this.#session.database)]))
  }

  #request(isProcedure: boolean, payload: Buffer, session: Session): void {
    const { transaction, sql, values } = isProcedure ? rpcOf(payload) : batchOf(payload)
    this.#expect(transaction)
    this.#server.statements.push(sql)
    if (!this.#passes('before', sql)) return
    const before = session.database
    const end = isProcedure ? procedureDone : done
    let answer: Buffer
    try {
      const result = execute(this.#own?.state ?? this.#server.state, session, sql, values)
      const rows = result === undefined ? Buffer.alloc(0) : table(result.columns, result.rows)
      const moved = before === session.database ? Buffer.alloc(0) : databaseChanged(session.database, before)
      answer = Buffer.concat([moved, rows, end()])
    } catch (error) {
      if (!(error instanceof SqlError)) throw error
      answer = Buffer.concat([errorToken(error.number, error.severity, error.message), end('error')])
    }
    if (this.#passes('after', sql)) this.#send(answer)
  }

  #expect(transaction: bigint): void {
    if (transaction !== (this.#own?.id ?? 0n)) throw new Error('a request of another transaction')
  }

  #transaction(payload: Buffer): void {
    const { transaction, what } = transactionOf(payload)
    this.#expect(transaction)
    const word = what.toUpperCase()
    this.#server.statements.push(word)
    if (!this.#passes('before', word)) return
    const { state } = this.#server
    const id = this.#own?.id ?? BigInt(this.#server.statements.length)
    if (what === 'begin') {
      if (this.#own !== undefined) throw new Error('a transaction within a transaction')
      this.#own = { id, state: structuredClone(state), from: state }
    } else {
      if (this.#own === undefined) throw new Error('the end of no transaction')
      if (this.#own.from !== state) throw new Error('two transactions at one time')
      if (what === 'commit') this.#server.state = this.#own.state
      this.#own = undefined
    }
    if (this.#passes('after', word)) this.#send(Buffer.concat([transactionChanged(what, id), done()]))
  }
}

import { hash } from 'node:crypto'
import type { PoolClient, QueryResult } from 'pg'
import { bind, type CompiledStatement, compile } from '#kernel/storage/dialect'
import { StorageError } from '#kernel/storage/error'
import type { Parameters, Row, Scope, Statement, Unit } from '#kernel/storage/storage'
import { encodeText } from './connection.ts'
import { engineError } from './errors.ts'

/** The statements of the program, each compiled once; the connections prepare them under their names. */
export class Statements {
  readonly #compiled = new Map<Statement, CompiledStatement>()
  readonly #texts = new Map<string, string>()

  of(statement: Statement): CompiledStatement {
    return this.#compiled.get(statement) ?? this.#compile(statement)
  }

  #compile(statement: Statement): CompiledStatement {
    const other = this.#texts.get(statement.name)
    if (other !== undefined && other !== statement.sql)
      throw new StorageError(`two statements are named ${statement.name}`)
    this.#texts.set(statement.name, statement.sql)
    const compiled = compile(statement, 'postgres')
    // the server cuts names at 63 bytes
    const name = compiled.name.length <= 63 ? compiled.name : hash('sha256', compiled.name, 'hex').slice(0, 40)
    const named = { ...compiled, name }
    this.#compiled.set(statement, named)
    return named
  }
}

const none: readonly never[] = []

/** A unit on a connection of its own. */
export class PostgresUnit implements Unit {
  readonly effect: 'read' | 'write'
  /** The first statement that failed, as the driver told it. */
  failure: unknown
  readonly #client: PoolClient
  readonly #statements: Statements
  readonly #generations: Readonly<Record<Scope, number>>
  /** Scopes whose number was asked for: by these the work may have gone. */
  readonly asked = new Set<Scope>()
  #open = true
  #touched: Set<Scope> | undefined
  #before: (() => Promise<void>)[] | undefined
  #after: (() => void)[] | undefined

  constructor(
    effect: 'read' | 'write',
    client: PoolClient,
    statements: Statements,
    generations: Readonly<Record<Scope, number>>,
  ) {
    this.effect = effect
    this.#client = client
    this.#statements = statements
    this.#generations = generations
  }

  async get<R = Row>(statement: Statement, parameters: Parameters): Promise<R | undefined> {
    return (await this.#query(statement, parameters)).rows[0] as R | undefined
  }

  async all<R = Row>(statement: Statement, parameters: Parameters): Promise<R[]> {
    return (await this.#query(statement, parameters)).rows as R[]
  }

  async run(statement: Statement, parameters: Parameters): Promise<number> {
    return (await this.#query(statement, parameters)).rowCount ?? 0
  }

  touch(scope: Scope): void {
    this.#touched ??= new Set()
    this.#touched.add(scope)
  }

  generation(scope: Scope): number {
    this.asked.add(scope)
    return this.#generations[scope]
  }

  beforeCommit(work: () => Promise<void>): void {
    this.#before ??= []
    this.#before.push(work)
  }

  afterCommit(work: () => void): void {
    this.#after ??= []
    this.#after.push(work)
  }

  /** In an order that all nodes share, so that they don't wait for each other in a circle. */
  get touched(): readonly Scope[] {
    return this.#touched === undefined ? none : [...this.#touched].toSorted()
  }

  /** Does what is to be done before the commit. */
  async finish(): Promise<void> {
    for (const work of this.#before ?? none) await work()
  }

  get after(): Iterable<() => void> {
    return this.#after ?? none
  }

  /** The unit is over: a statement that comes now was not awaited, and is refused. */
  end(): void {
    this.#open = false
  }

  async #query(statement: Statement, parameters: Parameters): Promise<QueryResult> {
    if (!this.#open) throw new StorageError(`statement ${statement.name}: the unit is over; something was not awaited`)
    if (this.failure !== undefined) throw new StorageError(`statement ${statement.name}: the unit has failed`)
    try {
      const compiled = this.#statements.of(statement)
      if (this.effect === 'read' && !compiled.reads)
        throw new StorageError(`statement ${statement.name}: a read unit does not write`)
      const values = bind(compiled, parameters).map((value) => (typeof value === 'string' ? encodeText(value) : value))
      return await this.#client.query({ name: compiled.name, text: compiled.text, values })
    } catch (error) {
      this.failure ??= error
      throw engineError(`statement ${statement.name}`, error)
    }
  }
}

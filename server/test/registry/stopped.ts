import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SettableClock, systemClock } from '#kernel/clock'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { systemRandom } from '#kernel/random'
import { memorySeal } from '#kernel/sealing/seal'
import { rawRequest } from '#kernel/signature/request'
import { type Assembled, assemble } from '../../server.ts'
import { bootstrap } from '../../services/iam/accounts.ts'
import { type Answer, type Credentials, draftOf, signed } from './client.ts'

/** A store in a folder, and starts of the server on it: what is done to its file in between, the next start finds. */

export const directory = mkdtempSync(join(tmpdir(), 'strongroom-swap-'))
export const file = join(directory, 'strongroom.db')
const seal = memorySeal()
const clock = new SettableClock(systemClock.now(), false)
let lines: string[] = []

/** What the last run wrote to its log. */
export const log = () => lines.join('')

export const HERE = 'us-east-1'
export const THERE = 'eu-west-1'
export const ONE = '111122223333'
export const TWO = '444455556666'

/** A start of the server on the store of this file, without a socket. */
export class Run {
  readonly #inside: Assembled

  constructor(inside: Assembled) {
    this.#inside = inside
  }

  static async begin(): Promise<Run> {
    lines = []
    const log = openLog({ level: 'debug', form: 'json', clock, to: { write: (line) => void lines.push(line) } })
    return new Run(
      await assemble({
        kept: { kind: 'file', directory },
        seal,
        regions: [HERE, THERE],
        shared: false,
        runsJobs: false,
        clock,
        random: systemRandom,
        log,
        metrics: openMetrics('test'),
        strict: true,
      }),
    )
  }

  async account(account: string): Promise<Credentials> {
    const { storage, vault } = this.#inside
    const made = await bootstrap({ storage, vault, random: systemRandom, now: clock.now(), account })
    return { accessKeyId: made.accessKeyId ?? '', secretAccessKey: made.secretAccessKey?.reveal() ?? '' }
  }

  /** A call as if it had come over the wire. */
  async call(credentials: Credentials, action: string, input: Record<string, unknown>, region = HERE): Promise<Answer> {
    const [name, operation = ''] = action.split(':')
    const service = this.#inside.services.find((each) => each.name === name)
    assert.ok(service)
    const signing = { credentials, service: service.signingName, region, at: clock.now() }
    const { method, target, headers, body } = signed(80, draftOf(service, operation, input), signing)
    const reply = await this.#inside.handle(
      rawRequest({
        method,
        target,
        headers: Object.entries(headers).flat(),
        body,
        remoteAddress: '127.0.0.1',
        secure: false,
      }),
    )
    const pairs = reply.headers.map((_, at) => at).filter((at) => at % 2 === 0)
    return {
      status: reply.status,
      headers: Object.fromEntries(pairs.map((at) => [reply.headers[at]?.toLowerCase(), reply.headers[at + 1]])),
      text: String(reply.body),
    }
  }

  async done(...call: Parameters<Run['call']>): Promise<string> {
    const answer = await this.call(...call)
    assert.equal(answer.status, 200, `${call[1]}: ${answer.text}`)
    return answer.text
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#inside.close()
  }
}

/** Exchanges columns of two rows, each told by some of its columns. */
export function exchange(
  table: string,
  one: Readonly<Record<string, string>>,
  two: typeof one,
  columns: string[],
): void {
  const db = new DatabaseSync(file)
  try {
    const where = (row: typeof one) =>
      Object.keys(row)
        .map((column) => `${column} = ?`)
        .join(' and ')
    const read = (row: typeof one) => {
      const all = db
        .prepare(`select ${columns.join(', ')} from ${table} where ${where(row)}`)
        .all(...Object.values(row))
      assert.equal(all.length, 1, `${table} ${JSON.stringify(row)}`)
      return all[0] as Record<string, string | Uint8Array>
    }
    const write = (row: typeof one, values: ReturnType<typeof read>) => {
      const set = columns.map((column) => `${column} = ?`).join(', ')
      const given = columns.map((column) => values[column] as string)
      db.prepare(`update ${table} set ${set} where ${where(row)}`).run(...given, ...Object.values(row))
    }
    const [first, second] = [read(one), read(two)]
    assert.notDeepEqual(first, second)
    db.exec('begin')
    write(one, second)
    write(two, first)
    db.exec('commit')
  } finally {
    db.close()
  }
}

/** Runs `work` on a server that finds the rows exchanged; puts them back whatever comes of it. */
export async function exchanged(swap: () => void, work: (run: Run) => Promise<void>): Promise<void> {
  swap()
  try {
    await using run = await Run.begin()
    await work(run)
  } finally {
    swap()
  }
}

/** Rows of the stopped server's store. */
export function rows(sql: string): Record<string, string>[] {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return db.prepare(sql).all() as Record<string, string>[]
  } finally {
    db.close()
  }
}

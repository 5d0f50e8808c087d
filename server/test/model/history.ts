import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { send, signed } from '../registry/client.ts'
import { contentOf, type Value } from './call.ts'
import { ROOT } from './messages.ts'
import { ANY, CURRENT, NOTHING, type Secret } from './secret.ts'

/** What a secret was at a time, as the model has it; undefined: it was gone. */
export interface Snapshot {
  readonly at: number
  readonly secret: Secret | undefined
}

interface Entry {
  readonly EntryId: string
  /** Epoch seconds. */
  readonly Time: number
  readonly Kind: string
  readonly PrincipalArn: string
  readonly Changes: readonly { readonly Member: string; readonly From?: string; readonly To?: string }[]
}

/** Where the operations are asked that AWS does not have. */
export class Past implements Disposable {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #port: number
  readonly #now: number

  constructor(url: string, now: number) {
    this.#port = Number(new URL(url).port)
    this.#now = now
  }

  /**
   * What the history tells of a secret, from its beginning, is what it was: each change begins where the one before ended, and at each
   * time that was looked at everything is as it was then; the value that was current then can be read.
   */
  async check(arn: string, snapshots: readonly Snapshot[]): Promise<void> {
    const entries = await this.#entries(arn)
    assert.equal(entries[0]?.Kind, 'Created', `${arn}: its history begins with ${entries[0]?.Kind}`)
    const state = new Map<string, string>()
    let next = 0
    for (const { at, secret } of snapshots) {
      for (; (entries[next]?.Time ?? Number.POSITIVE_INFINITY) * 1000 <= at + 0.5; next++)
        replay(arn, state, entries[next] as Entry)
      const told = Object.fromEntries([...state].sort())
      assert.deepEqual(told, secret === undefined ? {} : factsOf(secret), `${arn}: its history at ${at}`)
    }
    assert.equal(next, entries.length, `${arn}: entries of later than now`)
    const last = snapshots.at(-1)?.secret
    if (last !== undefined && last.deletedAt === undefined)
      for (const snapshot of snapshots.slice(-4)) await this.#checkValue(arn, snapshot)
  }

  /** The value that was current at a time, also when AWS would have forgotten its version. */
  async #checkValue(arn: string, { at, secret }: Snapshot): Promise<void> {
    const content = secret?.versions[secret.stages[CURRENT] ?? '']?.content
    if (content === undefined || content === ANY || content === NOTHING) return
    const { SecretString, SecretBinary } = await this.#ask<{ SecretString?: string; SecretBinary?: string }>(
      'GetSecretValueFromHistory',
      { SecretId: arn, AsOf: at / 1000 },
    )
    const value: Value =
      SecretString === undefined ? { kind: 'binary', text: SecretBinary ?? '' } : { kind: 'string', text: SecretString }
    assert.equal(contentOf(value), content, `${arn}: the value at ${at}`)
  }

  async #entries(SecretId: string): Promise<Entry[]> {
    const found: Entry[] = []
    let NextToken: string | undefined
    do {
      const more = NextToken === undefined ? {} : { NextToken }
      const page = await this.#ask<{ Entries: Entry[]; NextToken?: string }>('ListSecretHistory', { SecretId, ...more })
      found.push(...page.Entries)
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    return found.reverse()
  }

  async #ask<T>(operation: string, input: object): Promise<T> {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `strongroom.${operation}` }
    const signing = { credentials: ROOT, service: 'strongroom', at: this.#now }
    const request = signed(this.#port, { headers, body: JSON.stringify(input) }, signing)
    const { status, text } = await send(this.#agent, this.#port, request)
    assert.equal(status, 200, `${operation} ${JSON.stringify(input)}: ${text}`)
    return JSON.parse(text) as T
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

const VERSION = 'Version '

/** Does an entry's changes. Each must begin with what was there. */
function replay(arn: string, state: Map<string, string>, { EntryId, Kind, Changes }: Entry): void {
  for (const { Member, From, To } of Changes) {
    if (Member === 'Version' || Member === 'EmptyVersion') {
      const id = VERSION + (From ?? To)
      assert.equal(state.has(id) || From === undefined, true, `${arn}: entry ${EntryId}: ${id} goes and was not there`)
      if (To === undefined) state.delete(id)
      else state.set(id, Member === 'Version' ? 'value' : 'empty')
      continue
    }
    assert.equal(
      From,
      state.get(Member),
      `${arn}: entry ${EntryId} begins ${Member} with something else than was there`,
    )
    if (To === undefined) state.delete(Member)
    else state.set(Member, To)
  }
  // Of the versions of what is gone for good nothing is said.
  if (Kind === 'Removed') for (const member of state.keys()) if (member.startsWith(VERSION)) state.delete(member)
}

const iso = (ms: number) => new Date(ms).toISOString()

/** What the history should come to. */
function factsOf(secret: Secret): Record<string, string> {
  const { description, kmsKeyId, policy, tags = {}, stages, versions, deletedAt, purgeAt, rotation } = secret
  const facts: Record<string, string | undefined> = {
    Description: description,
    KmsKeyId: kmsKeyId,
    ResourcePolicy: policy,
    DeletedDate: deletedAt && iso(deletedAt[0]),
    DeletionDate: purgeAt && iso(purgeAt[0]),
    RotationEnabled: rotation && String(rotation.enabled),
    RotationLambdaARN: rotation?.functionArn,
    RotationRules: rotation?.days === undefined ? undefined : JSON.stringify({ AutomaticallyAfterDays: rotation.days }),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`Tags/${key}`, value])),
    ...Object.fromEntries(Object.entries(stages).map(([label, version]) => [`VersionStages/${label}`, version])),
    ...Object.fromEntries(
      Object.entries(versions).map(([id, { content }]) => [VERSION + id, content === NOTHING ? 'empty' : 'value']),
    ),
  }
  const known = Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined)
  return Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)))
}

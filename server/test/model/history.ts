import assert from 'node:assert/strict'
import { contentOf, type Person, type Value } from './call.ts'
import type { Entry } from './facts.ts'
import { ANY, CURRENT, NOTHING, type Secret } from './secret.ts'
import { ask } from './wire.ts'

/** What a secret was at a time, as the model has it; undefined: it was gone. */
export interface Snapshot {
  readonly at: number
  readonly secret: Secret | undefined
}

/** The history as it is told, asked of a node at a time. */
export class Past {
  readonly #node: { readonly url: string; readonly now: number }
  readonly #by: Person

  constructor(node: { readonly url: string; readonly now: number }, by: Person) {
    this.#node = node
    this.#by = by
  }

  /** The entries of a secret after the first `known`, oldest first; `page`: so many are asked for at once. */
  async entries(SecretId: string, known = 0, page = 50): Promise<Entry[]> {
    const found: Entry[] = []
    let NextToken: string | undefined
    do {
      const input = { SecretId, MaxResults: page, ...(NextToken === undefined ? {} : { NextToken }) }
      const { status, members } = await ask(this.#node.url, this.#by, this.#node.now, 'ListSecretHistory', input)
      // The answer to a call can invent an ARN: no history is that of a secret which never was.
      if (members.__type === 'ResourceNotFoundException' && known === 0) return []
      assert.equal(status, 200, `ListSecretHistory ${SecretId}: ${JSON.stringify(members)}`)
      const { Entries, NextToken: next } = members as { Entries: Entry[]; NextToken?: string }
      found.push(...Entries.filter(({ EntryId }) => Number(EntryId) > known))
      NextToken = Entries.some(({ EntryId }) => Number(EntryId) <= known) ? undefined : next
    } while (NextToken !== undefined)
    return found.reverse()
  }

  /**
   * The history of a secret, read once more in small pages, is what was read of it bit by bit, but for which values are kept by now; and at
   * the times at which it was looked at last, the value that was current can be read.
   */
  async check(arn: string, read: readonly Entry[], snapshots: readonly Snapshot[]): Promise<void> {
    const last = snapshots.at(-1)?.secret
    const still = ({ ValueKept: _, ...entry }: Entry) => entry
    const entries = await this.entries(arn, 0, 7)
    assert.deepEqual(entries.map(still), read.map(still), `${arn}: its history`)
    const numbers = entries.map(({ EntryId }) => Number(EntryId))
    assert.deepEqual(
      numbers,
      [...numbers.keys()].map((at) => at + 1),
      `${arn}: entries are missing`,
    )
    for (const { EntryId, VersionId, ValueKept, Changes } of entries) {
      if (VersionId === undefined) continue
      const version = last?.versions[VersionId] ?? last?.past[VersionId]
      const isKept = version !== undefined && version.content !== NOTHING
      const isPlaceholder = Changes.some(({ Member, To }) => Member === 'EmptyVersion' && To !== undefined)
      const expected = isPlaceholder && !isKept ? undefined : isKept
      assert.equal(ValueKept, expected, `${arn}: entry ${EntryId}: whether the value is kept`)
    }
    if (last !== undefined && last.deletedAt === undefined)
      for (const snapshot of snapshots.slice(-4)) await this.#checkValue(arn, snapshot)
  }

  /** The value that was current at a time, also when AWS would have forgotten its version. */
  async #checkValue(SecretId: string, { at, secret }: Snapshot): Promise<void> {
    const content = secret?.versions[secret.stages[CURRENT] ?? '']?.content
    if (content === undefined || content === ANY || content === NOTHING) return
    const input = { SecretId, AsOf: at / 1000 }
    const { status, members } = await ask(this.#node.url, this.#by, this.#node.now, 'GetSecretValueFromHistory', input)
    assert.equal(status, 200, `GetSecretValueFromHistory ${JSON.stringify(input)}: ${JSON.stringify(members)}`)
    const { SecretString, SecretBinary = '' } = members as { SecretString?: string; SecretBinary?: string }
    const value: Value =
      SecretString === undefined ? { kind: 'binary', text: SecretBinary } : { kind: 'string', text: SecretString }
    assert.equal(contentOf(value), content, `${SecretId}: the value at ${at}`)
  }
}

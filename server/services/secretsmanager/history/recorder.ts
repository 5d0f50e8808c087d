import type { Unit } from '#kernel/storage/storage'
import { type Change, stageMember } from '../model/as-of.ts'
import type { ResourcePolicy } from '../model/policy.ts'
import type { Rotation } from '../model/rotation.ts'
import type { Secret } from '../model/secret.ts'
import type { Stages } from '../model/stages.ts'
import type { Author } from './author.ts'
import { type EntryKind, type Holder, type HistoryRows, KINDS } from './entry.ts'
import * as sql from './history.sql.ts'

/** What is gathered of one secret until its unit ends. */
interface Gathered {
  readonly holder: Holder
  kind: EntryKind
  at: number
  /** When it was changed before this unit, as far as that is known. */
  heldSince: number
  readonly changes: Change[]
  readonly versions: Set<string>
}

type Policy = Pick<ResourcePolicy, 'document' | 'principals'> | undefined

/**
 * Writes down who changed what, in the unit of the change: one entry for each secret that a unit changes, put down before the commit, so
 * that there is no change without it.
 */
export class Recorder {
  readonly #unit: Unit
  readonly #rows: HistoryRows
  readonly #author: Author
  #gathered: Map<string, Gathered> | undefined

  constructor(unit: Unit, rows: HistoryRows, author: Author) {
    this.#unit = unit
    this.#rows = rows
    this.#author = author
  }

  created(secret: Secret): void {
    const gathered = this.#gather(secret, 'Created', secret.createdAt)
    for (const [member, read] of METADATA) put(gathered, member, undefined, read(secret))
  }

  /** What `save` writes. */
  saved(before: Secret, after: Secret): void {
    const kind =
      before.deletedAt === after.deletedAt ? 'Metadata' : after.deletedAt === undefined ? 'Restored' : 'Deletion'
    let gathered: Gathered | undefined
    for (const [member, read] of METADATA) {
      const [from, to] = [read(before), read(after)]
      if (from === to) continue
      gathered ??= this.#gather(before, kind, after.changedAt)
      put(gathered, member, from, to)
    }
  }

  policy(secret: Secret, before: Policy, after: Policy, now: number): void {
    const gathered = this.#gather(secret, 'Policy', now)
    put(gathered, 'ResourcePolicy', before?.document, after?.document)
    put(gathered, 'PolicyPrincipals', before?.principals, after?.principals)
  }

  /** Of a rotation what was configured; when the next one begins is no change of anybody's. */
  rotation(secret: Secret, before: Rotation | undefined, after: Rotation | undefined, now: number): void {
    let gathered: Gathered | undefined
    for (const [member, read] of ROTATION) {
      const [from, to] = [before && read(before), after && read(after)]
      if (from === to) continue
      gathered ??= this.#gather(secret, 'Rotation', now)
      put(gathered, member, from, to)
    }
  }

  /** A version that came: `EmptyVersion` is the placeholder of a rotation, `Version` a value. */
  version(secret: Secret, member: 'Version' | 'EmptyVersion', id: string, now: number): void {
    const gathered = this.#gather(secret, 'Version', now)
    gathered.versions.add(id)
    gathered.changes.push({ member, from: undefined, to: id })
  }

  /** A version that went. */
  pruned(secret: Secret, id: string, now: number): void {
    const gathered = this.#gather(secret, 'Pruned', now)
    gathered.versions.add(id)
    gathered.changes.push({ member: 'Version', from: id, to: undefined })
  }

  label(secret: Secret, stage: string, from: string | undefined, to: string | undefined, now: number): void {
    put(this.#gather(secret, 'Labels', now), stageMember(stage), from, to)
  }

  /** It goes for good: what it was at the end. */
  removed(secret: Secret, policy: Policy, rotation: Rotation | undefined, stages: Stages, now: number): void {
    const gathered = this.#gather(secret, 'Removed', now)
    for (const [member, read] of METADATA) put(gathered, member, read(secret), undefined)
    put(gathered, 'ResourcePolicy', policy?.document, undefined)
    put(gathered, 'PolicyPrincipals', policy?.principals, undefined)
    for (const [member, read] of ROTATION) put(gathered, member, rotation && read(rotation), undefined)
    for (const [stage, version] of stages) put(gathered, stageMember(stage), version, undefined)
  }

  #gather(secret: Secret, kind: EntryKind, now: number): Gathered {
    const { account, region, id, changedAt } = secret
    if (this.#gathered === undefined) {
      this.#gathered = new Map()
      this.#unit.beforeCommit(() => this.#write())
    }
    const at = this.#author.now ?? now
    const known = this.#gathered.get(id)
    if (known !== undefined) {
      if (KINDS.indexOf(kind) < KINDS.indexOf(known.kind)) known.kind = kind
      if (at > known.at) known.at = at
      return known
    }
    const gathered: Gathered = {
      holder: { account, region, id },
      kind,
      at,
      heldSince: Math.min(changedAt, at),
      changes: [],
      versions: new Set(),
    }
    this.#gathered.set(id, gathered)
    return gathered
  }

  async #write(): Promise<void> {
    const all = this.#gathered ?? []
    this.#gathered = undefined
    for (const [id, { holder, kind, at, heldSince, changes, versions }] of all) {
      const changed = changes.filter(({ from, to }) => from !== to)
      // That it came, and went, is told also of a secret that has nothing but its name.
      if (changed.length === 0 && kind !== 'Created' && kind !== 'Removed') continue
      const { account, region } = holder
      const head = await this.#unit.get<{ entry: number; at: number }>(sql.head, { account, region, secret: id })
      const [only] = versions
      const entry = {
        number: (head?.entry ?? 0) + 1,
        // The clock of another node, or of this one, may have been ahead.
        at: Math.max(at, head?.at ?? 0),
        heldSince: head?.at ?? heldSince,
        kind,
        versionId: versions.size === 1 ? only : undefined,
        author: this.#author,
        changes: changed,
      }
      await this.#unit.run(sql.add, { account, region, secret: id, ...this.#rows.columns(holder, entry) })
    }
  }
}

/** Notes a change of a member, after what the same unit has changed of it before. */
function put({ changes }: Gathered, member: string, from: string | undefined, to: string | undefined): void {
  const at = changes.findIndex((change) => change.member === member)
  const known = changes[at]
  if (known !== undefined) changes[at] = { member, from: known.from, to }
  else if (from !== to) changes.push({ member, from, to })
}

type Reader<T> = readonly [member: string, read: (from: T) => string | undefined]

/** The members that stand in the row of a secret, as `stateOf` (model/as-of.ts) has them. */
const METADATA: readonly Reader<Secret>[] = [
  ['Description', ({ description }) => description],
  ['KmsKeyId', ({ kmsKeyId }) => kmsKeyId],
  ['Type', ({ type }) => type],
  ['OwningService', ({ owningService }) => owningService],
  ['Tags', ({ tags }) => tags && JSON.stringify([...tags])],
  ['DeletedAt', ({ deletedAt }) => deletedAt?.toString()],
  ['PurgeAt', ({ purgeAt }) => purgeAt?.toString()],
]

const ROTATION: readonly Reader<Rotation>[] = [
  ['RotationEnabled', ({ enabled }) => String(enabled)],
  ['RotationLambdaARN', ({ functionArn }) => functionArn],
  ['RotationRules', ({ rules }) => rulesText(rules)],
  ['RotationConfiguredBy', ({ configuredBy }) => configuredBy],
]

function rulesText({ automaticallyAfterDays, scheduleExpression, duration }: Rotation['rules']): string | undefined {
  const text = JSON.stringify({
    AutomaticallyAfterDays: automaticallyAfterDays,
    ScheduleExpression: scheduleExpression,
    Duration: duration,
  })
  return text === '{}' ? undefined : text
}

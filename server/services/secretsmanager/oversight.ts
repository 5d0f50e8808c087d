import { readJson, type Json } from '#kernel/authorization/json'
import { isPublic } from '#kernel/authorization/exposure'
import type { Target } from '#kernel/operation'
import type { Unit } from '#kernel/storage/storage'
import type { Cell } from './model/identity.ts'
import { secretArn } from './model/identity.ts'
import type { Policies } from './policies.ts'
import * as sql from './oversight.sql.ts'
import { SecretTarget } from './target.ts'

/** What whoever runs the server is told of many secrets, a page at a time. Nothing secret. */

/** Which secrets; what is not said is any. */
export interface Scope {
  readonly account?: string | undefined
  readonly region?: string | undefined
}

type Read = <T>(work: (unit: Unit) => Promise<T>) => Promise<T>
const PAGE = 500

/** A secret that nobody reads. */
export interface IdleSecret extends Cell {
  readonly arn: string
  readonly name: string
  readonly owningService: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly createdAt: number
  /** Midnight UTC of the last day on which a value was read; undefined: never. */
  readonly lastDay: number | undefined
}

/** Secrets whose values were not read on or after the day of `before`, and that are older: pages of them. */
export async function* idleSecrets(read: Read, before: number, scope: Scope): AsyncGenerator<readonly IdleSecret[]> {
  const { account = '', region = '' } = scope
  for (let after = { afterAccount: '', afterRegion: '', afterDay: -1, afterName: '', afterSuffix: '' }; ; ) {
    const place = after
    const rows = await read((unit) =>
      unit.all<sql.IdleRow>(sql.idle, { ...place, before, account, region, limit: PAGE }),
    )
    if (rows.length > 0) yield rows.map(idleOf)
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = {
      ...{ afterAccount: last.account, afterRegion: last.region },
      ...{ afterDay: Number(last.accessed_day), afterName: last.name, afterSuffix: last.suffix },
    }
  }
}

function idleOf(row: sql.IdleRow): IdleSecret {
  const { account, region, name, suffix, owning_service: owner, tags } = row
  const day = Number(row.accessed_day)
  return {
    ...{ account, region, name, arn: secretArn(region, account, name, suffix), tags: recordOf(tags) },
    owningService: owner ?? undefined,
    createdAt: Number(row.created_at),
    lastDay: day === 0 ? undefined : day,
  }
}

const recordOf = (tags: string | null): Record<string, string> =>
  Object.fromEntries(JSON.parse(tags ?? '[]') as [string, string][])

/** A secret as it is looked after. Times in milliseconds. */
export interface Overseen extends Cell {
  readonly arn: string
  readonly name: string
  readonly owningService: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly createdAt: number
  /** When it will be gone. */
  readonly purgeAt: number | undefined
  /** The value is encrypted under the account's aws/secretsmanager; undefined: there is no value. */
  readonly defaultKey: boolean | undefined
  readonly currentAt: number | undefined
  readonly previousSince: number | undefined
  readonly deprecated: number
  readonly deprecatedAt: number | undefined
  /** Undefined: none was ever set up. */
  readonly rotates: boolean | undefined
  /** Its resource policy lets everybody in. */
  readonly public: boolean
  /** Accounts that its resource policy names in an Allow, besides its own. */
  readonly others: readonly string[]
  /** What the policies decide on. */
  readonly target: Target
}

/** All secrets, also those that are to be deleted: pages of them. */
export async function* overseenSecrets(
  read: Read,
  policies: Policies,
  { account = '', region = '' }: Scope,
): AsyncGenerator<readonly Overseen[]> {
  for (let after = { afterAccount: '', afterRegion: '', afterId: '' }; ; ) {
    const place = after
    const rows = await read((unit) =>
      unit.all<sql.OverseenRow>(sql.overseen, { ...place, account, region, limit: PAGE }),
    )
    if (rows.length > 0) yield rows.map((row) => overseenOf(row, policies))
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = { afterAccount: last.account, afterRegion: last.region, afterId: last.id }
  }
}

function overseenOf(row: sql.OverseenRow, policies: Policies): Overseen {
  const { account, region, id, name, suffix, type, owning_service: owner } = row
  const arn = secretArn(region, account, name, suffix)
  const policy = policies.of({ account, region, id, arn }, row)
  const tags = recordOf(row.tags)
  const subject = {
    account,
    arn,
    type: type ?? undefined,
    tags: new Map(Object.entries(tags)),
    policy,
    rotation: undefined,
  }
  const number = (value: number | null) => (value === null ? undefined : Number(value))
  return {
    ...{ account, region, arn, name, tags },
    owningService: owner ?? undefined,
    createdAt: Number(row.created_at),
    purgeAt: row.deleted_at === null ? undefined : Number(row.purge_at),
    defaultKey: row.default_key === null ? undefined : Number(row.default_key) === 1,
    currentAt: number(row.current_at),
    previousSince: number(row.previous_since),
    deprecated: Number(row.deprecated),
    deprecatedAt: number(row.deprecated_at),
    rotates: row.rotates === null ? undefined : Number(row.rotates) === 1,
    public: policy !== undefined && isPublic(policy.compiled),
    others: policy === undefined ? [] : accountsIn(policy.document, account),
    target: new SecretTarget(arn, arn, account, subject, {}),
  }
}

/** The accounts besides the own one that statements with Allow name. */
function accountsIn(document: string, own: string): string[] {
  const written = (readJson(document) as ReadonlyMap<string, Json>).get('Statement')
  const found = new Set<string>()
  for (const statement of [written].flat() as ReadonlyMap<string, Json>[]) {
    const principal = statement.get('Effect') === 'Allow' ? statement.get('Principal') : undefined
    if (!(principal instanceof Map)) continue
    for (const one of [principal.get('AWS') ?? []].flat()) {
      const [, account] = /^(?:arn:aws[^:]*:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(String(one)) ?? []
      if (account !== undefined && account !== own) found.add(account)
    }
  }
  return [...found]
}

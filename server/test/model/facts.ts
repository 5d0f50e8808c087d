import { NOTHING, type Secret } from './secret.ts'

/** What the history tells of a secret, by member: its texts, and which versions there are, with a value or empty. */
export type Facts = Readonly<Record<string, string>>

const VERSION = 'Version '
const iso = (ms: number) => new Date(ms).toISOString()

/** What the history of a secret should come to. */
export function factsOf(secret: Secret): Facts {
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

/** Ids of the versions of which two states tell otherwise. */
export function versionsBetween(before: Facts, after: Facts): string[] {
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return members
    .filter((member) => member.startsWith(VERSION) && before[member] !== after[member])
    .map((member) => member.slice(VERSION.length))
}

/**
 * What a change is mainly about, the weightiest first; undefined facts: the secret was not there. Empty: something that is not told, who
 * configured a rotation or that there are no tags any more.
 */
export function kindOf(before: Facts | undefined, after: Facts | undefined): string {
  if (before === undefined) return 'Created'
  if (after === undefined) return 'Removed'
  const members = new Set([...Object.keys(before), ...Object.keys(after)])
  const changed = [...members].filter((member) => before[member] !== after[member])
  if (changed.includes('DeletedDate')) return after.DeletedDate === undefined ? 'Restored' : 'Deletion'
  const versions = versionsBetween(before, after)
  if (versions.some((id) => after[VERSION + id] !== undefined)) return 'Version'
  if (versions.length > 0) return 'Pruned'
  if (changed.includes('ResourcePolicy')) return 'Policy'
  if (changed.length === 0) return ''
  if (changed.some((member) => member.startsWith('Rotation'))) return 'Rotation'
  return changed.some((member) => member.startsWith('VersionStages/')) ? 'Labels' : 'Metadata'
}

interface Change {
  readonly Member: string
  readonly From?: string
  readonly To?: string
}

/** An entry of the history. */
export interface Entry {
  readonly EntryId: string
  /** Epoch seconds. */
  readonly Time: number
  readonly Kind: string
  readonly PrincipalArn: string
  readonly PrincipalId?: string
  readonly SourceIPAddress: string
  readonly RequestId?: string
  readonly EventName?: string
  readonly InvokedBy?: string
  readonly VersionId?: string
  readonly ValueKept?: boolean
  readonly Changes: readonly Change[]
}

/** The facts after an entry; undefined: the secret is gone. Throws when it does not begin with what was there. */
export function afterEntry(
  arn: string,
  facts: Facts | undefined,
  { EntryId, Kind, Changes }: Entry,
): Facts | undefined {
  const what = `${arn}: entry ${EntryId} of its history`
  if ((Kind === 'Created') !== (facts === undefined)) throw new Error(`${what} is ${Kind}`)
  const next: Record<string, string> = { ...facts }
  for (const { Member, From, To } of Changes) {
    if (Member === 'Version' || Member === 'EmptyVersion') {
      const id = VERSION + (From ?? To)
      if (From !== undefined && next[id] === undefined) throw new Error(`${what}: ${id} goes and was not there`)
      if (To === undefined) delete next[id]
      else next[id] = Member === 'Version' ? 'value' : 'empty'
      continue
    }
    if (next[Member] !== From) throw new Error(`${what} begins ${Member} with ${From}, which is ${next[Member]}`)
    if (To === undefined) delete next[Member]
    else next[Member] = To
  }
  if (Kind === 'Removed') return undefined
  return Object.fromEntries(Object.entries(next).sort(([a], [b]) => (a < b ? -1 : 1)))
}

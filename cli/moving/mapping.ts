import type { Incoming, IncomingSecret, IncomingTag } from './incoming.ts'
import { problemOf, problemOfName } from './incoming.ts'

/** Parts of a secret that may stay behind. */
export const PARTS = ['description', 'key', 'policy', 'rotation', 'tags'] as const
export type Part = (typeof PARTS)[number]

/** How names and parts change on the way. */
export interface Mapping {
  /** Taken off the start of a name that has it. */
  readonly strip: string
  /** Put before every name. */
  readonly prefix: string
  /** Stands for each character that no name may have; undefined: such a secret stays behind. */
  readonly substitute: string | undefined
  readonly without: ReadonlySet<Part>
  /** In the place of every key: id, ARN or alias. */
  readonly kmsKeyId: string | undefined
  /** Account numbers in policies, and in the ARNs of keys and functions: the old one and the new one. */
  readonly accounts: ReadonlyMap<string, string>
  /** Besides their own. */
  readonly tags: readonly IncomingTag[]
}

/** The secret as it is to be here; or why it cannot be. Nothing that is told has a value in it. */
export function mapped(incoming: Incoming, mapping: Mapping): Incoming {
  if ('left' in incoming) {
    const { left } = incoming
    return { left: { ...left, name: nameOf(left.name, mapping) } }
  }
  const { secret } = incoming
  const name = nameOf(secret.name, mapping)
  const why = problemOfName(name) ?? problemIn(secret)
  return why === undefined ? { secret: { ...partsOf(secret, mapping), name } } : { left: { name, why } }
}

function nameOf(name: string, { strip, prefix, substitute }: Mapping): string {
  const own = strip !== '' && name.startsWith(strip) ? name.slice(strip.length) : name
  return prefix + (substitute === undefined ? own : own.replace(/[^A-Za-z0-9/_+=.@!-]/gu, substitute))
}

function problemIn({ versions }: IncomingSecret): string | undefined {
  for (const { id, value } of versions) {
    const problem = problemOf(value)
    if (problem !== undefined) return versions.length === 1 ? problem : `version ${id}: ${problem}`
  }
  return undefined
}

function partsOf(secret: IncomingSecret, { without, kmsKeyId, accounts, tags }: Mapping): IncomingSecret {
  const notes = [...secret.notes]
  const moved = (text: string | undefined) => text && inAccounts(text, accounts)
  const own = without.has('tags') ? undefined : secret.tags
  const both = tags.length === 0 ? own : withTags(own ?? [], tags)
  const left = (part: Part, there: unknown) => {
    if (without.has(part) && there !== undefined) notes.push(`its ${part} stays behind, as asked`)
  }
  left('policy', secret.policy)
  left('rotation', secret.rotation)
  return {
    ...secret,
    description: without.has('description') ? undefined : secret.description,
    kmsKeyId: kmsKeyId ?? (without.has('key') ? undefined : moved(secret.kmsKeyId)),
    policy: without.has('policy') ? undefined : moved(secret.policy),
    rotation:
      without.has('rotation') || secret.rotation === undefined
        ? undefined
        : { ...secret.rotation, functionArn: moved(secret.rotation.functionArn) },
    tags: both,
    // what stays behind on purpose is not taken away where it is
    whole: secret.whole && without.size === 0,
    notes,
  }
}

function withTags(own: readonly IncomingTag[], more: readonly IncomingTag[]): IncomingTag[] {
  const keys = new Set(more.map(({ Key }) => Key))
  return [...own.filter(({ Key }) => !keys.has(Key)), ...more]
}

/** The old account as a part of an ARN, or a principal by itself. */
function inAccounts(text: string, accounts: ReadonlyMap<string, string>): string {
  if (accounts.size === 0) return text
  return text.replace(/(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])/g, (account) => accounts.get(account) ?? account)
}

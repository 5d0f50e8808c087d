import type { Of } from './call.ts'
import * as refusals from './refusals.ts'
import { ANY, CURRENT, NOTHING, type Secret, type Version } from './secret.ts'
import { head, labelsOf, refused, type Result, type Setting, write } from './writing.ts'

/** Least characters of a version id. Source: 8.0. */
const SHORTEST_ID = 32

/** That it is one and the same version, not another of its id. */
export const isSame = (a: Version | undefined, b: Version | undefined): boolean =>
  a !== undefined && b !== undefined && a.born[0] === b.born[0] && a.born[1] === b.born[1]

/** The version that was current at a time, wherever its value is now. */
function currentThen(
  secret: Secret,
  { asOf }: Of<'rollback'>,
): { readonly id: string; readonly version: Version } | undefined {
  const was = asOf?.secrets.get(secret.arn)
  const id = was?.stages[CURRENT]
  if (was === undefined || id === undefined) return undefined
  const version = [secret.versions[id], secret.past[id]].find((one) => isSame(one, was.versions[id]))
  return version && { id, version }
}

/** The version that `to` means: by a label, a time, or its id; also one that was pruned, since its value is kept. */
function meant(secret: Secret, call: Of<'rollback'>): { readonly id: string; readonly version: Version } | undefined {
  const labelled = secret.stages[call.to]
  if (labelled === undefined && call.asOf !== undefined) return currentThen(secret, call)
  const id = labelled ?? call.to
  const version = secret.versions[id] ?? (id.length < SHORTEST_ID ? undefined : secret.past[id])
  return version && { id, version }
}

/**
 * RollBackSecret: what PutSecretValue would do with the old value. The same call again is answered as the first was, though labels mean
 * other versions by then. Source: docs/how-to/undo-a-change.md, docs/decisions/0023-going-back.md.
 */
export function rollBack(secret: Secret, call: Of<'rollback'>, setting: Setting): Result {
  const { token, to } = call
  const known = secret.versions[token]
  const from = known?.rolled?.to === to ? known.rolled.from : undefined
  const again = from === undefined ? undefined : (secret.versions[from] ?? secret.past[from])
  if (known !== undefined && from !== undefined && again?.content === known.content && known.content !== ANY) {
    const VersionStages = labelsOf(secret, token)
    return { next: secret, answer: { ...head(secret), VersionId: token, VersionStages, FromVersionId: from } }
  }
  // What a label meant before this version came, and it came otherwise.
  if (known !== undefined && (from !== undefined || isLabel(call))) return { unsure: true }
  if (call.asOf !== undefined && call.asOf.at > setting.now[1]) return refused(refusals.inFuture)
  const found = meant(secret, call)
  if (found === undefined || found.version.content === NOTHING) return refused(refusals.notToBeHad)
  const { id, version } = found
  if (known === undefined && id === secret.stages[CURRENT] && isSame(version, secret.versions[id]))
    return refused(refusals.alreadyCurrent)
  if (known?.content === ANY || (known !== undefined && version.content === ANY)) return { unsure: true }
  const written = write(secret, { token, content: version.content }, false, undefined, setting)
  if ('refusal' in written) return written
  const { next, repeated } = written
  const answer = { ...head(secret), VersionId: token, VersionStages: labelsOf(next, token), FromVersionId: id }
  if (repeated) return { next, answer }
  const made = next.versions[token] as Version
  const versions = { ...next.versions, [token]: { ...made, rolled: { to, from: id } } }
  return { next: { ...next, versions, changedAt: setting.now }, answer }
}

const isLabel = ({ to, asOf }: Of<'rollback'>): boolean => asOf === undefined && to.length < SHORTEST_ID

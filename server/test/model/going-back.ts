import { isDeepStrictEqual } from 'node:util'
import type { Item, Of } from './call.ts'
import { factsOf } from './facts.ts'
import { holderOf, type Namesakes, type Results, type Rules, withSecret } from './namesakes.ts'
import * as refusals from './refusals.ts'
import { isSame } from './rolling-back.ts'
import {
  ANY,
  CURRENT,
  DAY,
  isTooMany,
  labelled,
  type Moment,
  omit,
  PENDING,
  PREVIOUS,
  removable,
  type Secret,
  turnedOff,
  underKey,
  without,
} from './secret.ts'
import type { ExpectedItem } from './writing.ts'

type GoBack = Of<'goback'>

/** What is to be done to a secret so that it is as it was. */
interface Way {
  readonly next: Secret
  readonly changes: ExpectedItem['Changes']
  readonly notKept: NonNullable<Item['NotKept']>
  /** Ids of versions that come back from the history. */
  readonly back: readonly string[]
}

/**
 * RestoreSecrets, under one name: each secret that had it becomes as it was at a time, whole or not at all, or it is only listed what that
 * would change. What others make meanwhile it may pass over (`rules.passesOver`): it looks at what was listed when it began. `asOf` is what the model itself has seen at that time. Source: docs/how-to/undo-a-change.md, 0023-going-back.md.
 */
export function goBack(names: Namesakes, call: GoBack, rules: Rules): Results {
  const { asOf, dryRun, plan } = call
  if (call.future) return { refusal: refusals.inFuture }
  const items: ExpectedItem[] = []
  let [next, unchanged, notThere] = [names, 0, 0]
  const isListed = ({ createdAt }: Secret) => !rules.passesOver || createdAt[1] < rules.now[0]
  const asked = plan === undefined ? names.all.filter(isListed).map(({ arn }) => arn) : [...plan.tokens.keys()]
  for (const arn of asked.toSorted()) {
    const place = next.all.findIndex((secret) => secret.arn === arn)
    const secret = next.all[place]
    if (secret === undefined) {
      notThere++
      continue
    }
    const way = wayOf(secret, call, rules.now)
    if (way === undefined) {
      unchanged++
      continue
    }
    const done = dryRun ? undefined : carriedOut(secret, way, call, rules)
    items.push({ ...itemOf(secret, way, call), ...(done?.item ?? {}) })
    if (done?.next === undefined) continue
    const takes = secret.deletedAt !== undefined && done.next.deletedAt === undefined
    const replaced = withSecret(next, place, done.next)
    next = takes && holderOf(replaced)?.deletedAt !== undefined ? { ...replaced, holder: place } : replaced
  }
  if (plan === undefined)
    for (const { arn, createdAt, goneAt } of names.gone)
      if (arn !== '' && createdAt[1] <= asOf.at && goneAt[0] > asOf.at)
        items.push({ ARN: arn, Name: call.name, Status: 'Gone', Changes: [], GoneDate: goneAt })
  const Secrets = items.toSorted((a, b) => (a.ARN < b.ARN ? -1 : 1))
  return { nexts: [next], answer: { Secrets, Unchanged: unchanged, NotPermitted: notThere, NextToken: undefined } }
}

const differs = ({ changes }: Way): boolean => changes.length > 0

function itemOf(secret: Secret, way: Way, { asOf, dryRun }: GoBack): ExpectedItem {
  const { changes: Changes, notKept, back } = way
  return {
    ARN: secret.arn,
    Name: secret.name,
    Status: asOf.secrets.has(secret.arn) ? 'Differs' : 'CreatedSince',
    Changes,
    ...(notKept.length > 0 && { NotKept: notKept }),
    ...(back.length > 0 && { FromHistory: back }),
    ...(dryRun && { PlanToken: ANY }),
    ...(isTooMany(secret.stages, way.next.stages) && { ErrorCode: 'LimitExceededException' }),
  }
}

/** What comes of it, when it is no dry run; without `next` it is left alone. */
function carriedOut(
  secret: Secret,
  way: Way,
  { asOf, plan }: GoBack,
  { most, now }: Rules,
): { readonly item: Partial<ExpectedItem>; readonly next?: Secret } {
  if (!differs(way)) return { item: {} }
  if (plan !== undefined && !isAsPlanned(secret, plan.secrets.get(secret.arn)))
    return { item: { Status: 'ChangedMeanwhile', ErrorCode: undefined } }
  const total = Object.keys(secret.versions).length + way.back.length - 1
  const full = way.back.length > 0 && total >= most
  const isRefused = isTooMany(secret.stages, way.next.stages) || (full && total - removable(secret, now).length >= most)
  if (isRefused) return { item: { Status: 'Refused', ErrorCode: 'LimitExceededException' } }
  const restored = way.notKept.length > 0 ? 'RestoredInPart' : 'Restored'
  const Status = asOf.secrets.has(secret.arn) ? restored : 'Deleted'
  const next = { ...way.next, changedAt: now, surplus: secret.surplus || full }
  const isDeleted = secret.deletedAt === undefined && next.deletedAt !== undefined
  // As DeleteSecret does it.
  return { item: { Status }, next: isDeleted && next.rotation !== undefined ? turnedOff(next) : next }
}

/** Whether all that can be brought back is as it was when the plan was made; tags in their order. */
function isAsPlanned(secret: Secret, planned: Secret | undefined): boolean {
  const held = (one: Secret) => {
    const { description, kmsKeyId, tags, policy, deletedAt, purgeAt, stages } = one
    return [description, kmsKeyId, tags && Object.entries(tags), policy, deletedAt, purgeAt, stages]
  }
  return planned !== undefined && isDeepStrictEqual(held(secret), held(planned))
}

/** How a secret gets back; undefined when it is there. */
function wayOf(secret: Secret, call: GoBack, now: Moment): Way | undefined {
  const { asOf, deleteCreated } = call
  const was = asOf.secrets.get(secret.arn)
  if (was === undefined) {
    if (!deleteCreated) return { next: secret, changes: [], notKept: [], back: [] }
    if (secret.deletedAt !== undefined) return undefined
    return { ...changing(secret, deletedFor(secret, 30 * DAY, now)), notKept: [], back: [] }
  }
  const { stages, notKept, back } = labelsBack(secret, was)
  let next =
    secret.deletedAt !== undefined && was.deletedAt === undefined ? without(secret, 'deletedAt', 'purgeAt') : secret
  const brought = Object.fromEntries(back.map((id) => [id, omit(secret.past[id] as Secret['past'][string], 'rolled')]))
  next = {
    ...next,
    stages,
    versions: { ...next.versions, ...brought },
    past: omit(next.past, ...back) as Secret['past'],
  }
  next = metadataBack(next, was)
  if (next.kmsKeyId !== secret.kmsKeyId) next = underKey(next)
  if (was.deletedAt !== undefined && secret.deletedAt === undefined) {
    const left = (was.purgeAt?.[0] ?? 0) - asOf.at
    next = deletedFor(next, Math.min(30 * DAY, Math.max(7 * DAY, left)), now)
  }
  const way = { ...changing(secret, next), notKept, back }
  return way.changes.length === 0 && notKept.length === 0 ? undefined : way
}

function metadataBack(secret: Secret, was: Secret): Secret {
  const same = isDeepStrictEqual(sorted(secret.tags), sorted(was.tags))
  const tags = same ? secret.tags : was.tags
  const { description, kmsKeyId, policy } = was
  return {
    ...without(secret, 'description', 'kmsKeyId', 'policy', 'tags'),
    ...(description === undefined ? {} : { description }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    ...(policy === undefined ? {} : { policy }),
    ...(tags === undefined ? {} : { tags }),
  }
}

const sorted = (tags: Secret['tags']) => Object.entries(tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))

const deletedFor = (secret: Secret, window: number, now: Moment): Secret => ({
  ...secret,
  deletedAt: now,
  purgeAt: [now[0] + window, now[1] + window],
})

/**
 * Labels on the versions that had them. AWSPENDING stays, but for one that has done its work on what is no more current. A label whose
 * version nobody keeps stays where it is; when that is AWSCURRENT, all do.
 */
function labelsBack(
  secret: Secret,
  was: Secret,
): Pick<Way, 'notKept' | 'back'> & { readonly stages: Secret['stages'] } {
  const { stages, versions, past } = secret
  const notKept: { VersionStage: string; VersionId: string }[] = []
  const kept: Record<string, string> = {}
  const stay: string[] = []
  for (const [label, id] of Object.entries(was.stages)) {
    if (label === PENDING) continue
    const version = was.versions[id]
    const is = isSame(versions[id], version) || (versions[id] === undefined && isSame(past[id], version))
    if (is || stages[label] === id) kept[label] = id
    else stay.push(label)
    if (!is) notKept.push({ VersionStage: label, VersionId: id })
  }
  notKept.sort((a, b) => (a.VersionStage < b.VersionStage ? -1 : 1))
  if (stay.includes(CURRENT)) return { stages, notKept, back: [] }
  const moves = kept[CURRENT] !== stages[CURRENT]
  for (const label of stay) {
    const holder = label === PREVIOUS && moves ? stages[CURRENT] : stages[label]
    if (holder !== undefined) kept[label] = holder
  }
  const pending = moves && stages[PENDING] === stages[CURRENT] ? undefined : stages[PENDING]
  const after = labelled(kept, PENDING, pending)
  const back = [...new Set(Object.values(after))].filter((id) => versions[id] === undefined).sort()
  return { stages: after, notKept, back }
}

/** What changes, as a person reads it. */
function changing(before: Secret, next: Secret): Pick<Way, 'next' | 'changes'> {
  const [from, to] = [factsOf(before), factsOf(next)]
  const members = [...new Set([...Object.keys(from), ...Object.keys(to)])]
  const said = members.filter((member) => !/^(Version |Rotation|Delet)/.test(member) && from[member] !== to[member])
  const changes: { Member: string; From?: string; To?: string | Moment }[] = said.map((member) => ({
    Member: member,
    ...(from[member] !== undefined && { From: from[member] }),
    ...(to[member] !== undefined && { To: to[member] }),
  }))
  if (before.deletedAt !== undefined && next.deletedAt === undefined)
    changes.push({ Member: 'DeletedDate', From: from.DeletedDate as string })
  if (before.deletedAt === undefined && next.purgeAt !== undefined)
    changes.push({ Member: 'DeletionDate', To: next.purgeAt })
  return { next, changes: changes.sort((a, b) => (a.Member < b.Member ? -1 : 1)) }
}

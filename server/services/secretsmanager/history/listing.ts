import { decide } from '#kernel/authorization/authorize'
import type { Call } from '#kernel/call'
import type { Change } from '../model/as-of.ts'
import { RowForged } from '#kernel/sealing/row-mac'
import { turnedAround } from '../model/history-refusals.ts'
import { placeOf, secretArn } from '../model/identity.ts'
import { secretNotFound } from '../model/refusals.ts'
import { present } from '../model/shown.ts'
import type { Env } from '../operation.ts'
import { policyOf } from '../policies.ts'
import { type SecretTarget, type Subject, targetOf } from '../target.ts'
import type { Entry, Gone } from './entry.ts'
import type { AskedHistory, ToldChange, ToldEntry, ToldHistory } from './told.ts'

const PAGE = 50
const READS_POLICY = 'secretsmanager:GetResourcePolicy'

/** Whose history is asked for: a secret that is there, else the one of that name or ARN that went last. */
type Asked =
  | { readonly is: 'there'; readonly secret: NonNullable<Awaited<ReturnType<Env['secrets']['find']>>> }
  | { readonly is: 'gone'; readonly gone: Gone; readonly last: Entry | undefined }

async function lookUp({ secrets }: Env, call: Call, id: string): Promise<Asked | undefined> {
  const secret = await secrets.find(id)
  if (secret !== undefined) return { is: 'there', secret }
  const place = placeOf(id)
  if (place === undefined || (place.region ?? call.region) !== call.region) return undefined
  const cell = { account: place.account ?? call.account, region: call.region }
  const gone = await secrets.history.gone(cell, place.name, place.suffix)
  if (gone === undefined) return undefined
  const [last] = await secrets.history.entries(gone, { limit: 1 })
  return { is: 'gone', gone, last }
}

/**
 * A secret that is gone as policies saw it at its end: its own policy and its tags still count. Throws RowForged when `last` is not the
 * entry of its end: without that a Deny would be forgotten.
 */
export function subjectOf({ account, region, id, name, suffix }: Gone, last: Entry | undefined): Subject {
  if (last?.kind !== 'Removed') throw new RowForged(`the end of secret ${id} is missing in its history`)
  const arn = secretArn(region, account, name, suffix)
  const was = new Map(last.changes.map(({ member, from }) => [member, from]))
  const [tags, document, functionArn] = [was.get('Tags'), was.get('ResourcePolicy'), was.get('RotationLambdaARN')]
  return {
    account,
    arn,
    type: was.get('Type'),
    tags: tags === undefined ? undefined : new Map(JSON.parse(tags) as [string, string][]),
    policy: document === undefined ? undefined : policyOf(arn, document, was.get('PolicyPrincipals') ?? ''),
    rotation: functionArn === undefined ? undefined : { functionArn },
  }
}

/** What it takes to see the history: what DescribeSecret and ListSecretVersionIds tell is in it. */
const ACTIONS = [undefined, 'secretsmanager:DescribeSecret', 'secretsmanager:ListSecretVersionIds']

export async function historyTargets(env: Env, call: Call, id: string): Promise<readonly SecretTarget[]> {
  const asked = await lookUp(env, call, id)
  const subject = asked?.is === 'gone' ? subjectOf(asked.gone, asked.last) : asked?.secret
  return ACTIONS.map((action) =>
    targetOf(id, subject, call, env.random, { foreign: true, ...(action !== undefined && { action }) }),
  )
}

/** Who changed what of a secret, newest first; of one that is gone as long as its history is kept. */
export async function listHistory(env: Env, call: Call, asked: AskedHistory): Promise<ToldHistory> {
  const { SecretId, MaxResults: limit = PAGE, NextToken: token, StartTime, EndTime } = asked
  const [first, last] = [StartTime?.getTime(), EndTime?.getTime()]
  if (first !== undefined && last !== undefined && first > last) throw turnedAround()
  const found = await lookUp(env, call, SecretId)
  if (found === undefined) throw secretNotFound()
  const holder = found.is === 'gone' ? found.gone : found.secret
  const subject = found.is === 'gone' ? subjectOf(found.gone, found.last) : found.secret
  const question = ['ListSecretHistory', holder.id, first ?? null, last ?? null]
  const below = token === undefined ? undefined : env.paging.open(token, question)[0]
  const entries = await env.secrets.history.entries(holder, { below, first, last, limit: limit + 1 })
  const page = entries.slice(0, limit)
  const end = entries.length > limit ? page.at(-1) : undefined
  const policy = targetOf(SecretId, subject, call, env.random, { action: READS_POLICY, foreign: true })
  const seesPolicy = decide(call, 'secretsmanager', READS_POLICY, policy).allowed
  const told: ToldEntry[] = []
  for (const entry of page)
    told.push(shownEntry(entry, seesPolicy, found.is === 'there' && (await isKept(env, found.secret, entry))))
  return present({
    ARN: subject.arn,
    Name: holder.name,
    GoneDate: found.is === 'gone' ? new Date(found.gone.goneAt) : undefined,
    Entries: told,
    NextToken: end && env.paging.seal([end.number, ''], question),
  })
}

async function isKept({ secrets }: Env, secret: Parameters<Env['secrets']['version']>[0], { versionId }: Entry) {
  if (versionId === undefined) return false
  const version = (await secrets.version(secret, versionId)) ?? (await secrets.history.past(secret, versionId))
  return version !== undefined && version.kind !== 'empty'
}

function shownEntry(entry: Entry, seesPolicy: boolean, kept: boolean): ToldEntry {
  const { number, at, kind, versionId, author, changes } = entry
  return present({
    EntryId: String(number),
    Time: new Date(at),
    PrincipalArn: author.principalArn,
    PrincipalId: author.principalId || undefined,
    SessionIssuerArn: author.issuerArn,
    SourceIPAddress: author.sourceIp,
    RequestId: author.requestId || undefined,
    EventName: author.eventName || undefined,
    InvokedBy: author.invokedBy,
    Kind: kind,
    VersionId: versionId,
    ValueKept: versionId === undefined || (isPlaceholder(entry) && !kept) ? undefined : kept,
    Changes: changes.flatMap((change) => shownChange(change, seesPolicy)),
  })
}

/** A rotation made a version without a value: one may come yet, none was lost. */
const isPlaceholder = ({ changes }: Entry) =>
  changes.some(({ member, to }) => member === 'EmptyVersion' && to !== undefined)

/** Ids by which principals are bound; they are nobody's to see. */
const HIDDEN: ReadonlySet<string> = new Set(['PolicyPrincipals', 'RotationConfiguredBy'])
const DATES: Readonly<Record<string, string>> = { DeletedAt: 'DeletedDate', PurgeAt: 'DeletionDate' }
const STAGE = 'Stage:'

function shownChange({ member, from, to }: Change, seesPolicy: boolean): ToldChange[] {
  if (HIDDEN.has(member)) return []
  if (member === 'Tags') return shownTags(from, to)
  if (member === 'ResourcePolicy' && !seesPolicy) return [{ Member: member }]
  if (member.startsWith(STAGE)) return [told(`VersionStages/${member.slice(STAGE.length)}`, from, to)]
  const date = DATES[member]
  return date === undefined ? [told(member, from, to)] : [told(date, dated(from), dated(to))]
}

function shownTags(from: string | undefined, to: string | undefined): ToldChange[] {
  const read = (text: string | undefined) => new Map(JSON.parse(text ?? '[]') as [string, string][])
  const [before, after] = [read(from), read(to)]
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].flatMap((key) =>
    before.get(key) === after.get(key) ? [] : [told(`Tags/${key}`, before.get(key), after.get(key))],
  )
}

const told = (Member: string, From: string | undefined, To: string | undefined): ToldChange =>
  present({ Member, From, To })

const dated = (ms: string | undefined) => (ms === undefined ? undefined : new Date(Number(ms)).toISOString())

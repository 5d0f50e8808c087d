import {
  type Answer,
  type Call,
  type Item,
  type Of,
  OPERATIONS,
  type Outcome,
  type OwnOp,
  type Person,
  type Value,
} from './call.ts'
import { ask, type Told } from './wire.ts'

const tagList = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
const payload = ({ kind, text }: Value) => (kind === 'string' ? { SecretString: text } : { SecretBinary: text })

/** The members of a call, as they are sent; JSON leaves out what is undefined. */
function inputOf(call: Of<OwnOp>): object {
  switch (call.op) {
    case 'rollback':
      return { SecretId: call.id, To: call.to, ClientRequestToken: call.token }
    case 'import':
      return {
        Name: call.name,
        Versions: call.versions.map(({ id, value, labels, createdAt }) => ({
          VersionId: id,
          ...payload(value),
          VersionStages: labels,
          CreatedDate: createdAt === undefined ? undefined : createdAt / 1000,
        })),
        Description: call.description,
        KmsKeyId: call.kmsKeyId,
        Tags: call.tags && tagList(call.tags),
        ResourcePolicy: call.policy,
        RotationEnabled: call.rotation && true,
        RotationLambdaARN: call.rotation?.functionArn,
        RotationRules: call.rotation && { AutomaticallyAfterDays: call.rotation.days },
        OnConflict: call.onConflict,
        Whole: call.whole,
        DryRun: call.dryRun,
      }
    case 'goback':
      return {
        Prefix: call.prefix ?? call.name,
        MaxResults: call.pages ? 1 : undefined,
        AsOf: call.asOf.at / 1000,
        DryRun: call.dryRun,
        DeleteCreated: call.deleteCreated,
        Secrets: call.plan && [...call.plan.tokens].map(([SecretId, PlanToken]) => ({ SecretId, PlanToken })),
      }
  }
}

/** Makes a call of ours; without an answer, nothing is known of it. Throws for a failure of the server's own. */
export async function makeOwn(
  node: { readonly url: string; readonly now: number },
  by: Person,
  call: Of<OwnOp>,
  agent: string,
): Promise<{ readonly outcome: Outcome; readonly requestId?: string }> {
  const first = await ask(node.url, by, node.now, OPERATIONS[call.op], inputOf(call), agent).catch(() => undefined)
  if (first === undefined) return { outcome: { kind: 'lost' } }
  const told =
    call.op === 'goback' && call.pages && first.status === 200 ? await allPages(first, node, by, call) : first
  const { status, members, requestId } = told
  if (status >= 500) throw new Error(`the server failed by itself: ${JSON.stringify(members)}`)
  if (status === 200)
    return { outcome: { kind: 'answered', answer: answerOf(members as unknown as Members) }, requestId }
  const { __type, Message, message } = members
  return { outcome: { kind: 'refused', code: String(__type), text: String(Message ?? message) }, requestId }
}

/** The pages of a dry run as one answer; a page has no more than one secret. */
async function allPages(
  first: Told,
  node: { readonly url: string; readonly now: number },
  by: Person,
  call: Of<'goback'>,
): Promise<Told> {
  const pages = [first.members as unknown as Members]
  for (let NextToken = pages[0]?.NextToken; NextToken !== undefined; NextToken = pages.at(-1)?.NextToken) {
    const { status, members } = await ask(node.url, by, node.now, OPERATIONS.goback, { ...inputOf(call), NextToken })
    if (status !== 200) throw new Error(`a page of RestoreSecrets is refused: ${JSON.stringify(members)}`)
    pages.push(members as unknown as Members)
  }
  const long = pages.find(({ Secrets = [], Unchanged = 0 }) => Secrets.length + Unchanged > 1)
  if (long !== undefined)
    throw new Error(`a page of RestoreSecrets is longer than it should be: ${JSON.stringify(long)}`)
  const sum = (member: 'Unchanged' | 'NotPermitted') => pages.reduce((total, page) => total + (page[member] ?? 0), 0)
  const Secrets = pages.flatMap((page) => page.Secrets ?? [])
  return { ...first, members: { Secrets, Unchanged: sum('Unchanged'), NotPermitted: sum('NotPermitted') } }
}

type Wired = Omit<Item, 'GoneDate' | 'KnownSince'> & { readonly GoneDate?: number; readonly KnownSince?: number }
type Members = Omit<Answer, 'Secrets'> & { readonly Secrets?: readonly Wired[] }

const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.round(seconds * 1000))
const by =
  <T>(key: (item: T) => string) =>
  (a: T, b: T) =>
    key(a) < key(b) ? -1 : 1

function answerOf(members: Members): Answer {
  return {
    ...members,
    VersionStages: members.VersionStages?.toSorted() ?? [],
    Changes: members.Changes?.toSorted(),
    Secrets: members.Secrets?.map(itemOf).toSorted(by((item) => item.ARN)),
  }
}

function itemOf({ ErrorMessage: _, ...item }: Wired & { readonly ErrorMessage?: string }): Item {
  const { Changes, NotKept, FromHistory, GoneDate, KnownSince, ...rest } = item
  return {
    ...rest,
    Changes: Changes.toSorted(by((change) => change.Member)),
    ...(NotKept && { NotKept: NotKept.toSorted(by((one) => one.VersionStage)) }),
    ...(FromHistory && { FromHistory: FromHistory.toSorted() }),
    ...(GoneDate !== undefined && { GoneDate: ms(GoneDate) }),
    ...(KnownSince !== undefined && { KnownSince: ms(KnownSince) }),
  }
}

/** Whether a call changes nothing in any case. */
export const reads = (call: Call): boolean =>
  call.op === 'get' ||
  call.op === 'describe' ||
  (call.op === 'goback' && call.dryRun) ||
  (call.op === 'import' && call.dryRun === true)

import type { Call, Plan, Then, Value } from './call.ts'
import type { Snapshot } from './history.ts'
import { ACCOUNT } from './messages.ts'
import { holderOf, meant, type Namesakes } from './namesakes.ts'
import { CURRENT, DAY, PREVIOUS } from './secret.ts'
import type { Naming, Step, VersionWord, Whole } from './sequence.ts'

/** What is known of a name when a step is made: the secret that has it, and the ARNs of those that had it before. */
export interface Known {
  readonly name: string
  readonly state: Namesakes
  readonly former: readonly string[]
  /** What each secret, of whatever name, was whenever it was looked at, by ARN; and when rounds have ended, the first before anything was done. */
  readonly past: ReadonlyMap<string, readonly Snapshot[]>
  readonly times: readonly number[]
  /** Milliseconds. */
  readonly now: number
  /** What a dry run of RestoreSecrets has listed. */
  readonly plan?: Plan | undefined
  /** How all names of the sequence begin. */
  readonly prefix: string
  /** Nobody else calls meanwhile. */
  readonly isAlone: boolean
}

/** The alias of the customer key that sequences use. */
export const ALIAS = 'alias/model'
const ARN = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:`
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:StrongroomRandomRotation`

const VALUES: readonly Value[] = [
  { kind: 'string', text: 'one' },
  { kind: 'string', text: ' Zwölf\u0000\r\n𝄞 ' },
  { kind: 'string', text: '{"user":"app","password":"x"}' },
  { kind: 'string', text: 'x'.repeat(65_536) },
  { kind: 'binary', text: Buffer.from([0, 255, 128, 13, 10]).toString('base64') },
  // the bytes of the first one, in the other kind
  { kind: 'binary', text: Buffer.from('one').toString('base64') },
]

/** Version ids that a reader recognises. */
const tokenOf = (n: number) => `Token-0000-0000-0000-0000-${String(n).padStart(12, '0')}`

/** Policies differ in their name only; their order of members is not that of the alphabet. */
const policyOf = (n: number) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: `policy${n}`,
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue'],
        Resource: '*',
      },
    ],
  })

const many = (letter: string) => Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`${letter}${at}`, '']))
const TAGS: readonly Readonly<Record<string, string>>[] = [
  { team: 'one' },
  { team: 'two', Team: 'ü' },
  { empty: '', 'a b:c/d': 'x y' },
  {},
  many('m'),
  many('n'),
]
const KEYS: readonly (readonly string[])[] = [['team'], ['Team', 'nobody'], ['empty', 'team', 'Team'], ['m0', 'm1']]

const nth = <T>(all: readonly T[], n: number): T => all[n % all.length] as T

function idOf({ name, state, former }: Known, by: Naming): string {
  const holder = holderOf(state)
  if (by === 'partial') return `${ARN}${name}`
  if (by === 'arn' && holder !== undefined) return holder.arn
  if (by === 'former') return former.findLast((arn) => arn !== holder?.arn) ?? `${ARN}${name}-Zzzz09`
  return name
}

/** How the secrets of the name were at a time: what was looked at then or last before. */
function thenAt({ past, times, now }: Known, when: number): Then {
  if (when === 20) return { at: now + DAY, secrets: new Map() }
  // The last of them is how it is now.
  const ago = when === 18 || times.length < 2 ? 0 : 1 + (when % (times.length - 1))
  const at = when === 19 ? (times[0] as number) : (times.at(-1 - ago) as number)
  const secrets = [...past].flatMap(([arn, snapshots]) => {
    const secret = snapshots.findLast((snapshot) => snapshot.at <= at)?.secret
    return secret === undefined ? [] : ([[arn, secret]] as const)
  })
  return { at, secrets: new Map(secrets) }
}

/** Each version id once, and mostly each label. */
function broughtBy({ versions }: Whole, more: number, now: number) {
  const [ids, labels] = [new Set<string>(), new Set<string>()]
  return versions.flatMap(({ token, value, labels: wanted, age }) => {
    const id = tokenOf(token)
    if (ids.has(id) && more !== 9) return []
    ids.add(id)
    const free = wanted.filter((label) => more === 8 || !labels.has(label))
    for (const label of free) labels.add(label)
    const createdAt = age === undefined ? undefined : now - age * DAY
    return [{ id, value: nth(VALUES, value), labels: free, createdAt }]
  })
}

/** Mostly a token that is not in use, and a version that is there, or was; a time, a label, or anything. */
function rollBackOf({ to, token, stage, when, more }: Step, known: Known, id: string): Call {
  const state = known.state.all[meant(known.state, id)]
  const free = Array.from({ length: 9 }, (_, at) => tokenOf((token + at) % 9)).find(
    (each) => state?.versions[each] === undefined && more < 6,
  )
  const call = { op: 'rollback' as const, id, token: free ?? tokenOf(token) }
  if (to === undefined && more < 7) {
    const asOf = thenAt(known, when)
    return { ...call, to: new Date(asOf.at).toISOString(), asOf }
  }
  const ids = Object.keys({ ...state?.past, ...state?.versions })
  if (typeof to === 'number') return { ...call, to: more < 8 && ids.length > 0 ? nth(ids, to) : tokenOf(to) }
  const label = to === undefined || to === 'its holder' ? stage : to.holder
  return { ...call, to: label === CURRENT && more < 5 ? PREVIOUS : label }
}

/** The call that a step means now. */
export function callOf(step: Step, known: Known): Call {
  const { op, more } = step
  const id = idOf(known, step.by)
  const state = known.state.all[meant(known.state, id)]
  const versionOf = (word: VersionWord | undefined): string | undefined => {
    if (word === undefined) return undefined
    if (typeof word === 'number') return tokenOf(word)
    return state?.stages[word === 'its holder' ? step.stage : word.holder]
  }
  const token = tokenOf(step.token)
  const value = step.value === undefined ? undefined : nth(VALUES, step.value)
  const description = nth([undefined, undefined, 'first', 'second', ''], more)
  const kmsKeyId = nth(
    [undefined, undefined, undefined, undefined, undefined, undefined, ALIAS, undefined, ALIAS, ''],
    more,
  )
  switch (op) {
    case 'create': {
      const tags = nth([undefined, undefined, ...TAGS.slice(0, 4)], more)
      return { op, name: known.name, token, value, description, kmsKeyId, tags }
    }
    case 'put':
      return { op, id, token, value: value ?? nth(VALUES, 0), stages: step.stages }
    case 'update':
      return { op, id, token, value, description, kmsKeyId }
    case 'stage':
      return { op, id, stage: step.stage, to: versionOf(step.to), from: versionOf(step.from) }
    case 'delete': {
      const [days, force] = nth(
        [[undefined], [7], [30], [undefined, true], [undefined, true], [7, false], [6], [31], [7, true], [14]] as const,
        more,
      )
      return { op, id, days, force }
    }
    case 'tag':
      // Without any it would not be a valid call.
      return {
        op,
        id,
        tags: nth(
          TAGS.filter((tags) => Object.keys(tags).length > 0),
          more,
        ),
      }
    case 'untag':
      return { op, id, keys: nth(KEYS, more) }
    case 'policy':
      return { op, id, document: policyOf(more % 3) }
    case 'rotate': {
      const functionArn = nth([FUNCTION, FUNCTION, undefined, FUNCTION, `${FUNCTION}Missing`], more)
      const immediately = nth([undefined, true, undefined, false], more)
      return { op, id, token, functionArn, days: more < 8 ? 999 : undefined, immediately }
    }
    case 'get':
      return {
        op,
        id,
        version: more % 2 === 0 ? undefined : versionOf(step.to),
        stage: more < 4 ? undefined : step.stage,
      }
    case 'rollback':
      return rollBackOf(step, known, id)
    case 'import': {
      const { whole, onConflict, dryRun, rotates } = step.whole
      const versions = broughtBy(step.whole, more, known.now)
      const tags = nth([undefined, undefined, ...TAGS.slice(0, 4)], more)
      const policy = nth([undefined, undefined, undefined, policyOf(0), policyOf(1)], more)
      const rotation = rotates ? { functionArn: FUNCTION, days: 999 } : undefined
      const rest = { description, kmsKeyId, tags, policy, rotation, onConflict, whole, dryRun: dryRun || undefined }
      return { op, name: known.name, versions, ...rest }
    }
    case 'goback': {
      const dryRun = more < 3
      const { plan, prefix, isAlone } = known
      if (!dryRun && more < 6 && plan !== undefined)
        return { op, name: known.name, asOf: plan.asOf, dryRun, deleteCreated: plan.deleteCreated, plan }
      const asOf = thenAt(known, step.when)
      const future = step.when === 20 || undefined
      const wide = more % 2 === 0 ? prefix : undefined
      const pages = dryRun && isAlone && more === 2
      return { op, name: known.name, prefix: wide, pages, asOf, future, dryRun, deleteCreated: more % 3 === 0 }
    }
    case 'restore':
    case 'cancel':
    case 'unpolicy':
    case 'describe':
      return { op, id }
    default:
      throw new Error(`there is no ${op}`)
  }
}

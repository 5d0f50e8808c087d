import type { Call, Value } from './call.ts'
import { ACCOUNT } from './messages.ts'
import { holderOf, meant, type Namesakes } from './namesakes.ts'
import type { Naming, Step, VersionWord } from './sequence.ts'

/** What is known of a name when a step is made: the secret that has it, and the ARNs of those that had it before. */
export interface Known {
  readonly name: string
  readonly state: Namesakes
  readonly former: readonly string[]
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
    case 'restore':
    case 'cancel':
    case 'unpolicy':
    case 'describe':
      return { op, id }
    default:
      throw new Error(`there is no ${op}`)
  }
}

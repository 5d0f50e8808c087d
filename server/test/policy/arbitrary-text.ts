import fc from 'fast-check'
import { A, B } from './people.ts'

/** Random actions, ARNs and patterns from small pools, made so that they often meet. */

export const ACTIONS = [
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:ListSecrets',
  'kms:Decrypt',
]

const SECRET = `arn:aws:secretsmanager:us-east-1:${A}:secret:`

export const RESOURCES = [
  `${SECRET}db/pw-AbCdEf`,
  `${SECRET}DB/pw-AbCdEf`,
  `${SECRET}db/pw`,
  `${SECRET}alice/x-AbCdEf`,
  `${SECRET}shared/a*b`,
  `${SECRET}é/😀/\u212a:${A}`,
  `arn:aws:secretsmanager:us-east-1:${B}:secret:db/pw-AbCdEf`,
  `arn:aws:secretsmanager::${A}:secret:`,
  `arn:aws:kms:eu-west-1:${A}:key/1`,
  '*',
]

/** `${inside}`, which a template string would take for its own. */
export function variable(inside: string): string {
  return `\${${inside}}`
}

/** Variables, with and without value, default, and wildcards in either. */
export const VARIABLES = [
  variable('aws:username'),
  variable('AWS:UserName'),
  variable('aws:PrincipalTag/team'),
  variable("aws:PrincipalTag/team, 'shared'"),
  variable("aws:PrincipalTag/team,'*'"),
  variable("aws:PrincipalTag/none, ''"),
  variable('aws:PrincipalTag/none'),
  variable('aws:TagKeys'),
  variable("aws:TagKeys, 'db'"),
  variable('*'),
  variable('?'),
  variable('$'),
  variable(''),
  variable(' aws:username '),
]

/** A change to a text: where (thousandths of its length), how much of it goes, and what comes instead. */
interface Change {
  readonly at: number
  readonly gone: number
  readonly instead: string
}

function changed(text: string, changes: readonly Change[]): string {
  const characters = [...text]
  for (const { at, gone, instead } of changes) {
    characters.splice(Math.floor((at * (characters.length + 1)) / 1000), gone, ...instead)
  }
  return characters.join('')
}

const change = (insteads: readonly string[]): fc.Arbitrary<Change> =>
  fc.record({ at: fc.nat(999), gone: fc.constantFrom(0, 1, 1, 2, 5, 12, 60), instead: fc.constantFrom(...insteads) })

/** A text that is one of `texts`, or like it: with wildcards in it, other letters, and pieces gone. */
export function patternLike(texts: readonly string[], insteads: readonly string[]): fc.Arbitrary<string> {
  const one = fc.constantFrom(...texts)
  return fc.oneof(
    { weight: 2, arbitrary: one },
    { weight: 1, arbitrary: fc.constantFrom('*', '**', '?') },
    {
      weight: 4,
      arbitrary: fc
        .tuple(one, fc.array(change(insteads), { minLength: 1, maxLength: 3 }))
        .map(([text, changes]) => changed(text, changes)),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(one, fc.nat(999))
        .map(([text, at]) => `${[...text].slice(0, (at * text.length) / 1000).join('')}*`),
    },
  )
}

/** Texts of few letters, so that a piece stands in many places, with patterns that are like the text or a part of it. */
export const globs: fc.Arbitrary<{ texts: string[]; patterns: string[] }> = fc
  .array(fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b', '😀'), maxLength: 40, size: 'max' }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((texts) => {
    const like = patternLike(texts, ['*', '?', '*', '?', '??', '*?', 'a', 'b', '😀', ''])
    const part = fc
      .tuple(
        fc.constantFrom(...texts),
        fc.nat(20),
        fc.nat(40),
        fc.constantFrom('*', '?*', '', '*?'),
        fc.constantFrom('*', '*?', 'b*', '*a*'),
      )
      .map(([text, from, length, before, after]) => before + [...text].slice(from, from + length).join('') + after)
    return fc.record({
      texts: fc.constant(texts),
      patterns: fc.array(fc.oneof(like, part), { minLength: 1, maxLength: 8 }),
    })
  })

const NAME_LETTERS = ['a', 'a', 'b', '/', '\u0161', '😀']

/** Short names that begin alike, one letter of which differs from another in its high half only; and patterns like them. */
export const names: fc.Arbitrary<{ texts: string[]; patterns: string[] }> = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...NAME_LETTERS), maxLength: 5 }),
    fc.array(fc.string({ unit: fc.constantFrom(...NAME_LETTERS), maxLength: 5 }), { minLength: 1, maxLength: 6 }),
  )
  .chain(([start, ends]) => {
    const texts = ends.map((end) => start + end)
    const looked = [variable('aws:username'), variable('*'), variable("t:None, 'a'")]
    const ending = ['*', '*', '?', '', 'a', '\u0161', ...looked, ...looked.map((one) => `*${one}`)]
    return fc.record({
      texts: fc.constant(texts),
      patterns: fc.array(patternLike(texts, ending), { minLength: 4, maxLength: 10 }),
    })
  })

const withService = patternLike(
  ACTIONS.map((action) => action.slice(action.indexOf(':') + 1)),
  ['*', '?', '*', '?', 'e', 'S', ' ', ',', '', variable('aws:username')],
)

/** A value of Action. The service is written out, since IAM takes no other. */
export const actionPattern: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('*', '*', ...ACTIONS, 'secretsmanager:*', '*:*', 'kms:*') },
  { weight: 1, arbitrary: fc.constantFrom(...ACTIONS).map((action) => action.toUpperCase()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ' secretsmanager:GetSecretValue',
      'secretsmanager:Get*,secretsmanager:*',
      'kms:Decrypt ',
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('secretsmanager', 'SecretsManager', 'kms', '*'), withService)
      .map((parts) => parts.join(':')),
  },
)

/** Six parts, each written out, wild or empty. */
const byParts = fc
  .tuple(
    fc.constantFrom('arn', 'arn', '*', 'a?n'),
    fc.constantFrom('aws', 'aws', '*', 'aw?'),
    fc.constantFrom('secretsmanager', 'secretsmanager', 'kms', 's*', '*', variable('aws:username')),
    fc.constantFrom('us-east-1', 'us-east-1', '*', '', 'us-*', '?'),
    fc.constantFrom(A, A, '*', '', '1111*', B),
    fc.oneof(
      fc.constantFrom('secret:*', '*', 'secret:db/*', 'secret:db/pw-??????', 'secret:', '*:*', 'key/1'),
      fc
        .tuple(fc.constantFrom(...VARIABLES), fc.constantFrom('*', '/x-*', '/*', '/pw-AbCdEf', 'b', ''))
        .map(([looked, tail]) => `secret:${looked}${tail}`),
      fc.constantFrom(...VARIABLES).map((looked) => `secret:shared/a${looked}b`),
    ),
  )
  .map((parts) => parts.join(':'))

/** A value of Resource: whole, short, wild in all places, with variables. */
export const resourcePattern: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('*', 'arn:aws:secretsmanager:*:*:*', `${SECRET}*`) },
  {
    weight: 3,
    arbitrary: patternLike(RESOURCES, ['*', '?', '*', '?', ':', 'a', 'D', '😀', '', ...VARIABLES.slice(0, 6)]),
  },
  { weight: 3, arbitrary: byParts },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'arn',
      'arn:aws',
      'arn:aws:secretsmanager:*',
      `arn:aws:*:us-east-1:${A}`,
      'a*',
      'arn:*:*',
    ),
  },
)

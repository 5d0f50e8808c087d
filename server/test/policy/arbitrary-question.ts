import fc from 'fast-check'
import type { Caller } from '#kernel/call'
import type { Question } from '#kernel/authorization/evaluate'
import { type Compiled, type ContextValue, compile, compileTrust } from '#kernel/authorization/policy'
import { condition } from './arbitrary-condition.ts'
import { ACTIONS, actionPattern, RESOURCES, resourcePattern } from './arbitrary-text.ts'
import { A, AWS_PRINCIPALS, B, BINDINGS, CALLERS, PROVIDER, SERVICE } from './people.ts'
import type { PlainPolicy, PlainQuestion, PlainStatement } from './plain.ts'
import type { Bound, Principals } from './plain-principal.ts'

/** Random documents and questions to them, each made for both evaluators. */

/** A document as the plain evaluator reads it, and as the fast one does. */
export interface Policy {
  readonly plain: PlainPolicy
  readonly fast: Compiled
  /** How the fast one compiles it: `compileTrust` for trust policies. */
  readonly of: typeof compile
}

export function policyOf(document: PlainPolicy['document'], bound?: Bound, of: typeof compile = compile): Policy {
  return { plain: { document, bound }, fast: of(JSON.stringify(document), bound), of }
}

/** A question, with the documents that bear on it. */
export interface Case {
  readonly caller: Caller
  readonly action: string
  readonly resource: string
  readonly owner: string
  readonly keys: ReadonlyMap<string, ContextValue>
  readonly rule: 'plain' | 'kms' | 'trust'
  readonly grant?: 'direct' | 'role' | undefined
  readonly identity: readonly Policy[]
  readonly boundary?: Policy | undefined
  readonly session?: readonly Policy[] | undefined
  readonly resourcePolicy?: Policy | undefined
  readonly endpoint?: Policy | undefined
}

export function plainQuestion(asked: Case): PlainQuestion {
  const { boundary, resourcePolicy, endpoint, identity, session } = asked
  return {
    ...asked,
    caller: fastCaller(asked),
    identity: identity.map(({ plain }) => plain),
    session: session?.map(({ plain }) => plain),
    boundary: boundary?.plain,
    resourcePolicy: resourcePolicy?.plain,
    endpoint: endpoint?.plain,
  }
}

export function fastQuestion(asked: Case): Question {
  const { action, resource, owner, keys, rule, grant } = asked
  return {
    caller: fastCaller(asked),
    action,
    resource,
    owner,
    context: (key) => keys.get(key),
    rule,
    grant,
    resourcePolicy: asked.resourcePolicy?.fast,
    endpointPolicy: asked.endpoint?.fast,
  }
}

function fastCaller({ caller, identity, boundary, session }: Case): Caller {
  return {
    ...caller,
    policies: identity.map(({ fast }) => fast),
    ...(boundary && { boundary: boundary.fast }),
    ...(session && { sessionPolicies: session.map(({ fast }) => fast) }),
  }
}

const version = fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17', undefined)
const oneOrMore = <T>(value: fc.Arbitrary<T>, most: number) =>
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: most }))

type Elements = Partial<PlainStatement>

/** `{ [name]: … }` or, one time in `rarely`, `{ [Notname]: … }`. */
function either(name: string, rarely: number, value: fc.Arbitrary<unknown>): fc.Arbitrary<Elements> {
  return fc
    .tuple(fc.nat(rarely - 1), value)
    .map(([chance, found]) => ({ [chance === 0 ? `Not${name}` : name]: found }) as Elements)
}

function statement(...elements: readonly fc.Arbitrary<Elements>[]): fc.Arbitrary<PlainStatement> {
  return fc
    .tuple(fc.constantFrom('Allow', 'Allow', 'Deny'), ...elements)
    .map(([Effect, ...parts]) => Object.assign({ Effect }, ...parts) as PlainStatement)
}

function policy(
  one: fc.Arbitrary<PlainStatement>,
  most: number,
  bound: fc.Arbitrary<Bound | undefined> = fc.constant(undefined),
  of: typeof compile = compile,
): fc.Arbitrary<Policy> {
  return fc
    .tuple(version, oneOrMore(one, most), bound)
    .map(([Version, Statement, ids]) => policyOf({ ...(Version && { Version }), Statement }, ids, of))
}

const everyAction = fc.constant<Elements>({ Action: '*' })
const everyResource = fc.constant<Elements>({ Resource: '*' })
const nothing = fc.constant<Elements>({})

/** Documents that ask for all actions and resources, under random conditions. */
export const conditionPolicy: fc.Arbitrary<Policy> = policy(
  statement(
    everyAction,
    everyResource,
    condition.map((Condition) => ({ Condition })),
  ),
  2,
)

/** Documents with random actions and resources and nothing else; `principal` for those that name everybody. */
export function patternPolicy(principal: boolean): fc.Arbitrary<Policy> {
  return policy(
    statement(
      either('Action', 5, oneOrMore(actionPattern, 3)),
      either('Resource', 4, oneOrMore(resourcePattern, 3)),
      principal ? fc.constant<Elements>({ Principal: '*' }) : nothing,
    ),
    3,
  )
}

/** Documents that have all of it, many statements too. */
export const wholePolicy: fc.Arbitrary<Policy> = policy(
  statement(
    either('Action', 6, oneOrMore(actionPattern, 3)),
    either('Resource', 5, oneOrMore(resourcePattern, 3)),
    fc.oneof(
      nothing,
      nothing,
      condition.map((Condition) => ({ Condition })),
    ),
  ),
  6,
)

const awsPrincipal = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('*', A, B, `arn:aws:iam::${A}:root`) },
  { weight: 3, arbitrary: fc.constantFrom(...AWS_PRINCIPALS) },
)
const principals: fc.Arbitrary<Principals> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Principals>('*') },
  { weight: 6, arbitrary: oneOrMore(awsPrincipal, 4).map((AWS) => ({ AWS })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Principals>({ Service: SERVICE }, { Service: ['ssm.amazonaws.com', SERVICE] }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Principals>({ Federated: PROVIDER }, { Federated: [`${PROVIDER}/x`] }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(awsPrincipal, { maxLength: 4 }), fc.boolean(), fc.boolean())
      .map(([AWS, service, web]) => ({
        AWS,
        ...(service && { Service: SERVICE }),
        ...(web && { Federated: [PROVIDER] }),
      })),
  },
)

/** All forms of one caller, as those must list it who want a Deny with NotPrincipal to spare it, and some of them. */
const listed: fc.Arbitrary<Principals> = fc
  .tuple(fc.constantFrom(...CALLERS), fc.nat(9), fc.array(awsPrincipal, { maxLength: 2 }))
  .map(([{ kind, account, arn, principalArn, parentArn }, left, more]) => {
    if (kind === 'service') return { Service: [arn] }
    if (kind === 'web') return { Federated: arn }
    const all = [arn, principalArn, parentArn ?? arn, `arn:aws:iam::${account}:root`]
    return { AWS: [...all.filter((_, i) => i !== left), ...more] }
  })

const about: fc.Arbitrary<Elements> = fc.oneof(
  { weight: 8, arbitrary: principals.map((Principal) => ({ Principal })) },
  {
    weight: 2,
    arbitrary: fc.oneof(listed, principals).map((NotPrincipal) => ({ NotPrincipal, Effect: 'Deny' as const })),
  },
  { weight: 1, arbitrary: nothing },
)

/** Mostly what is asked for, so that principals and bounds decide. */
const someAction = fc.constantFrom<Elements>(
  ...[
    { Action: '*' },
    { Action: '*' },
    { Action: '*' },
    { Action: '*' },
    { Action: ACTIONS },
    { Action: 'secretsmanager:*' },
    { Action: 'kms:*' },
  ],
  ...[{ Action: ACTIONS[0] }, { NotAction: 'kms:*' }],
)
const someResource = fc.constantFrom<Elements>(
  ...[
    { Resource: '*' },
    { Resource: '*' },
    { Resource: '*' },
    { Resource: ['*'] },
    { Resource: `arn:aws:*:*:${A}:*` },
    { Resource: RESOURCES[0] },
  ],
  { NotResource: `arn:aws:*:*:${B}:*` },
)
const someCondition = fc.constantFrom<Elements>(
  ...Array.from({ length: 5 }, () => ({})),
  { Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
  { Condition: { StringNotEquals: { 'aws:PrincipalTag/team': ['red', 'blue'] } } },
)
/** Denies are rarer here, since each of up to six documents may have one. */
const effect = fc.constantFrom<Elements>(...Array.from({ length: 9 }, () => ({ Effect: 'Allow' as const })), {
  Effect: 'Deny',
})

/** A statement of a policy that a user, a role or a bound has. */
export const plainStatement = statement(effect, someAction, someResource, someCondition)
/** A statement of a policy that a resource or a listener has. One without Resource is inert. */
export const namingStatement = statement(
  effect,
  someAction,
  fc.oneof({ weight: 15, arbitrary: someResource }, { weight: 1, arbitrary: nothing }),
  someCondition,
  about,
)
/** A statement of a trust policy: those have no Resource. */
export const trustStatement = statement(effect, someAction, someCondition, about)

const plainPolicy = policy(plainStatement, 2)
const bindings = fc.constantFrom(...BINDINGS)
const namingPolicy = policy(namingStatement, 3, bindings)
const trustPolicy = policy(trustStatement, 3, bindings, compileTrust)

/** Which of the pools' documents a request has to do with; see `oneOf` and `someOf`. */
interface Choices {
  readonly identity: number
  readonly boundary: number
  readonly session: number
  readonly resource: number
  readonly endpoint: number
}

const KEYS: readonly ReadonlyMap<string, ContextValue>[] = [
  new Map([['aws:securetransport', 'true']]),
  new Map([
    ['aws:securetransport', 'false'],
    ['aws:principaltag/team', 'red'],
  ]),
]

/** Questions of all kinds of callers, by all rules, with all kinds of policies. */
export function questions(count: number): fc.Arbitrary<Case[]> {
  const request = fc.record({
    caller: fc.constantFrom(...CALLERS),
    action: fc.constantFrom(...ACTIONS),
    resource: fc.constantFrom(...RESOURCES),
    owner: fc.constantFrom(A, A, A, A, B),
    keys: fc.constantFrom(...KEYS),
    rule: fc.constantFrom('plain' as const, 'plain' as const, 'kms' as const, 'trust' as const),
    grant: fc.constantFrom(undefined, undefined, undefined, 'direct' as const, 'role' as const),
    choices: fc.record<Choices>({
      identity: fc.nat(63),
      boundary: fc.nat(63),
      session: fc.nat(63),
      resource: fc.nat(63),
      endpoint: fc.nat(63),
    }),
  })
  const pool = (one: fc.Arbitrary<Policy>) => fc.array(one, { minLength: 1, maxLength: 4 })
  return fc
    .tuple(
      fc.record({ identity: pool(plainPolicy), boundary: pool(plainPolicy), session: pool(plainPolicy) }),
      fc.record({ resource: pool(namingPolicy), endpoint: pool(namingPolicy), trust: pool(trustPolicy) }),
      fc.array(request, { minLength: 1, maxLength: count, size: 'max' }),
    )
    .map(([own, others, requests]) =>
      requests.map(({ choices, grant, ...rest }): Case => {
        const { kind } = rest.caller
        const bounded = kind === 'user' || kind === 'role' || kind === 'federated'
        const session = kind === 'role' || kind === 'federated' ? oneOf(own.session, choices.session, 4) : undefined
        return {
          ...rest,
          grant: rest.rule === 'kms' ? grant : undefined,
          identity: bounded ? someOf(own.identity, choices.identity) : [],
          boundary: bounded ? oneOf(own.boundary, choices.boundary, 5) : undefined,
          session: session && [session],
          resourcePolicy: oneOf(rest.rule === 'trust' ? others.trust : others.resource, choices.resource, 1),
          endpoint: oneOf(others.endpoint, choices.endpoint, 7),
        }
      }),
    )
}

/** One of a pool, or none, `absent` times in 8. */
function oneOf(pool: readonly Policy[], choice: number, absent: number): Policy | undefined {
  return choice % 8 < absent ? undefined : pool[(choice >> 3) % pool.length]
}

function someOf(pool: readonly Policy[], choice: number): readonly Policy[] {
  return pool.filter((_, i) => (choice >> i) % 2 === 1 || choice > 40)
}

import fc from 'fast-check'

/**
 * Sequences as they are drawn: who does what, in words that stand for any secret; what a word means (the holder of a label, an ARN)
 * is known when it is its turn. Few names, tokens and values, so that calls collide.
 */

/** How a secret is named: its name, its ARN, that without the suffix, or the ARN of a namesake before it. */
export type Naming = 'name' | 'arn' | 'partial' | 'former'

/** A version: a token by its number, the holder of a label, or that of the label that is moved. */
export type VersionWord = number | { readonly holder: string } | 'its holder'

export interface Step {
  readonly op: string
  /** Number of the principal. */
  readonly who: number
  /** Number of the name. */
  readonly name: number
  readonly by: Naming
  readonly token: number
  /** Number of the value; none. */
  readonly value: number | undefined
  readonly stages: readonly string[] | undefined
  readonly stage: string
  readonly to: VersionWord | undefined
  readonly from: VersionWord | undefined
  readonly more: number
  /** How many rounds ago; 18: now, 19: before all of them, 20: in the future. */
  readonly when: number
  readonly whole: Whole
}

/** What an import brings besides what other steps have too. */
export interface Whole {
  readonly versions: readonly {
    readonly token: number
    readonly value: number
    readonly labels: readonly string[]
    /** Days. */
    readonly age: number | undefined
  }[]
  readonly onConflict: 'Fail' | 'Skip' | 'Overwrite' | undefined
  readonly whole: boolean | undefined
  readonly rotates: boolean
  readonly dryRun: boolean
}

/** What is done next; each kind begins when all before it is over. */
export type Round =
  /** Clients call at the same time, each one thing after the other; the due purge of a secret may come in between. */
  | { readonly kind: 'together'; readonly clients: readonly (readonly Step[])[]; readonly overtaken: boolean }
  /** Time passes. */
  | { readonly kind: 'travel'; readonly hours: number }
  /** As `together`; after so many answers a node is killed (all: every node), and started again. */
  | {
      readonly kind: 'crash'
      readonly clients: readonly (readonly Step[])[]
      readonly after: number
      /** Milliseconds from that answer to the kill: often between two steps of a call. */
      readonly pauseMs: number
      readonly node: number
      readonly all: boolean
    }

export type Sequence = readonly Round[]

const MANY = Array.from({ length: 11 }, (_, at) => `many-${at}`)
const OTHERS = Array.from({ length: 8 }, (_, at) => `other-${at}`)
/** Labels and how often they are drawn. */
const stage = fc.oneof(
  { weight: 5, arbitrary: fc.constant('AWSCURRENT') },
  { weight: 3, arbitrary: fc.constant('AWSPENDING') },
  { weight: 2, arbitrary: fc.constant('AWSPREVIOUS') },
  { weight: 4, arbitrary: fc.constantFrom('blue', 'green', 'AWSSOMETHING') },
)
const stages = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.uniqueArray(stage, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(MANY, OTHERS, [...MANY, 'AWSCURRENT']) },
)
const version: fc.Arbitrary<VersionWord> = fc.oneof(
  { weight: 3, arbitrary: stage.map((holder) => ({ holder })) },
  { weight: 2, arbitrary: fc.nat(5) },
)

/** Operations and how often they are drawn. */
const WEIGHTS: Readonly<Record<string, number>> = {
  create: 12,
  put: 22,
  update: 10,
  stage: 14,
  delete: 7,
  restore: 5,
  tag: 4,
  untag: 3,
  policy: 4,
  unpolicy: 2,
  rotate: 8,
  cancel: 3,
  get: 6,
  describe: 2,
  rollback: 14,
  import: 9,
  goback: 14,
}

const op = fc.oneof(...Object.entries(WEIGHTS).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) })))

const rarely = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })

const whole: fc.Arbitrary<Whole> = fc.record({
  versions: fc.array(
    fc.record({
      token: fc.nat(8),
      value: fc.nat(5),
      labels: fc.oneof(
        { weight: 3, arbitrary: fc.constant(['AWSCURRENT']) },
        { weight: 4, arbitrary: fc.uniqueArray(stage, { maxLength: 2 }) },
      ),
      age: fc.constantFrom(undefined, undefined, 0.5, 2, 40),
    }),
    { maxLength: 3 },
  ),
  onConflict: fc.constantFrom(undefined, 'Fail' as const, 'Skip' as const, ...Array(4).fill('Overwrite' as const)),
  whole: fc.constantFrom(undefined, false, true),
  rotates: rarely,
  dryRun: rarely,
})

const step: fc.Arbitrary<Step> = fc.record({
  op,
  who: fc.nat(2),
  name: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  by: fc.oneof(
    { weight: 6, arbitrary: fc.constant('name' as const) },
    { weight: 2, arbitrary: fc.constantFrom('arn' as const, 'partial' as const, 'former' as const) },
  ),
  token: fc.nat(8),
  value: fc.option(fc.nat(5), { nil: undefined, freq: 8 }),
  stages,
  stage,
  to: fc.option(version, { nil: undefined, freq: 5 }),
  from: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: fc.constant('its holder' as const) },
    { weight: 1, arbitrary: version },
  ),
  more: fc.nat(9),
  when: fc.oneof({ weight: 6, arbitrary: fc.nat(4) }, { weight: 2, arbitrary: fc.nat(20) }),
  whole,
})

/** A step that mostly changes something: what a crash may not leave by half. */
const change: fc.Arbitrary<Step> = fc
  .tuple(
    step,
    fc.constantFrom(
      ...['put', 'put', 'put', 'update', 'tag', 'policy', 'stage', 'create', 'delete', 'restore'],
      ...['rollback', 'rollback', 'import', 'goback', 'goback'],
    ),
  )
  .map(([drawn, op]) => {
    const more = op === 'goback' ? 3 + (drawn.more % 7) : drawn.more
    return { ...drawn, op, by: 'name', value: drawn.value ?? 0, more, whole: { ...drawn.whole, dryRun: false } }
  })

const alone = (...steps: Step[]): Round => ({ kind: 'together', clients: [steps], overtaken: false })
const day: Round = { kind: 'travel', hours: 25 }

/** The same RollBackSecret again, when something else was done since. */
const again: fc.Arbitrary<Sequence> = fc.tuple(step, step, fc.nat(2)).map(([drawn, between, token]) => {
  const same: Step = {
    ...drawn,
    op: 'rollback',
    name: 0,
    by: 'name',
    token: 9 + token,
    more: 7,
    to: drawn.to ?? { holder: 'AWSPREVIOUS' },
  }
  return [alone(same), alone({ ...between, name: 0 }), alone(same)]
})

/** A dry run of RestoreSecrets, something else or nothing, and what it has listed is carried out. */
const planned: fc.Arbitrary<Sequence> = fc.tuple(step, step, fc.nat(3)).map(([drawn, between, what]) => {
  const dry: Step = { ...drawn, op: 'goback', name: 0, more: drawn.more % 3 }
  const change = { ...between, name: 0, ...(what === 1 ? { op: 'tag' } : what === 2 ? { op: 'put' } : {}) }
  return [alone(dry), ...(what === 0 ? [] : [alone(change)]), alone({ ...dry, more: 5 })]
})

/** So many values that old versions have to go, and back to before. */
const crowded: fc.Arbitrary<Sequence> = fc
  .tuple(
    fc.array(step, { minLength: 7, maxLength: 7 }),
    step,
    fc.constantFrom('goback', 'rollback', 'import', 'import'),
  )
  .map(([drawn, last, op]) => {
    const puts = drawn.map((each, at): Step => {
      return { ...each, op: 'put', name: 0, by: 'name', token: (last.token + at) % 9, stages: undefined }
    })
    const back: Step = { ...last, op, name: 0, by: 'name', more: 7, when: 2 + (last.when % 5) }
    // An import may bring what had to go, as something else.
    const versions = last.whole.versions.map((version, at) => ({ ...version, token: (last.token + 7 + at) % 9 }))
    const brings = { ...last.whole, versions, onConflict: 'Overwrite' as const, dryRun: false }
    const after: Step =
      op === 'import'
        ? { ...back, op: last.who === 0 ? 'rollback' : 'goback', more: 6, to: undefined }
        : { ...last, name: 0 }
    return [alone(...puts.slice(0, 4)), day, alone(...puts.slice(4)), alone({ ...back, whole: brings }), alone(after)]
  })

const clients = (least: number) =>
  fc.array(fc.array(step, { minLength: 1, maxLength: 2 }), { minLength: least, maxLength: 4 })

/** Sequences; `crashes`: whether nodes are killed in them. */
export function sequences({ crashes, rounds = 14 }: { readonly crashes: boolean; readonly rounds?: number }) {
  const round: fc.Arbitrary<Round> = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        kind: fc.constant('together' as const),
        clients: fc.tuple(fc.tuple(step)),
        overtaken: fc.constant(false),
      }),
    },
    {
      weight: 9,
      arbitrary: fc.record({
        kind: fc.constant('together' as const),
        clients: clients(2),
        overtaken: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('travel' as const),
        hours: fc.constantFrom(1, 25, 25, 8 * 24, 31 * 24),
      }),
    },
    ...(crashes
      ? [
          {
            weight: 1,
            arbitrary: fc.record({
              kind: fc.constant('crash' as const),
              clients: fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 4 }),
              after: fc.nat(5),
              pauseMs: fc.nat(6),
              node: fc.nat(1),
              all: fc.boolean(),
            }),
          },
        ]
      : []),
  )
  // A secret to begin with: most of what follows needs one.
  const first = step.map((drawn): Round => {
    const made = { ...drawn, op: 'create', name: 0, value: drawn.value ?? 0 }
    return { kind: 'together', clients: [[made]], overtaken: false }
  })
  const one = round.map((drawn): Sequence => [drawn])
  const some = fc.oneof(
    { weight: 13, arbitrary: one },
    ...[again, planned, crowded].map((arbitrary) => ({ weight: 1, arbitrary })),
  )
  const more = fc.array(some, { minLength: 2, maxLength: rounds, size: 'max' })
  return fc.tuple(first, more).map(([made, rest]): Sequence => [made, ...rest.flat()])
}

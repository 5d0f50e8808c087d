import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type State, sameState, stagesIn, stateOf } from './as-of.ts'
import { changesAnything, isDone, planOf, type RestorePlan, withLost } from './restore-plan.ts'

const DAY = 86_400_000
const AT = { asOf: 100 * DAY, at: 200 * DAY }
const all = () => true

function state(members: Record<string, string>): State {
  return new Map(Object.entries(members))
}

const plan = (now: Record<string, string>, then: Record<string, string>, kept: (version: string) => boolean = all) =>
  planOf(state(now), state(then), kept, AT)

const stages = (text: string) =>
  Object.fromEntries(
    text
      .split(' ')
      .filter(Boolean)
      .map((one) => one.split('=') as [string, string])
      .map(([stage, version]) => [`Stage:${stage}`, version]),
  )

/** `now | then | lost versions | labels afterwards | labels that are lost`, labels as `AWSCURRENT=v1 …`; `same`: they stay. */
function check(table: string): void {
  for (const line of table.trim().split('\n')) {
    const [now = '', then = '', gone = '', after = '', lost = ''] = line.split('|').map((cell) => cell.trim())
    const found = plan(stages(now), stages(then), (version) => !gone.split(' ').includes(version))
    const labels = [...(found.stages ?? [])].map(([stage, version]) => `${stage}=${version}`).sort()
    assert.equal(found.stages === undefined ? 'same' : labels.join(' '), after, line)
    assert.equal(found.lost.map(({ stage, version }) => `${stage}=${version}`).join(' '), lost, line)
  }
}

test('labels go back to the versions that carried them, as far as their values are kept', () =>
  check(`
    AWSCURRENT=v3 AWSPREVIOUS=v2 | AWSCURRENT=v2 AWSPREVIOUS=v1 |    | AWSCURRENT=v2 AWSPREVIOUS=v1 |
    AWSCURRENT=v3 AWSPREVIOUS=v2 | AWSCURRENT=v3 AWSPREVIOUS=v2 |    | same |
    AWSCURRENT=v2 AWSPREVIOUS=v1 | AWSCURRENT=v1                |    | AWSCURRENT=v1 |
    AWSCURRENT=v1                |                              |    |  |
    AWSCURRENT=v4 AWSPREVIOUS=v3 | AWSCURRENT=v2 AWSPREVIOUS=v1 | v2 | same | AWSCURRENT=v2
    AWSCURRENT=v4 AWSPREVIOUS=v3 | AWSCURRENT=v2 AWSPREVIOUS=v1 | v1 | AWSCURRENT=v2 AWSPREVIOUS=v4 | AWSPREVIOUS=v1
    AWSCURRENT=v4 MINE=v3        | AWSCURRENT=v2 MINE=v1        | v1 | AWSCURRENT=v2 MINE=v3 | MINE=v1
    AWSCURRENT=v4                | AWSCURRENT=v2 MINE=v1        | v1 | AWSCURRENT=v2 | MINE=v1
    AWSCURRENT=v4 OLD=v1         | AWSCURRENT=v4 OLD=v1         | v1 | same |
  `))

test('AWSPENDING is a rotation: it is never brought back, stays while one runs, and goes when it was done', () =>
  check(`
    AWSCURRENT=v2                | AWSCURRENT=v2 AWSPENDING=v3  |    | same |
    AWSCURRENT=v2 AWSPENDING=v3  | AWSCURRENT=v2                |    | same |
    AWSCURRENT=v2 AWSPENDING=v3  | AWSCURRENT=v1                |    | AWSCURRENT=v1 AWSPENDING=v3 |
    AWSCURRENT=v2 AWSPENDING=v2  | AWSCURRENT=v1 AWSPENDING=v1  |    | AWSCURRENT=v1 |
    AWSCURRENT=v2 AWSPENDING=v2  | AWSCURRENT=v2                |    | same |
  `))

test('a label on a version that has only the id of the one of then is lost; AWSPENDING is not, since it is never brought back', () => {
  const labels = state(stages('AWSCURRENT=v2 MINE=v1 AWSPENDING=v1'))
  const { lost } = withLost(planOf(labels, labels, all, AT), labels, labels, new Set(['v1']))
  assert.deepEqual(lost, [{ stage: 'MINE', version: 'v1' }])
})

test('a deletion that was planned then is planned again with the time that was left, seven days at the least', () => {
  const then = (days: number) => ({ DeletedAt: String(99 * DAY), PurgeAt: String(100 * DAY + days * DAY) })
  assert.equal(plan({}, then(20)).purgeAt, 220 * DAY)
  assert.equal(plan({}, then(1)).purgeAt, 207 * DAY)
  assert.equal(plan({}, then(400)).purgeAt, 230 * DAY)
  assert.deepEqual(plan(then(3), {}), { undelete: true, lost: [] })
  assert.deepEqual(plan(then(3), { DeletedAt: '5', PurgeAt: '6' }), { lost: [] })
})

test('tags: those of then, with what services have set as it is now; another order is no change', () => {
  const tags = (...pairs: [string, string][]) => ({ Tags: JSON.stringify(pairs) })
  assert.deepEqual(plan(tags(['a', '2'], ['c', '3']), tags(['a', '1'], ['b', '2'])).tags, {
    to: new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
  })
  assert.deepEqual(plan(tags(['a', '1'], ['b', '2']), tags(['b', '2'], ['a', '1'])), { lost: [] })
  assert.deepEqual(plan(tags(['aws:x', 'now'], ['a', '1']), tags(['aws:x', 'then'])).tags, {
    to: new Map([['aws:x', 'now']]),
  })
  assert.deepEqual(plan(tags(['a', '1']), {}).tags, { to: undefined })
  assert.ok(isDone(plan(tags(), {})))
})

test('the policy comes back with the principals it was bound to: who has their names now is not meant', () => {
  const then = { ResourcePolicy: '{"x":1}', PolicyPrincipals: '["AIDA1"]' }
  assert.deepEqual(plan({}, then).policy, { to: { document: '{"x":1}', principals: '["AIDA1"]' } })
  assert.deepEqual(plan({ ...then, PolicyPrincipals: '["AIDA2"]' }, then).policy, {
    to: { document: '{"x":1}', principals: '["AIDA1"]' },
  })
  assert.deepEqual(plan(then, {}).policy, { to: undefined })
})

const version = fc.constantFrom('v1', 'v2', 'v3', 'v4')
const anyState = fc
  .record({
    description: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    kmsKeyId: fc.option(fc.constantFrom('alias/a', 'alias/b'), { nil: undefined }),
    type: fc.constant(undefined),
    tags: fc.option(fc.dictionary(fc.constantFrom('x', 'y', 'aws:z'), fc.constantFrom('1', '2')), { nil: undefined }),
    deleted: fc.boolean(),
    policy: fc.option(fc.constantFrom('{}', '{"a":1}'), { nil: undefined }),
    stages: fc.dictionary(fc.constantFrom('AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'MINE'), version),
  })
  .map(({ tags, deleted, policy, stages: labels, ...rest }) =>
    stateOf(
      {
        ...rest,
        tags: tags && new Map(Object.entries(tags)),
        deletedAt: deleted ? 1 : undefined,
        purgeAt: deleted ? AT.asOf + 9 * DAY : undefined,
      },
      policy === undefined ? undefined : { document: policy, principals: '[]' },
      new Map(Object.entries(labels)),
    ),
  )

/** The state after a plan was carried out. */
function after(now: State, done: RestorePlan): State {
  const next = new Map(now)
  const put = (member: string, change: { readonly to: string | undefined } | undefined) => {
    if (change === undefined) return
    if (change.to === undefined) next.delete(member)
    else next.set(member, change.to)
  }
  put('Description', done.description)
  put('KmsKeyId', done.kmsKeyId)
  put('Tags', done.tags && { to: done.tags.to && JSON.stringify([...done.tags.to]) })
  put('ResourcePolicy', done.policy && { to: done.policy.to?.document })
  put('PolicyPrincipals', done.policy && { to: done.policy.to?.principals })
  if (done.undelete) for (const member of ['DeletedAt', 'PurgeAt']) next.delete(member)
  if (done.purgeAt !== undefined) next.set('DeletedAt', String(AT.at)).set('PurgeAt', String(done.purgeAt))
  if (done.stages !== undefined) {
    for (const stage of stagesIn(now).keys()) next.delete(`Stage:${stage}`)
    for (const [stage, holder] of done.stages) next.set(`Stage:${stage}`, holder)
  }
  return next
}

test('a plan carried out leaves nothing to do, and every label but AWSPENDING is where it was', () => {
  fc.assert(
    fc.property(anyState, anyState, (now, then) => {
      const made = planOf(now, then, all, AT)
      const next = after(now, made)
      assert.ok(isDone(planOf(next, then, all, AT)), JSON.stringify([...next]))
      for (const stage of ['AWSCURRENT', 'AWSPREVIOUS', 'MINE'])
        assert.equal(stagesIn(next).get(stage), stagesIn(then).get(stage))
      assert.equal(next.has('DeletedAt'), then.has('DeletedAt'))
      assert.equal(next.get('Description'), then.get('Description'))
    }),
  )
})

test('a plan never puts a label on a version whose value is not kept, and without any value it leaves the labels alone', () => {
  fc.assert(
    fc.property(anyState, anyState, fc.uniqueArray(version), (now, then, gone) => {
      const live = new Set(stagesIn(now).values())
      const kept = (id: string) => live.has(id) || !(gone as string[]).includes(id)
      const made = planOf(now, then, kept, AT)
      for (const holder of made.stages?.values() ?? []) assert.ok(kept(holder))
      assert.ok(isDone(planOf(after(now, made), then, kept, AT)) || made.lost.length > 0)
    }),
  )
})

test('what is the same already is no plan', () => {
  fc.assert(
    fc.property(anyState, (now) => {
      const made = planOf(now, now, () => false, AT)
      assert.ok(isDone(made) && !changesAnything(made))
      assert.ok(sameState(after(now, made), now))
    }),
  )
})

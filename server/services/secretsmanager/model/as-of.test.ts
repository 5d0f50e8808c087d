import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { before, type Change, isHeld, sameState, stagesIn, stateOf } from './as-of.ts'

const secret = {
  description: 'first',
  kmsKeyId: undefined,
  type: undefined,
  tags: new Map([['team', 'a']]),
  deletedAt: undefined,
  purgeAt: undefined,
}

test('a state holds what a secret has, and nothing of what it has not', () => {
  const state = stateOf(secret, { document: '{}', principals: '[]' }, new Map([['AWSCURRENT', 'v1']]))
  assert.deepEqual(
    [...state],
    [
      ['Description', 'first'],
      ['Tags', '[["team","a"]]'],
      ['ResourcePolicy', '{}'],
      ['PolicyPrincipals', '[]'],
      ['Stage:AWSCURRENT', 'v1'],
    ],
  )
  assert.deepEqual([...stagesIn(state)], [['AWSCURRENT', 'v1']])
})

test('an empty set of tags is not the same as never tagged', () => {
  const empty = stateOf({ ...secret, tags: new Map() }, undefined, new Map())
  assert.equal(empty.get('Tags'), '[]')
  assert.equal(sameState(empty, stateOf({ ...secret, tags: undefined }, undefined, new Map())), false)
})

test('one change taken back: what it set is as it was, what it brought is gone, what it took is there again', () => {
  const state = new Map([
    ['Description', 'second'],
    ['Stage:AWSCURRENT', 'v2'],
    ['Stage:AWSPREVIOUS', 'v1'],
  ])
  const earlier = before(state, [
    { member: 'Description', from: 'first', to: 'second' },
    { member: 'Version', from: undefined, to: 'v2' },
    { member: 'Stage:AWSCURRENT', from: 'v1', to: 'v2' },
    { member: 'Stage:AWSPREVIOUS', from: undefined, to: 'v1' },
    { member: 'KmsKeyId', from: 'alias/old', to: undefined },
  ])
  assert.deepEqual(Object.fromEntries(earlier ?? []), {
    Description: 'first',
    'Stage:AWSCURRENT': 'v1',
    KmsKeyId: 'alias/old',
  })
})

test('a change that does not lead to the state at hand is not taken back: something in between is not known', () => {
  const state = new Map([['Description', 'third']])
  assert.equal(before(state, [{ member: 'Description', from: 'first', to: 'second' }]), undefined)
  assert.equal(before(state, [{ member: 'Description', from: 'first', to: undefined }]), undefined)
})

const member = fc.constantFrom('Description', 'KmsKeyId', 'Tags', 'Stage:AWSCURRENT', 'Stage:AWSPREVIOUS', 'DeletedAt')
const write = fc.record({ member, to: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }) })
const batches = fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 30 })

test('walking back over any sequence of changes meets every state that was, in turn', () => {
  fc.assert(
    fc.property(batches, (written) => {
      let state: ReadonlyMap<string, string> = new Map()
      const states = [state]
      const history: Change[][] = []
      for (const batch of written) {
        const next = new Map(state)
        const changes: Change[] = []
        for (const { member: one, to } of batch) {
          changes.push({ member: one, from: next.get(one), to })
          if (to === undefined) next.delete(one)
          else next.set(one, to)
        }
        history.push(changes)
        states.push(next)
        state = next
      }
      for (let at = history.length - 1; at >= 0; at--) {
        const earlier = before(state, history[at] as Change[])
        assert.ok(earlier !== undefined)
        assert.ok(sameState(earlier, states[at] as ReadonlyMap<string, string>))
        state = earlier
      }
    }),
  )
})

test('what a state does not hold is passed over', () => {
  assert.equal(isHeld('Version'), false)
  assert.equal(isHeld('Rotation'), false)
  assert.equal(isHeld('Stage:MINE'), true)
})

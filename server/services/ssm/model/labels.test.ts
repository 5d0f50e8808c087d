import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { labelling, labelsOf, unlabelling, wellFormed } from './labels.ts'

test('labels are letters, digits, dots, dashes and underscores, no digit first, nothing that begins with aws or ssm', () => {
  for (const label of ['a', 'Prod', 'v1.2_x-y', '.a', '-', '_', 'my-aws', 'a1', 'x'.repeat(100)]) {
    assert.equal(wellFormed(label), true, label)
  }
  for (const label of ['', '1a', 'aws', 'AWSx', 'ssm-x', 'sSm', 'a b', 'a/b', 'a:b', 'ü', 'a\n']) {
    assert.equal(wellFormed(label), false, label)
  }
})

test('bad labels are told and good ones of the same call are applied, each once (trap 31)', () => {
  const { moves, invalid } = labelling(new Map(), 3, ['good', '1bad', 'good', 'aws-no', '1bad'])
  assert.deepEqual(moves, [{ label: 'good', from: undefined }])
  assert.deepEqual(invalid, ['1bad', 'aws-no'])
})

test('a label of another version moves, one that the version has does not (trap 32)', () => {
  const labels = new Map([
    ['stable', 1],
    ['latest', 2],
  ])
  assert.deepEqual(labelling(labels, 2, ['stable', 'latest']).moves, [{ label: 'stable', from: 1 }])
})

test('a version takes ten labels; the eleventh is refused before anything moves', () => {
  const ten = new Map(Array.from({ length: 10 }, (_, n) => [`l${n}`, 1] as const))
  assert.deepEqual(labelling(ten, 1, ['l0', 'l9', '1bad']), { moves: [], invalid: ['1bad'] })
  assert.throws(
    () => labelling(new Map([...ten, ['other', 2]]), 1, ['other']),
    (error) =>
      error instanceof ApiError &&
      error.code === 'ParameterVersionLabelLimitExceeded' &&
      error.message ===
        'A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.',
  )
  const nine = new Map([...ten].slice(1))
  assert.deepEqual(labelling(nine, 1, ['new']).moves, [{ label: 'new', from: undefined }])
  assert.throws(() => labelling(nine, 1, ['new', 'more']), ApiError)
})

test('unlabelling tells what was on the version and what was not, in the order asked, whatever its form', () => {
  const labels = new Map([
    ['b', 2],
    ['a', 2],
    ['c', 1],
  ])
  assert.deepEqual(unlabelling(labels, 2, ['c', 'b', '1x', 'a', 'b']), { removed: ['b', 'a'], invalid: ['c', '1x'] })
  assert.deepEqual(labelsOf(labels, 2), ['a', 'b'])
})

test('however often labels are put and taken, no version has more than ten', () => {
  const label = fc.integer({ min: 0, max: 25 }).map((n) => `l${n}`)
  const step = fc.record({
    put: fc.boolean(),
    version: fc.integer({ min: 1, max: 3 }),
    labels: fc.array(label, { minLength: 1, maxLength: 10 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const labels = new Map<string, number>()
      for (const { put, version, labels: wanted } of steps) {
        const before = new Map(labels)
        try {
          if (put) for (const { label } of labelling(labels, version, wanted).moves) labels.set(label, version)
          else for (const label of unlabelling(labels, version, wanted).removed) labels.delete(label)
        } catch (error) {
          assert.ok(error instanceof ApiError)
          assert.deepEqual(labels, before)
        }
        for (const each of [1, 2, 3]) assert.ok(labelsOf(labels, each).length <= 10)
      }
    }),
  )
})

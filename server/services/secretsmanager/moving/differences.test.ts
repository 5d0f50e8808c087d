import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Rotation } from '../model/rotation.ts'
import { type PlacedVersion, labelsAfter, sameRotation, tagsAfter, textsAfter } from './differences.ts'

/** `v1: A B, v2: C` as versions. */
const versionsIn = (text: string): PlacedVersion[] =>
  text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [id = '', labels = ''] = part.split(':')
      return { id: id.trim(), labels: labels.split(' ').filter((label) => label !== '') }
    })

const stagesIn = (text: string) =>
  new Map(versionsIn(text).flatMap(({ id, labels }) => labels.map((label) => [label, id] as const)))

test('the labels after an import', () => {
  const table: [string, string, boolean, string][] = [
    ['', 'v1:, v2: AWSPREVIOUS, v3: AWSCURRENT', true, 'v2: AWSPREVIOUS, v3: AWSCURRENT'],
    ['', 'v1: AWSCURRENT', false, 'v1: AWSCURRENT'],
    // as by PutSecretValue, secretsmanager.md 4.3
    ['v1: AWSCURRENT MINE', 'v2: AWSCURRENT', false, 'v1: AWSPREVIOUS MINE, v2: AWSCURRENT'],
    ['v0: AWSPREVIOUS, v1: AWSCURRENT, p: AWSPENDING', 'v2: AWSCURRENT', false, 'v1: AWSPREVIOUS, v2: AWSCURRENT'],
    ['v1: AWSCURRENT', 'v2: AWSPREVIOUS, v3: AWSCURRENT', false, 'v2: AWSPREVIOUS, v3: AWSCURRENT'],
    ['v1: AWSCURRENT, v0: AWSPREVIOUS', 'v0: AWSCURRENT', false, 'v0: AWSCURRENT, v1: AWSPREVIOUS'],
    ['v1: AWSCURRENT', 'v2: MINE', false, 'v1: AWSCURRENT, v2: MINE'],
    ['v1: AWSCURRENT, p: AWSPENDING', 'v1: AWSCURRENT', false, 'v1: AWSCURRENT, p: AWSPENDING'],
    ['v1: AWSCURRENT MINE', 'v2: AWSCURRENT', true, 'v2: AWSCURRENT'],
    // it can be moved, never taken off: secretsmanager.md 8.22
    ['v1: AWSCURRENT MINE', 'v2: YOURS', true, 'v1: AWSCURRENT, v2: YOURS'],
  ]
  for (const [before, versions, whole, after] of table) {
    const found = labelsAfter(stagesIn(before), versionsIn(versions), whole)
    assert.deepEqual(sorted(found), sorted(stagesIn(after)), `${before} | ${versions} | ${whole}`)
  }
})

const sorted = (stages: ReadonlyMap<string, string>) => [...stages].sort(([a], [b]) => (a < b ? -1 : 1))

test('an import made once more moves no label, what it says holds, and only with whole nothing else does', () => {
  const label = fc.constantFrom('AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'MINE', 'YOURS')
  const stages = fc
    .dictionary(label, fc.constantFrom('v1', 'v2', 'v3', 'v4'))
    .map((each) => new Map(Object.entries(each)))
  fc.assert(
    fc.property(stages, stages, fc.boolean(), (before, wanted, whole) => {
      const ids = ['v2', 'v3', 'v4', 'v5']
      const versions = ids.map((id) => ({ id, labels: [...wanted].flatMap(([name, at]) => (at === id ? [name] : [])) }))
      const after = labelsAfter(before, versions, whole)
      for (const { id, labels } of versions) for (const name of labels) assert.equal(after.get(name), id)
      const said = new Set(versions.flatMap(({ labels }) => labels))
      if (before.has('AWSCURRENT')) said.add('AWSCURRENT')
      if (whole) assert.deepEqual(new Set(after.keys()), said)
      assert.deepEqual(sorted(labelsAfter(after, versions, whole)), sorted(after))
    }),
    { numRuns: 300 },
  )
})

test('tags and texts: what is not said stays, with whole it goes, and tags of AWS stay in any case', () => {
  const before = new Map([
    ['aws:x', '1'],
    ['a', '1'],
  ])
  const more = new Map([['b', '2']])
  const keys = (tags: ReadonlyMap<string, string> | undefined) => tags && [...tags.keys()].join(' ')
  assert.equal(keys(tagsAfter(before, { tags: more, whole: false })), 'aws:x a b')
  assert.equal(keys(tagsAfter(before, { tags: undefined, whole: false })), 'aws:x a')
  assert.equal(keys(tagsAfter(before, { tags: more, whole: true })), 'aws:x b')
  assert.equal(keys(tagsAfter(before, { tags: undefined, whole: true })), 'aws:x')
  assert.equal(tagsAfter(new Map([['a', '1']]), { tags: undefined, whole: true }), undefined)
  const secret = { description: 'd', kmsKeyId: 'k', type: undefined }
  const wanted = { description: '', kmsKeyId: undefined, type: undefined }
  assert.deepEqual(textsAfter(secret, { ...wanted, whole: false } as never), { ...secret, description: undefined })
  const none = { description: undefined, kmsKeyId: undefined, type: undefined }
  assert.deepEqual(textsAfter(secret, { ...wanted, whole: true } as never), none)
})

test('rotations are the same by function, rules and whether they are on', () => {
  const wanted = { enabled: true, functionArn: 'f', rules: { automaticallyAfterDays: 1 }, lastAt: undefined }
  const before = { ...wanted, lastAt: 5 } as Rotation
  assert.equal(sameRotation(before, wanted), true)
  assert.equal(sameRotation(undefined, wanted), false)
  assert.equal(sameRotation(before, { ...wanted, enabled: false }), false)
  assert.equal(sameRotation(before, { ...wanted, rules: { automaticallyAfterDays: 2 } }), false)
  assert.equal(sameRotation(before, undefined), false)
  assert.equal(sameRotation({ ...before, enabled: false }, undefined), true)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyState } from '@aws-sdk/client-kms'
import { refusal } from '../test/world.ts'
import { expiryOf, type Import, planReplica, settledBy } from './imports.ts'

const import_ = (materialId: string, more: Partial<Import> = {}): Import => ({
  materialId,
  description: '',
  expiresAt: undefined,
  pending: false,
  present: true,
  ...more,
})

test('what a key’s materials make of it: state before, materials, state after (kms.md 11, 16.3)', () => {
  const here = import_('a')
  const gone = import_('b', { present: false })
  const waiting = import_('c', { pending: true })
  const table: readonly (readonly [KeyState, readonly Import[], KeyState])[] = [
    ['PendingImport', [], 'PendingImport'],
    ['PendingImport', [here], 'Enabled'],
    ['PendingImport', [waiting], 'PendingImport'],
    ['Enabled', [here, waiting], 'Enabled'],
    ['Enabled', [here, { ...waiting, present: false }], 'Enabled'],
    ['Enabled', [here, gone], 'PendingImport'],
    ['Disabled', [here], 'Disabled'],
    ['Disabled', [gone], 'PendingImport'],
    ['PendingDeletion', [here], 'PendingDeletion'],
    ['PendingDeletion', [gone], 'PendingDeletion'],
    ['PendingReplicaDeletion', [gone], 'PendingReplicaDeletion'],
  ]
  for (const [before, imports, after] of table)
    assert.equal(settledBy(before, imports).state, after, `${before} ${JSON.stringify(imports)}`)
})

test('a key expires with the first of its materials, not with one that waits', () => {
  const imports = [
    import_('a', { expiresAt: 30 }),
    import_('b', { expiresAt: 20 }),
    import_('c'),
    import_('d', { expiresAt: 10, pending: true }),
  ]
  assert.deepEqual(settledBy('Enabled', imports).imported, { expiresAt: 20 })
  assert.deepEqual(settledBy('Enabled', [import_('a')]).imported, { expiresAt: undefined })
  assert.equal(settledBy('Enabled', [import_('a'), import_('b', { present: false })]).imported, undefined)
})

test('a replica needs what its primary had, and takes nothing else', () => {
  const ofPrimary = [import_('a'), import_('b', { present: false }), import_('c', { pending: true })]
  assert.equal(settledBy('PendingImport', [import_('a')], ofPrimary).state, 'PendingImport')
  assert.equal(settledBy('PendingImport', [import_('a'), import_('b')], ofPrimary).state, 'Enabled')
  assert.equal(planReplica([], ofPrimary, 'a', {}), 'first')
  assert.equal(planReplica([], ofPrimary, 'c', {}), 'pending')
  assert.equal(planReplica([import_('a', { present: false })], ofPrimary, 'a', {}), 'again')
  assert.throws(() => planReplica([], ofPrimary, 'x', {}), refusal('IncorrectKeyMaterialException'))
  assert.throws(() => planReplica([], [], 'a', {}), refusal('IncorrectKeyMaterialException'))
})

test('a ValidTo that is no time is none ahead', () => {
  const never = () => expiryOf('KEY_MATERIAL_EXPIRES', new Date(Number.NaN), 0)
  assert.throws(never, refusal('ValidationException', 'The validTo date must be in the future'))
  assert.equal(expiryOf(undefined, new Date(365 * 86_400_000), 0), 365 * 86_400_000)
})

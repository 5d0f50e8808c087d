import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Listed } from '../../services/secretsmanager/administration.ts'
import type { Overseen } from '../../services/secretsmanager/oversight.ts'
import { CHECK_NAMES, type Check, findingsOf, type Known } from './findings.ts'

const NOW = Date.UTC(2026, 10, 22)
const DAY_MS = 86_400_000
const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf'

/** One with which all is well. */
const GOOD: Overseen = {
  ...{ account: '111122223333', region: 'us-east-1', arn: ARN, name: 'a', owningService: undefined },
  ...{ tags: { owner: 'red' }, createdAt: NOW - 400 * DAY_MS, purgeAt: undefined, defaultKey: false },
  ...{ currentAt: NOW - DAY_MS, previousSince: NOW - DAY_MS, deprecated: 0, deprecatedAt: undefined },
  ...{ rotates: true, public: false, others: [], target: { resource: ARN } },
}
const ROTATION = {
  ...{ account: '111122223333', region: 'us-east-1', name: 'a', arn: ARN },
  state: { name: 'scheduled' },
  lastAt: NOW - DAY_MS,
} as unknown as Listed

const checksOf = (secret: Partial<Overseen>, more: Partial<Known> = {}): string[] => {
  const bounds = { readers: 3, days: 90 }
  const known: Known = { secret: { ...GOOD, ...secret }, rotation: ROTATION, readers: 3, now: NOW, bounds, ...more }
  return findingsOf(known, new Set(CHECK_NAMES)).map(({ check, severity }) => `${check} ${severity}`)
}
const rotation = (more: object) => ({ ...ROTATION, ...more }) as unknown as Listed

test('nothing is found where all is well', () => assert.deepEqual(checksOf({}), []))

test('each check finds what it is for, as grave as it is', () => {
  const old = NOW - 91 * DAY_MS
  const cases: readonly (readonly [string, readonly string[], Partial<Overseen>, Partial<Known>?])[] = [
    ['public', ['public high'], { public: true }],
    ['other accounts', ['other-accounts medium'], { others: ['444455556666'] }],
    ['too many readers', ['readable-by-many medium'], {}, { readers: 4 }],
    [
      'a rotation fails',
      ['rotation-failing high'],
      {},
      { rotation: rotation({ failure: 'no', state: { name: 'retrying' } }) },
    ],
    [
      'its last test failed',
      ['rotation-failing high'],
      {},
      { rotation: rotation({ test: { at: NOW, failure: 'no' } }) },
    ],
    [
      'a rotation is overdue',
      ['rotation-overdue high'],
      {},
      { rotation: rotation({ state: { name: 'scheduled', overdueSince: old } }) },
    ],
    [
      'rotation is off',
      ['rotation-off medium'],
      { rotates: false },
      { rotation: rotation({ state: { name: 'off' } }) },
    ],
    [
      'never rotated, and old',
      ['never-rotated medium'],
      { rotates: undefined, currentAt: old, previousSince: undefined },
      { rotation: undefined },
    ],
    ['never rotated, and young', [], { rotates: undefined, previousSince: undefined }, { rotation: undefined }],
    ['the key of the service', ['default-key low'], { defaultKey: true }],
    ['an old previous value', ['old-previous low'], { previousSince: old }],
    ['old versions', ['old-versions low'], { deprecated: 2, deprecatedAt: old }],
    ['no tags', ['no-tags low'], { tags: {} }],
    ['to be deleted', ['pending-deletion low'], { purgeAt: NOW + DAY_MS }],
    [
      'what a service keeps is the service’s matter',
      [],
      { owningService: 'rds', tags: {}, defaultKey: true, previousSince: old, rotates: undefined, currentAt: old },
      { rotation: undefined },
    ],
  ]
  for (const [what, expected, secret, more] of cases) assert.deepEqual(checksOf(secret, more), expected, what)
  const seen = new Set(cases.flatMap(([, expected]) => expected.map((one) => one.split(' ')[0] as Check)))
  assert.deepEqual(
    CHECK_NAMES.filter((check) => !seen.has(check)),
    [],
    'every check has a case',
  )
})

test('only what is asked for is looked at', () => {
  const known: Known = {
    ...{ secret: { ...GOOD, public: true, tags: {} }, rotation: ROTATION, readers: undefined, now: NOW },
    bounds: { readers: 1, days: 1 },
  }
  assert.deepEqual(
    findingsOf(known, new Set<Check>(['no-tags'])).map(({ check }) => check),
    ['no-tags'],
  )
})

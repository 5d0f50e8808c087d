import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { afterFailure, passing, permanent } from './outcome.ts'

const busy = passing('HTTP_503', 'busy') as Exclude<ReturnType<typeof passing>, 'arrived'>

/** All tries of something that always fails: when they are made, and what is said at the end. */
function tries(policy: object | undefined): { at: number[]; end: string } {
  const at = [0]
  for (;;) {
    const ageMs = at.at(-1) as number
    const next = afterFailure(busy, policy, { made: at.length, ageMs }, systemRandom)
    if ('failure' in next) return { at, end: next.failure.reason }
    at.push(ageMs + next.waitMs)
  }
}

test('by default up to 185 times again within 24 hours (surroundings.md 4.2), with waits that double up to eight minutes', () => {
  const { at, end } = tries(undefined)
  assert.ok(at.length <= 186 && at.length > 150, String(at.length))
  assert.ok((at.at(-1) as number) <= 86_400_000 && (at.at(-1) as number) > 12 * 3_600_000)
  assert.match(end, /^busy; no more tries: Maximum(RetryAttempts|EventAgeInSeconds)$/)
  const waits = at.slice(1).map((time, i) => time - (at[i] as number))
  for (const [i, wait] of waits.slice(0, 9).entries())
    assert.ok(wait >= 500 * 2 ** i && wait <= 1000 * 2 ** i, `${i} ${wait}`)
  assert.ok(waits.every((wait) => wait <= 480_000))
})

test('a retry policy bounds tries and age (API_RetryPolicy); what is final is not tried again; Retry-After is waited for', () => {
  assert.deepEqual(tries({ MaximumRetryAttempts: 0 }), { at: [0], end: 'busy; no more tries: MaximumRetryAttempts' })
  assert.equal(tries({ MaximumRetryAttempts: 5 }).at.length, 6)
  const old = tries({ MaximumEventAgeInSeconds: 60 })
  assert.ok((old.at.at(-1) as number) <= 60_000)
  assert.equal(old.end, 'busy; no more tries: MaximumEventAgeInSeconds')
  const final = permanent('NO_RESOURCE', 'gone') as Exclude<ReturnType<typeof permanent>, 'arrived'>
  assert.deepEqual(afterFailure(final, undefined, { made: 1, ageMs: 0 }, systemRandom), {
    failure: { code: 'NO_RESOURCE', reason: 'gone' },
  })
  const later = passing('HTTP_429', 'busy', 90_000) as typeof busy
  assert.deepEqual(afterFailure(later, undefined, { made: 1, ageMs: 0 }, systemRandom), { waitMs: 90_000 })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyState } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { requireState, type Use } from './states.ts'
import { codesFor, STATES } from '../test/states.ts'

const CODES = codesFor('EXTERNAL')

function code(use: Use, state: KeyState): string | undefined {
  try {
    requireState({ arn: 'K', state, origin: 'EXTERNAL' }, use, 0)
    return 'ok'
  } catch (error) {
    assert(error instanceof ApiError)
    return CODES[`${error.code}: ${error.message}`]
  }
}

test('what a key may be used for in each state, every cell (kms.md 11)', () => {
  const table = `
    cryptography      | ok D  P  P  I  U  C  ok
    alias             | ok ok P  P  ok ok ok ok
    change            | ok ok P  P  ok ok ok ok
    grant             | ok D  P  P  I  ok C  ok
    switch            | ok ok P  P  I  ok C  UP
    set rotation      | ok D  P  P  X  X  C  ok
    rotate            | ok D  P  P  I  X  C  UP
    rotation status   | ok ok ok ok X  X  ok ok
    import parameters | ok ok P  P  ok ok C  UP
    import            | ok ok P  P  ok ok C  ok
    delete material   | ok ok ok ok ok ok C  UP
    replicate         | ok D  P  P  I  ok C  UP
    update primary    | ok D  P  P  I  ok C  ok
    schedule          | ok ok P  P  ok ok ok UP
    cancel            | NP NP ok ok NP NP NP NP`
  for (const line of table.trim().split('\n')) {
    const [use, codes] = line.split('|').map((part) => part.trim()) as [Use, string]
    assert.deepEqual([use, ...STATES.map((state) => code(use, state))], [use, ...codes.split(/\s+/)])
  }
})

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import fc from 'fast-check'
import type { PolicyKind } from '#kernel/authorization/evaluate'
import type { Case, Policy } from './arbitrary-question.ts'

/**
 * Runs a property, says its seed, and fails with the smallest case and what it takes to see it again. `again`: the seed and path
 * of such a message; an empty record draws new cases.
 */
export function run<T>(
  t: TestContext,
  property: fc.IProperty<T>,
  numRuns: number,
  again: fc.Parameters<unknown>,
): void {
  const details = fc.check(property, { numRuns, ...(again as fc.Parameters<T>) })
  t.diagnostic(`seed ${details.seed}`)
  if (!details.failed) return
  const { seed, counterexamplePath: path, errorInstance } = details
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  assert.fail(`{ seed: ${seed}, path: '${path}', endOnFailure: true }\n${why}`)
}

/** A case as text, for the message. */
export function said({ caller, keys, ...asked }: Case): string {
  return JSON.stringify({ caller: `${caller.kind} ${caller.arn} ${caller.userId}`, keys: [...keys], ...asked }, unsaid)
}

/** Leaves the compiled documents out of a text. */
export function unsaid(name: string, value: unknown): unknown {
  if (name === 'fast' || name === 'policy') return undefined
  return value instanceof Map ? [...value] : value
}

/** All documents of a case, by where they stand, in the order in which they are asked. */
export function policiesOf(asked: Case): [PolicyKind, readonly Policy[]][] {
  const listed = (policy: Policy | undefined) => (policy === undefined ? [] : [policy])
  return [
    ['resource', listed(asked.resourcePolicy)],
    ['identity', asked.identity],
    ['boundary', listed(asked.boundary)],
    ['session', asked.session ?? []],
    ['endpoint', listed(asked.endpoint)],
  ]
}

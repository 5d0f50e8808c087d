import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterMove, afterPut, byVersion, checkLabels, checkMove, labelsOf, type Stages } from './stages.ts'

/**
 * Runs commands on the labels of one secret and compares them after each, a line for a command:
 * `put v2 as A B`, `again v2 as A`, `move A v1 -> v2` (from v1, to v2; either may be missing), then `| v2: A B   v1: C`
 * or `| refused: the beginning of the text`. Versions without labels are not written.
 */
function check(table: string): void {
  let stages: Stages = new Map()
  const versions = new Set<string>()
  for (const line of table.split('\n').filter((row) => row.trim() !== '')) {
    const [command, expected] = line.split('|').map((part) => part.trim()) as [string, string]
    let actual: string
    try {
      stages = perform(command, stages, versions)
      actual = shown(stages)
    } catch (error) {
      actual = `refused: ${(error as Error).message}`
    }
    if (expected.startsWith('refused:')) assert.ok(actual.startsWith(expected), `${command}: ${actual}`)
    else assert.equal(actual, sorted(expected), command)
  }
}

function perform(command: string, stages: Stages, versions: Set<string>): Stages {
  const [verb, ...words] = command.split(/\s+/) as [string, ...string[]]
  if (verb === 'move') {
    const [stage, ...ends] = words as [string, ...string[]]
    const arrow = ends.indexOf('->')
    const move = { stage, from: ends[arrow - 1], to: arrow < 0 ? undefined : ends[arrow + 1] }
    if (arrow < 0) move.from = ends[0]
    checkMove(move)
    return afterMove(stages, move)
  }
  const [version, as, ...wanted] = words as [string, string | undefined, ...string[]]
  const first = versions.size === 0
  versions.add(version)
  return afterPut(stages, { version, wanted: as ? wanted : undefined, first, again: verb === 'again' })
}

function shown(stages: Stages): string {
  const versions = byVersion(stages) ?? {}
  return sorted(
    Object.entries(versions)
      .map(([id, labels]) => `${id}: ${labels.join(' ')}`)
      .join('   '),
  )
}

function sorted(text: string): string {
  if (text === 'nothing' || text === '') return ''
  return text
    .split(/ {2,}/)
    .map((part) => {
      const [id, ...labels] = part.split(/:? +/) as [string, ...string[]]
      return `${id}: ${labels.sort().join(' ')}`
    })
    .sort()
    .join('   ')
}

test('a new current version makes the old one previous, and the one before that has no label', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2                       | v2: AWSCURRENT   v1: AWSPREVIOUS
    put v3                       | v3: AWSCURRENT   v2: AWSPREVIOUS
  `))

test('recorded: a rotation by hand, secretsmanager.md 4.3', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2 as AWSPENDING         | v1: AWSCURRENT   v2: AWSPENDING
    move AWSCURRENT v1 -> v2     | v1: AWSPREVIOUS  v2: AWSCURRENT AWSPENDING
    put v3 as AWSPENDING         | v1: AWSPREVIOUS  v2: AWSCURRENT   v3: AWSPENDING
    move AWSCURRENT v2 -> v3     | v2: AWSPREVIOUS  v3: AWSCURRENT AWSPENDING
  `))

test('recorded and trap 21: a label asked for leaves its version', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2 as one two three      | v1: AWSCURRENT   v2: one two three
    put v3 as one two four       | v1: AWSCURRENT   v2: three   v3: one two four
  `))

test('the first version is current whatever it was to be, a later one is not', () =>
  check(`
    put v1 as AWSPENDING         | v1: AWSPENDING AWSCURRENT
    put v2 as MINE               | v1: AWSPENDING AWSCURRENT   v2: MINE
  `))

test('recorded: AWSPENDING leaves the old current version when a value is put', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2 as AWSPENDING         | v1: AWSCURRENT   v2: AWSPENDING
    move AWSCURRENT v1 -> v2     | v1: AWSPREVIOUS  v2: AWSCURRENT AWSPENDING
    put v3                       | v2: AWSPREVIOUS  v3: AWSCURRENT
  `))

test('documented: a new current version abandons a pending one', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2 as AWSPENDING         | v1: AWSCURRENT   v2: AWSPENDING
    put v3                       | v3: AWSCURRENT   v1: AWSPREVIOUS
    put v4 as AWSPENDING AWSCURRENT | v4: AWSCURRENT AWSPENDING   v3: AWSPREVIOUS
  `))

test('trap 22: one AWSPREVIOUS only, and custom labels do not disturb it', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2                       | v2: AWSCURRENT   v1: AWSPREVIOUS
    put v3 as MINE               | v2: AWSCURRENT   v1: AWSPREVIOUS   v3: MINE
    move MINE v3 -> v1           | v2: AWSCURRENT   v1: AWSPREVIOUS MINE
    move AWSCURRENT v2 -> v3     | v3: AWSCURRENT   v2: AWSPREVIOUS   v1: MINE
    move AWSCURRENT v3 -> v2     | v2: AWSCURRENT   v3: AWSPREVIOUS   v1: MINE
  `))

test('trap 24: custom labels stay on a version that becomes previous', () =>
  check(`
    put v1 as AWSCURRENT PUT0 AWSSOMETHING | v1: AWSCURRENT PUT0 AWSSOMETHING
    put v2                       | v2: AWSCURRENT   v1: AWSPREVIOUS PUT0 AWSSOMETHING
  `))

test('trap 25: moving AWSCURRENT leaves AWSPENDING where it is', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2 as AWSPENDING         | v1: AWSCURRENT   v2: AWSPENDING
    move AWSCURRENT v1 -> v2     | v1: AWSPREVIOUS  v2: AWSCURRENT AWSPENDING
    move AWSPENDING v2           | v1: AWSPREVIOUS  v2: AWSCURRENT
  `))

test('a repeated put adds the labels it names and takes none from its own version', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2 as AWSPENDING         | v1: AWSCURRENT   v2: AWSPENDING
    again v2 as AWSCURRENT       | v1: AWSPREVIOUS  v2: AWSPENDING AWSCURRENT
    again v1 as MINE             | v1: AWSPREVIOUS MINE  v2: AWSPENDING AWSCURRENT
  `))

test('moving a label: what is refused', () =>
  check(`
    put v1                       | v1: AWSCURRENT
    put v2 as MINE               | v1: AWSCURRENT   v2: MINE
    move MINE                    | refused: You must provide MoveToVersionId
    move AWSCURRENT v1           | refused: You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.
    move AWSCURRENT -> v2        | refused: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version v1, so you must explicitly reference that version in RemoveFromVersionId.
    move AWSCURRENT v2 -> v1     | refused: When you move staging label AWSCURRENT, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label AWSCURRENT.
    move OTHER v1 -> v2          | refused: When you move staging label OTHER
    move OTHER v1                | refused: When you move staging label OTHER
    move OTHER -> v1             | v1: AWSCURRENT OTHER   v2: MINE
    move OTHER -> v1             | v1: AWSCURRENT OTHER   v2: MINE
    move AWSCURRENT v1 -> v1     | v1: AWSCURRENT OTHER   v2: MINE
    move MINE v2                 | v1: AWSCURRENT OTHER
  `))

test('labels are told in the order of the alphabet. Source: rotation.md 3.3', () => {
  let stages = afterPut(new Map(), { version: 'v1', wanted: ['B', 'A'], first: true })
  assert.deepEqual(labelsOf(stages, 'v1'), ['A', 'AWSCURRENT', 'B'])
  stages = afterMove(stages, { stage: 'B', to: 'v2', from: 'v1' })
  stages = afterMove(stages, { stage: 'B', to: 'v1', from: 'v2' })
  assert.deepEqual(labelsOf(stages, 'v1'), ['A', 'AWSCURRENT', 'B'])
  assert.equal(byVersion(new Map()), undefined)
})

test('trap 56: twenty labels across all versions, not for each', () => {
  const many = (n: number): Stages => new Map(Array.from({ length: n }, (_, i) => [`L${i}`, `v${i % 3}`]))
  checkLabels(many(19), many(20))
  checkLabels(many(21), many(21))
  assert.throws(() => checkLabels(many(20), many(21)), { code: 'LimitExceededException' })
})

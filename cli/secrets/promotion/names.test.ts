import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../command.ts'
import { chooser, routeOf } from './names.ts'
import { ordered } from './ordered.ts'

const wrong = (what: string) => new Failure(what)

test('two prefixes or two names; one word for another server', () => {
  assert.deepEqual(routeOf(['dev/', 'prod/'], false, false, wrong), { kind: 'prefix', source: 'dev/', target: 'prod/' })
  assert.deepEqual(routeOf(['a', 'b/a'], false, false, wrong), { kind: 'name', source: 'a', target: 'b/a' })
  assert.deepEqual(routeOf(['prod/'], false, true, wrong), { kind: 'prefix', source: 'prod/', target: 'prod/' })
  assert.deepEqual(routeOf([], true, true, wrong), { kind: 'prefix', source: '', target: '' })
})

test('what cannot be meant is refused', () => {
  for (const [words, everything, elsewhere, what] of [
    [[], false, true, /^say which/],
    [['a'], true, true, /not both/],
    [['dev/', 'prod'], false, false, /end both with a slash/],
    [['dev/db', 'prod/'], false, false, /say prod\/db$/],
    [['a'], false, false, /both are the same/],
    [[], true, false, /both are the same/],
    [['dev/', 'dev/copy/'], false, false, /one prefix lies in the other/],
    [['dev/copy/', 'dev/'], false, false, /one prefix lies in the other/],
  ] as const)
    assert.throws(() => routeOf(words, everything, elsewhere, wrong), { message: what }, words.join())
})

test('patterns: * is anything, the rest is itself', () => {
  const chosen = (only: string[], except: string[], ...names: string[]) => names.filter(chooser(only, except))
  const names = ['dev/a', 'dev/ab', 'dev/b', 'dev/a*']
  assert.deepEqual(chosen([], [], ...names), names)
  assert.deepEqual(chosen(['dev/a*'], [], ...names), ['dev/a', 'dev/ab', 'dev/a*'])
  assert.deepEqual(chosen(['*b', 'dev/a'], ['dev/b'], ...names), ['dev/a', 'dev/ab'])
  assert.deepEqual(chosen(['d*v/*b*'], [], ...names), ['dev/ab', 'dev/b'])
  assert.deepEqual(chosen(['aba*aba'], [], 'aba', 'ababa', 'abaaba'), ['abaaba'])
  assert.deepEqual(chosen([`${'*a'.repeat(200)}`], [], 'a'.repeat(500), 'b'.repeat(500)), ['a'.repeat(500)])
})

test('a few at once, answers in order; what one throws comes in its turn', async () => {
  let running = 0
  let most = 0
  const gates = Array.from({ length: 10 }, () => Promise.withResolvers<void>())
  const answers = ordered([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3, async (at) => {
    most = Math.max(most, ++running)
    await gates[at]?.promise
    running--
    if (at === 8) throw new Error('eight')
    return at
  })
  for (const gate of [...gates].reverse()) gate.resolve()
  const got: number[] = []
  await assert.rejects(async () => {
    for await (const answer of answers) got.push(answer)
  }, /eight/)
  assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7])
  assert.ok(most <= 3, String(most))
})

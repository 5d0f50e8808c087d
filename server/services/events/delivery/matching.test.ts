import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Unit } from '#kernel/storage/storage'
import type { Rule } from '../model/rule.ts'
import { patternOf } from '../model/pattern/pattern.ts'
import type { StandingRule } from '../rules.ts'
import { Matching } from './matching.ts'
import type { Deliveries } from './store.ts'

const CELL = { account: '111122223333', region: 'us-east-1' }

function standing(name: string, pattern: object): StandingRule {
  const rule = { ...CELL, bus: 'default', name, id: name, state: 'ENABLED', createdBy: CELL.account } as unknown as Rule
  const arn = `arn:aws:events:us-east-1:111122223333:rule/${name}`
  return { rule, arn, pattern: patternOf(JSON.stringify(pattern)), targets: [{ Id: 't', Arn: `arn:of:${name}` }] }
}

test('rules that cost too much are passed over and told of; those before and behind them are asked', {
  timeout: 20_000,
}, async () => {
  const branches = (prefix: string) => Array.from({ length: 31 }, (_, i) => ({ [`${prefix}${i}`]: ['x'] }))
  const costly = { detail: { l: { $or: branches('a'), b: { $or: branches('b') } } } }
  const rules = [
    standing('a', costly),
    ...Array.from({ length: 290 }, (_, i) => standing(`b${i}`, costly)),
    standing('c', { source: ['my.app'], detail: { name: [{ prefix: 'x' }] } }),
  ]
  const sent: string[] = []
  const told: string[] = []
  const matching = new Matching({
    book: { rulesOf: async () => rules },
    inputOf: (_, { text }) => text,
    deliveries: () =>
      ({ add: async (_: unknown, { source }: { source: string }) => void sent.push(source) }) as unknown as Deliveries,
    looped: () => undefined,
    tooCostly: (rule) => told.push(rule),
    matched: async () => undefined,
  })
  const after: (() => void)[] = []
  const unit = { afterCommit: (work: () => void) => after.push(work) } as unknown as Unit
  const detail = JSON.stringify({ name: 'xy', l: Array.from({ length: 80_000 }, () => ({})) })
  const event = { id: 'e', source: 'my.app', detailType: 'T', ...CELL, time: 0, resources: [], detail }
  assert.equal(await matching.arrive(unit, { ...CELL, name: 'default' }, [{ event, depth: 0 }], 0), 1)
  assert.deepEqual(sent, ['arn:aws:events:us-east-1:111122223333:rule/c'])
  assert.deepEqual(told, [])
  for (const work of after) work()
  assert.equal(told.length, 291)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Unit } from '#kernel/storage/storage'
import type { Alarms } from './alarms.ts'
import type { Alarm } from './model/alarm.ts'
import { Transitions } from './transitions.ts'

const CELL = { account: '111122223333', region: 'us-east-1' }

function alarmOf(name: string, rule?: string): Alarm {
  const actions = { ok: [], alarm: [], insufficient: [] }
  const settings = rule === undefined ? { kind: 'metric', actions } : { kind: 'composite', actions, rule }
  const standing = { state: 'OK', reason: '', reasonData: undefined, stateAt: 0, transitionAt: 0, configuredAt: 0 }
  return { ...CELL, name, settings, tags: new Map(), enabled: true, ...standing } as unknown as Alarm
}

/** Alarms in memory, and how often all composite ones were read. */
function shelf(all: readonly Alarm[]) {
  const byName = new Map(all.map((each) => [each.name, each]))
  const read = { all: 0 }
  const alarms = {
    find: async (_: unknown, name: string) => byName.get(name),
    locked: async (_: unknown, name: string) => byName.get(name),
    save: async (alarm: Alarm) => void byName.set(alarm.name, alarm),
    remember: async () => undefined,
    composites: async () => {
      read.all++
      return [...byName.values()].filter(({ settings }) => settings.kind === 'composite')
    },
  } as unknown as Alarms
  return { alarms, byName, read }
}

const inAlarm = (byName: ReadonlyMap<string, Alarm>) =>
  [...byName.values()].filter(({ state }) => state === 'ALARM').length

async function alarmed(all: readonly Alarm[]) {
  const { alarms, byName, read } = shelf(all)
  const parts = { events: { emit: async () => undefined }, tell: async () => 'left' as const }
  const transitions = new Transitions({} as Unit, alarms, parts as never)
  await transitions.change(all[0] as Alarm, { state: 'ALARM', reason: 'x', reasonData: undefined }, 1)
  return { byName, read }
}

test('composite alarms are read once for all that follows one change, however many there are', async () => {
  const rule = Array(80).fill('ALARM(a)').join(' OR ')
  const composites = Array.from({ length: 300 }, (_, n) => alarmOf(`c${n}`, n < 299 ? rule : 'ALARM(c0)'))
  const { byName, read } = await alarmed([alarmOf('a'), ...composites])
  assert.deepEqual([inAlarm(byName), read.all], [301, 1])
})

test('no more than so many composite alarms are looked at after one change: those that flip each other end', {
  timeout: 20_000,
}, async () => {
  // each layer changes with each change of the one before it
  const layer = (n: number) =>
    Array.from({ length: 12 }, (_, at) => {
      const below = n === 0 ? ['a'] : Array.from({ length: 12 }, (_, of) => `l${n - 1}-${of}`)
      const one = below[at % below.length] as string
      const two = below[(at + 1) % below.length] as string
      return alarmOf(
        `l${n}-${at}`,
        `(ALARM("${one}") AND NOT ALARM("${two}")) OR (NOT ALARM("${one}") AND ALARM("${two}")) OR ALARM("${one}")`,
      )
    })
  const { read } = await alarmed([alarmOf('a'), ...Array.from({ length: 10 }, (_, n) => layer(n)).flat()])
  assert.equal(read.all, 1)
  const many = Array.from({ length: 1500 }, (_, n) => alarmOf(`c${n}`, 'ALARM(a)'))
  assert.equal(inAlarm((await alarmed([alarmOf('a'), ...many])).byName), 1001)
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { OUTLET_EVENTS } from '../../server/assembly/outlets.ts'
import { openMetrics } from '../../server/kernel/metrics.ts'

const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8')

/** Names of metrics in expressions: ours, and those that prom-client gives every process. */
const NAMES = /\b(?:strongroom|process|nodejs)_[a-z0-9_]+\b/g

interface Panel {
  readonly title: string
  readonly type: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}

const dashboard = JSON.parse(read('grafana/dashboards/strongroom.json')) as {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string }[] }
}

/** All series that a server can have, by what it says of them itself. */
async function known(): Promise<Map<string, string>> {
  const metrics = openMetrics('1')
  const meter = metrics.meter('secretsmanager', 'GetSecretValue')
  meter.begin()
  meter.end('ok', 0.001)
  const types = new Map<string, string>()
  for (const [, name = '', type = ''] of (await metrics.metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm))
    types.set(name, type)
  return types
}

test('the dashboard and the alert rules ask for metrics that the server has', async () => {
  const types = await known()
  const asked = new Set<string>()
  for (const { targets = [] } of dashboard.panels)
    for (const { expr } of targets) for (const [name] of expr.matchAll(NAMES)) asked.add(name)
  const rules = read('alerts.yml').replace(/^\s*#.*$/gm, '')
  for (const [name] of rules.matchAll(NAMES)) asked.add(name)
  assert.ok(asked.size > 20, `only ${asked.size} names were found: the test looks in the wrong place`)
  const missing = [...asked].filter(
    (name) => !types.has(name) && types.get(name.replace(/_bucket$/, '')) !== 'histogram',
  )
  assert.deepEqual(missing, [])
})

test('there is an alert for files of trails that can not be delivered, on an event that is counted from 0', () => {
  const events = [...read('alerts.yml').matchAll(/event="(\w+)"/g)].map(([, event]) => event)
  assert.ok(events.includes('TrailDeliveryFailed'))
  for (const event of events.filter((name) => !name?.startsWith('Rotation')))
    assert.ok(
      OUTLET_EVENTS.some((known) => known === event),
      event,
    )
})

test('counters are asked for their rate, gauges are not', async () => {
  const types = await known()
  const all = [...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)), read('alerts.yml')]
  for (const expr of all)
    for (const [, taken, name = ''] of expr.matchAll(/\b(rate|increase)?\(?((?:strongroom|process)_[a-z0-9_]+)/g)) {
      const counts = types.get(name) === 'counter' || name.endsWith('_bucket')
      assert.equal(taken !== undefined, counts, `${name} in ${expr.slice(0, 80)}`)
    }
})

test('panels stand beside each other, none on another, and each has a title', () => {
  const cells = new Map<string, string>()
  for (const { title, gridPos } of dashboard.panels) {
    assert.notEqual(title, '')
    assert.ok(gridPos.x + gridPos.w <= 24, title)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(cells.get(`${x} ${y}`), undefined, `${title} lies on ${cells.get(`${x} ${y}`)}`)
        cells.set(`${x} ${y}`, title)
      }
  }
  const variables = new Set(dashboard.templating.list.map(({ name }) => name))
  for (const [, name = ''] of JSON.stringify(dashboard).matchAll(/\$\{?(?!__)([a-z]+)/g))
    assert.ok(variables.has(name), name)
})

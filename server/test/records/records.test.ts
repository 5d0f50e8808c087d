import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inputFor, prepare } from '../registry/inputs.ts'
import { type AuditRecord, inOrder, isGood, makerOf, open, signable } from '../registry/world.ts'
import { richer } from './richer.ts'
import { type Row, steady, table } from './table.ts'

/** The members that the table is about. */
interface Recorded extends AuditRecord {
  readonly resources?: unknown
  readonly additionalEventData?: unknown
  readonly eventCategory: string
  readonly managementEvent: boolean
}

/** Those that the table has rows for. */
const SERVICES = new Set([
  'cloudtrail',
  'cloudwatch',
  'events',
  'iam',
  'kms',
  'lambda',
  'logs',
  'rds',
  'redshift',
  'redshift-serverless',
  'secretsmanager',
  'ssm',
  'strongroom',
  'sts',
])

/** Written anew by hand only: `RECORDS=write`, then read the difference. */
const writes = process.env.RECORDS === 'write'

test('the record of each operation says what the table says of it: what is dropped, masked, kept (traps 1 to 3, 18)', async () => {
  await using world = await open({ level: 'error' })
  const rows: Record<string, Row> = {}
  const bad: string[] = []
  const { account } = world.server
  const entries = inOrder(signable(world)).filter(({ service }) => SERVICES.has(service.name))
  for (const [index, entry] of entries.entries()) {
    const names = await prepare(world, entry, `r${String(index).padStart(4, '0')}`)
    await world.records()
    const who = makerOf(entry, world)
    const answer = await world.call(entry, { ...inputFor(entry, names), ...richer[entry.action] }, who)
    if (!isGood(entry, answer)) {
      bad.push(`${entry.action}: ${answer.text}`)
      continue
    }
    const eventNamed = entry.operation?.audit?.name ?? entry.name
    const own = ((await world.records()) as Recorded[]).filter(
      (each) => each.eventName === eventNamed && each.userIdentity.invokedBy === undefined,
    )
    const [record] = own
    assert.ok(record !== undefined && own.length === 1, `${entry.action}: ${JSON.stringify(own)}`)
    // Trap 3: they are there, also when there is nothing to say.
    assert.ok('requestParameters' in record && 'responseElements' in record, entry.action)
    assert.equal(record.managementEvent, record.eventCategory === 'Management', entry.action)
    const { eventName, readOnly, requestParameters, responseElements, resources, additionalEventData } = record
    rows[entry.action] = steady(
      {
        ...(eventName !== entry.name && { name: eventName }),
        readOnly,
        ...(requestParameters !== null && { request: requestParameters }),
        ...(responseElements !== null && { response: responseElements }),
        ...(resources !== undefined && { resources }),
        ...(additionalEventData !== undefined && { additional: additionalEventData }),
        ...(record.eventCategory !== 'Management' && { category: record.eventCategory }),
      },
      account,
    ) as Row
  }
  if (writes) {
    process.stderr.write(`${bad.join('\n')}\n`)
    const lines = Object.keys(rows)
      .toSorted()
      .map((action) => `${action}\t${JSON.stringify(rows[action])}\n`)
    writeFileSync(join(import.meta.dirname, 'table.tsv'), lines.join(''))
    return
  }
  assert.deepEqual(bad, [])
  assert.deepEqual(Object.keys(rows).toSorted(), Object.keys(table).toSorted())
  for (const [action, row] of Object.entries(rows)) assert.deepEqual(row, table[action], action)
})

import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import * as events from '@aws-sdk/client-eventbridge'
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as rds from '@aws-sdk/client-rds'
import * as redshift from '@aws-sdk/client-redshift'
import * as redshiftServerless from '@aws-sdk/client-redshift-serverless'
import * as s3 from '@aws-sdk/client-s3'
import * as secretsmanager from '@aws-sdk/client-secrets-manager'
import * as ssm from '@aws-sdk/client-ssm'
import * as sts from '@aws-sdk/client-sts'
import { NormalizedSchema } from '@smithy/core/schema'
import type { AnyOperation } from '#kernel/operation'
import type { Shape } from '#kernel/shape'
import { start } from '../start.ts'

/**
 * Every declaration against the schemas that the official SDK packages carry: members, kinds, what is required, what is
 * sensitive, at every depth. Constraints (lengths, ranges, patterns) are not in these packages.
 */

const sdks: Readonly<Record<string, object>> = {
  cloudtrail,
  cloudwatch,
  'redshift-serverless': redshiftServerless,
  events,
  iam,
  kms,
  lambda,
  logs,
  rds,
  redshift,
  s3,
  secretsmanager,
  ssm,
  sts,
}
const services = join(import.meta.dirname, '../../services')

/** Operations that AWS does not have: no package tells of them. */
const OWN = 'strongroom'

/** A static operation schema: kind 9, namespace, name, traits, input, output. */
type OperationSchema = readonly [9, string, string, unknown, () => unknown, () => unknown]

function schemaOf(sdk: object, operation: string): OperationSchema | undefined {
  const schema = (sdk as Record<string, unknown>)[`${operation}$`]
  return Array.isArray(schema) && schema[0] === 9 ? (schema as unknown as OperationSchema) : undefined
}

/** What both sides are brought to. */
interface Member {
  readonly kind: string
  readonly required: boolean
  readonly sensitive: boolean
  readonly of?: Member
  readonly members?: Readonly<Record<string, Member>>
}

function ours(shape: Shape): Member {
  const head = { kind: shape.kind, required: shape.required === true, sensitive: shape.sensitive === true }
  if (shape.kind === 'list') return { ...head, of: ours(shape.of) }
  if (shape.kind === 'map') return { ...head, of: ours(shape.value) }
  if (shape.kind === 'structure') return { ...head, members: oursIn(shape.members) }
  return head
}

function oursIn(members: Readonly<Record<string, Shape>>): Record<string, Member> {
  return Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, ours(shape)]))
}

/** In a structure the required members come first; the seventh entry of its static schema is their number. */
function theirsIn(schema: NormalizedSchema): Record<string, Member> {
  const [, , , , , , count = 0] = schema.getSchema() as unknown as (number | undefined)[]
  const members = [...schema.structIterator()]
  return Object.fromEntries(members.map(([name, member], at) => [name, theirs(member, at < count)]))
}

function theirs(schema: NormalizedSchema, required: boolean): Member {
  const { sensitive } = schema.getMergedTraits() as { sensitive?: unknown }
  const head = { kind: kindOf(schema), required, sensitive: Boolean(sensitive) }
  if (head.kind === 'list' || head.kind === 'map') return { ...head, of: theirs(schema.getValueSchema(), false) }
  if (head.kind === 'structure') return { ...head, members: theirsIn(schema) }
  return head
}

function kindOf(schema: NormalizedSchema): string {
  if (schema.isListSchema()) return 'list'
  if (schema.isMapSchema()) return 'map'
  if (schema.isStructSchema()) return 'structure'
  if (schema.isStringSchema()) return 'string'
  if (schema.isBooleanSchema()) return 'boolean'
  if (schema.isTimestampSchema()) return 'timestamp'
  if (schema.isBlobSchema()) return 'blob'
  if (schema.isNumericSchema()) return 'integer'
  return `unknown ${schema.getName(true)}`
}

const all = globSync('*/operations/*.ts', { cwd: services }).filter((file) => !file.endsWith('.test.ts'))
const files = all.filter((file) => !file.startsWith(`${OWN}/`))

test('there are declarations to compare', () => {
  assert.ok(files.length >= 30, `only ${files.length} operations were found`)
})

for (const file of files.toSorted()) {
  const [service = ''] = file.split('/')
  const name = basename(file, '.ts')
  test(`${service} ${name} agrees with the SDK's schema`, async () => {
    const module = (await import(join(services, file))) as Record<string, AnyOperation>
    const declared = module[name]
    assert.ok(declared, `${file} exports ${name}`)
    assert.equal(declared.name, name)
    const sdk = sdks[service]
    assert.ok(sdk, `no SDK package for ${service}`)
    const schema = schemaOf(sdk, name)
    assert.ok(schema, `the SDK has no operation ${name}`)
    const input = NormalizedSchema.of(schema[4] as never)
    const expected = input.isUnitSchema() ? {} : theirsIn(input)
    assert.deepEqual(oursIn(declared.input), expected)
  })
}

test('every operation of the SDK packages is offered or listed as not yet there, and every declaration is offered', async () => {
  await using server = await start()
  for (const { name: service, operations, notYet } of server.inside.services) {
    const declared = all.filter((file) => dirname(dirname(file)) === service).map((file) => basename(file, '.ts'))
    assert.deepEqual(Object.keys(operations).toSorted(), declared.toSorted(), service)
    if (service === OWN) continue
    const sdk = sdks[service]
    assert.ok(sdk, `no SDK package for ${service}`)
    const theirs = Object.keys(sdk).flatMap((key) => (key.endsWith('$') ? [key.slice(0, -1)] : []))
    const known = theirs.filter((name) => schemaOf(sdk, name) !== undefined)
    assert.ok(known.length > 5)
    assert.deepEqual([...Object.keys(operations), ...notYet].toSorted(), known.toSorted(), service)
  }
})

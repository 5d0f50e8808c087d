import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { NormalizedSchema } from '@smithy/core/schema'
import type { Shape } from '../../server/kernel/shape.ts'

/** What an SDK package says of one operation. */
export interface Facts {
  readonly name: string
  /** Names of the TypeScript types; undefined where AWS has none. */
  readonly request: string | undefined
  readonly response: string | undefined
  /** Input members without constraints, which the packages do not carry. */
  readonly input: Readonly<Record<string, Shape>>
  readonly errors: readonly string[]
  /** Of a REST service: how the operation is named. */
  readonly rest: RestFacts | undefined
}

/** Where a REST operation and its members stand, as the SDK's schema says. */
export interface RestFacts {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string | undefined
}

/** The static schema of an operation: kind 9, namespace, name, traits, input, output. */
type OperationSchema = readonly [9, string, string, unknown, () => unknown, () => unknown]

/** One SDK package of the service that `operation.ts` names. */
export class Sdk {
  readonly #exports: Readonly<Record<string, unknown>>
  readonly #directory: string
  readonly package: string

  private constructor(name: string, exports: Readonly<Record<string, unknown>>, directory: string) {
    this.package = name
    this.#exports = exports
    this.#directory = directory
  }

  /** Loads the package whose types the service's `operation.ts` takes. */
  static async of(serviceDirectory: string): Promise<Sdk> {
    const text = readFileSync(path.join(serviceDirectory, 'operation.ts'), 'utf8')
    const name = /import type \* as Sdk from '(@aws-sdk\/[a-z0-9-]+)'/.exec(text)?.[1]
    if (name === undefined) throw new Error(`${serviceDirectory}/operation.ts names no package of the SDK`)
    const directory = path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..')
    return new Sdk(name, (await import(name)) as Record<string, unknown>, directory)
  }

  get version(): string {
    return (JSON.parse(readFileSync(path.join(this.#directory, 'package.json'), 'utf8')) as { version: string }).version
  }

  /** Version of the API that the package was made from, for example `2017-10-17`. */
  get apiVersion(): string {
    const text = readFileSync(path.join(this.#directory, 'dist-es/runtimeConfig.shared.js'), 'utf8')
    return /apiVersion: "([0-9-]+)"/.exec(text)?.[1] ?? 'unknown'
  }

  /** Names of all operations, in order. */
  operations(): string[] {
    const names = Object.keys(this.#exports).flatMap((key) => (key.endsWith('$') ? [key.slice(0, -1)] : []))
    return names.filter((name) => this.#schema(name) !== undefined).sort()
  }

  facts(name: string): Facts {
    const schema = this.#schema(name)
    if (schema === undefined) throw new Error(`${this.package} has no operation ${name}`)
    const input = NormalizedSchema.of(schema[4] as never)
    const output = NormalizedSchema.of(schema[5] as never)
    return {
      name,
      request: input.isUnitSchema() ? undefined : input.getName(),
      response: output.isUnitSchema() ? undefined : output.getName(),
      input: input.isUnitSchema() ? {} : membersOf(input, 0),
      errors: this.#errors(name),
      rest: restOf(schema, input),
    }
  }

  #schema(name: string): OperationSchema | undefined {
    const schema = this.#exports[`${name}$`]
    return Array.isArray(schema) && schema[0] === 9 ? (schema as unknown as OperationSchema) : undefined
  }

  /** Schemas don't tie errors to operations; the commands' declarations do. */
  #errors(name: string): string[] {
    const file = path.join(this.#directory, 'dist-types/commands', `${name}Command.d.ts`)
    const named = [...readFileSync(file, 'utf8').matchAll(/@throws \{@link (\w+)\}/g)].map(
      (match) => match[1] as string,
    )
    return named.filter((error) => !error.endsWith('ServiceException'))
  }
}

/** `http`: method, path, status. Query services have it too, with the root as their path. */
function restOf(schema: OperationSchema, input: NormalizedSchema): RestFacts | undefined {
  const [method, path, status] = (schema[3] as { http?: [string, string, number] } | undefined)?.http ?? []
  if (method === undefined || path === undefined || path === '/') return undefined
  const query: Record<string, string> = {}
  const headers: Record<string, string> = {}
  let payload: string | undefined
  for (const [name, member] of input.isUnitSchema() ? [] : input.structIterator()) {
    const traits = member.getMergedTraits() as { httpQuery?: string; httpHeader?: string; httpPayload?: unknown }
    if (traits.httpQuery !== undefined) query[name] = traits.httpQuery
    if (traits.httpHeader !== undefined) headers[name] = traits.httpHeader.toLowerCase()
    if (traits.httpPayload) payload = name
  }
  return { method, path, status: status ?? 200, query, headers, payload }
}

/** In a structure the required members come first; the seventh entry of its static schema is their number. */
function membersOf(schema: NormalizedSchema, depth: number): Record<string, Shape> {
  const [, , , , , , count = 0] = schema.getSchema() as unknown as (number | undefined)[]
  const members = [...schema.structIterator()]
  return Object.fromEntries(
    members.map(([name, member], at) => {
      const shape = shapeOf(member, depth)
      return [name, at < count ? { ...shape, required: true } : shape]
    }),
  )
}

function shapeOf(schema: NormalizedSchema, depth: number): Shape {
  if (depth > 8) throw new Error(`${schema.getName()} contains itself: declare it by hand`)
  const sensitive = (schema.getMergedTraits() as { sensitive?: unknown }).sensitive
    ? ({ sensitive: true } as const)
    : {}
  const inner = () => shapeOf(schema.getValueSchema(), depth + 1)
  if (schema.isListSchema()) return { kind: 'list', of: inner(), ...sensitive }
  if (schema.isMapSchema()) return { kind: 'map', key: { kind: 'string' }, value: inner(), ...sensitive }
  if (schema.isStructSchema()) return { kind: 'structure', members: membersOf(schema, depth + 1), ...sensitive }
  if (schema.isBooleanSchema()) return { kind: 'boolean', ...sensitive }
  if (schema.isTimestampSchema()) return { kind: 'timestamp', ...sensitive }
  if (schema.isBlobSchema()) return { kind: 'blob', ...sensitive }
  if (schema.isNumericSchema()) return { kind: 'integer', ...sensitive }
  if (schema.isStringSchema()) return { kind: 'string', ...sensitive }
  throw new Error(`${schema.getName(true)} is of a kind that no operation had yet: declare it by hand`)
}

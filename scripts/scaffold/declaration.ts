import type { Shape } from '../../server/kernel/shape.ts'
import type { Facts } from './sdk.ts'

/** The texts of a new operation: its declaration and its test. */
export interface Texts {
  readonly operation: string
  readonly test: string
}

/** What a service folder offers to its operations. */
export interface Surroundings {
  /** Folder below `server/services`. */
  readonly service: string
  /** The SDK package. */
  readonly package: string
  /** What `model/members.ts` exports. */
  readonly members: Readonly<Record<string, unknown>>
}

/** How operations of a service find what they act on, and how its tests call them. */
interface Habit {
  readonly when: (facts: Facts) => boolean
  readonly target: string
  readonly imports: readonly string[]
}

const needs = (member: string) => (facts: Facts) => facts.input[member]?.required === true

const habits: Readonly<Record<string, Habit>> = {
  secretsmanager: {
    when: needs('SecretId'),
    target: `target: async ({ SecretId }, { secrets, random }, call) =>
    targetOf(SecretId, await secrets.find(SecretId), call, random),`,
    imports: [`import { targetOf } from '../target.ts'`],
  },
  kms: {
    when: needs('KeyId'),
    target: `async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },`,
    imports: [`import { keyTarget, locate, OWN_KEY } from '../locate.ts'`],
  },
  iam: {
    when: needs('UserName'),
    target: 'target: async ({ UserName }, { users }, call) => userTarget(call, UserName, await users.find(UserName)),',
    imports: [`import { userTarget } from '../target.ts'`],
  },
}

/** The start of a test in each service: `call` is how its trial runs an operation. */
const trials: Readonly<Record<string, { readonly open: string; readonly call: string; readonly from: string }>> = {
  secretsmanager: {
    open: 'await using t = await trial()',
    call: 't.call',
    from: `import { trial } from '../test/trial.ts'`,
  },
  kms: { open: 'await using w = await world()', call: 'w.ask', from: `import { world } from '../test/world.ts'` },
  iam: { open: 'await using iam = await trial()', call: 'iam.call', from: `import { trial } from '../test/trial.ts'` },
}

/** Writes the declaration and the test of an operation as the files of its service look. */
export function texts(facts: Facts, around: Surroundings): Texts {
  return { operation: operationText(facts, around), test: testText(facts, around) }
}

function operationText(facts: Facts, { service, package: sdk, members }: Surroundings): string {
  const { name, request, response, errors } = facts
  const used = new Set<string>()
  const input = Object.entries(facts.input).map(([member, shape]) => memberText(member, shape, members, used))
  const types = [request, response].filter((type) => type !== undefined)
  const target = targetOf(service, facts)
  const imports = [
    ...(types.length > 0 ? [`import type { ${types.join(', ')} } from '${sdk}'`] : []),
    ...(input.some((text) => text.includes('required(')) ? [`import { required } from '#kernel/shape'`] : []),
    ...[
      ...(used.size > 0 ? [`import { ${[...used].sort().join(', ')} } from '../model/members.ts'`] : []),
      `import { operation } from '../operation.ts'`,
      ...target.imports,
    ].sort((a, b) => (pathIn(a) < pathIn(b) ? -1 : 1)),
  ]
  return `${imports.join('\n')}

/** Source: API_${name}. */
export const ${name} = operation<${request ?? 'object'}, ${response ?? 'undefined'}>()({
  name: '${name}',
  effect: '${/^(Get|List|Describe|Validate|Verify)/.test(name) ? 'read' : 'write'}',
${restText(facts)}  input: {${input.map((text) => ` ${text},`).join('')} },
  errors: [${errors.map((error) => `'${error}'`).join(', ')}],
  ${target.text}
  async run() {
    throw new Error('${unwritten(name)}')
  },
})
`
}

/** How a REST operation is named; nothing for all others. */
function restText({ rest }: Facts): string {
  if (rest === undefined) return ''
  const { method, path, status, query, headers, payload } = rest
  const parts = [`method: '${method}'`, `path: '${path}'`, `status: ${status}`]
  if (Object.keys(query).length > 0) parts.push(`query: ${quoted(query)}`)
  if (Object.keys(headers).length > 0) parts.push(`headers: ${quoted(headers)}`)
  if (payload !== undefined) parts.push(`payload: '${payload}'`)
  return `  rest: { ${parts.join(', ')} },\n`
}

const quoted = (names: Readonly<Record<string, string>>): string =>
  `{ ${Object.entries(names)
    .map(([name, wire]) => `${name}: '${wire}'`)
    .join(', ')} }`

/** What a scaffolded operation fails with until somebody writes it. */
export const unwritten = (name: string): string => `${name} is not written yet`

const pathIn = (line: string): string => /from '([^']+)'/.exec(line)?.[1] ?? ''

function targetOf(service: string, facts: Facts): { readonly text: string; readonly imports: readonly string[] } {
  const habit = habits[service]
  if (habit?.when(facts)) return { text: habit.target, imports: habit.imports }
  const about = Object.values(facts.input).some((shape) => shape.required === true)
  // A guess would let policies look at the wrong ARN, so what names a resource must be said by a person.
  const text = about
    ? `async target() {
    throw new Error('${unwritten(facts.name)}')
  },`
    : `target: async () => ({ resource: '*' }),`
  return { text, imports: [] }
}

/** One input member: by the name under which the service declares it, otherwise written out. */
function memberText(name: string, shape: Shape, members: Readonly<Record<string, unknown>>, used: Set<string>): string {
  const { required, ...bare } = shape as Shape & { required?: true }
  const candidates = [name, ...(shape.kind === 'boolean' ? ['Flag'] : [])]
  const declared = candidates.find((candidate) => sameKinds(members[candidate], bare))
  if (declared !== undefined) used.add(declared)
  const text = declared ?? literal(bare)
  if (required === true) return `${name}: required(${declared === undefined ? `${text} as const` : text})`
  return text === name ? name : `${name}: ${text}`
}

/** Whether a declared member is of the same kinds at every depth; its constraints are its own. */
function sameKinds(declared: unknown, shape: Shape): boolean {
  if (typeof declared !== 'object' || declared === null) return false
  const other = declared as Shape
  if (other.kind !== shape.kind || (other.sensitive === true) !== (shape.sensitive === true)) return false
  if (shape.kind === 'list') return sameKinds((other as typeof shape).of, shape.of)
  if (shape.kind === 'map') return sameKinds((other as typeof shape).value, shape.value)
  if (shape.kind !== 'structure') return true
  const inner = (other as typeof shape).members
  const names = Object.keys(shape.members)
  return (
    names.length === Object.keys(inner).length &&
    names.every(
      (name) =>
        sameKinds(inner[name], shape.members[name] as Shape) &&
        (inner[name]?.required === true) === (shape.members[name]?.required === true),
    )
  )
}

/** A shape as TypeScript. */
function literal(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? `'${value}'` : String(value)
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${literal(inner)}`)
    .join(', ')} }`
}

function testText({ name, input }: Facts, { service }: Surroundings): string {
  const sample = Object.entries(input).flatMap(([member, shape]) =>
    shape.required === true ? [`${member}: ${sampleOf(shape)}`] : [],
  )
  const members = sample.length === 0 ? '{}' : `{ ${sample.join(', ')} }`
  const trial = trials[service]
  const imports = [`import assert from 'node:assert/strict'`, `import { test } from 'node:test'`]
  if (trial === undefined)
    return `${[...imports, `import type { Call } from '#kernel/call'`, `import type { Env } from '../operation.ts'`, `import { ${name} } from './${name}.ts'`].join('\n')}

test('${name} answers (API_${name})', async () => {
  assert.deepEqual(await ${name}.run(${members}, {} as Env, {} as Call), {})
})
`
  return `${[...imports, trial.from].join('\n')}

test('${name} answers (API_${name})', async () => {
  ${trial.open}
  assert.deepEqual(await ${trial.call}('${name}', ${members}), {})
})
`
}

/** A value of the member's kind, to be replaced by one that says something. */
function sampleOf(shape: Shape): string {
  switch (shape.kind) {
    case 'string':
      return `'example'`
    case 'integer':
      return '1'
    case 'boolean':
      return 'true'
    case 'timestamp':
      return 'new Date(0)'
    case 'blob':
      return 'Buffer.of(1)'
    case 'list':
      return `[${sampleOf(shape.of)}]`
    case 'map':
      return `{ example: ${sampleOf(shape.value)} }`
    case 'structure':
      return `{ ${Object.entries(shape.members)
        .flatMap(([name, member]) => (member.required === true ? [`${name}: ${sampleOf(member)}`] : []))
        .join(', ')} }`
  }
}

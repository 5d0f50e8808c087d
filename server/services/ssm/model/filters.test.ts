import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { parameter } from '../test/parameters.ts'
import { describing, describingOld, type Filtering, reading, type StringFilter } from './filters.ts'
import { parentOf } from './name.ts'
import type { Found } from './parameter.ts'
import { badPath } from './refusals.ts'

const ALL = ['param', '/slash', '/a/b', '/a/b/c', '/a/bc', '/a/x', '/b', '/b/y', '/A/b', '/z.z-z_'].map((name) =>
  parameter(name),
)

const holds = ({ pieces, select }: Pick<Filtering, 'pieces' | 'select'>, found: Found) =>
  pieces.some(
    ({ from, to, parent }) =>
      found.parameter.key >= from &&
      found.parameter.key < to &&
      (parent === undefined || parentOf(found.parameter.key) === parent),
  ) &&
  (select?.(found) ?? true)

const named = (filters: readonly StringFilter[], all: readonly Found[] = ALL) => {
  const filtering = describing(filters)
  return all.filter((found) => holds(filtering, found)).map(({ parameter }) => parameter.name)
}

function refused(
  filters: readonly StringFilter[],
  code: string,
  text: string,
  read = describing as (filters: readonly StringFilter[]) => unknown,
) {
  assert.throws(
    () => read(filters),
    (error) => {
      assert.ok(error instanceof ApiError, String(error))
      assert.deepEqual([error.code, error.message], [code, text])
      return true
    },
  )
}

test('no filter is everything, in one range', () => {
  assert.equal(describing([]).select, undefined)
  assert.equal(describing().pieces.length, 1)
  assert.equal(named([]).length, ALL.length)
})

test('Name is Equals by default, in either spelling of a root name, and one seek (trap 26; reported: 8.1)', () => {
  assert.deepEqual(named([{ Key: 'Name', Values: ['param'] }]), ['param'])
  assert.deepEqual(named([{ Key: 'Name', Values: ['/param'] }]), ['param'])
  assert.deepEqual(named([{ Key: 'Name', Values: ['slash', '/a/b'] }]), ['/slash', '/a/b'])
  assert.deepEqual(named([{ Key: 'Name', Values: ['/a'] }]), [])
  assert.deepEqual(describing([{ Key: 'Name', Values: ['/a/b', '/a/b'] }]).pieces, [{ from: 'a/b', to: 'a/b!' }])
  assert.deepEqual(describing([{ Key: 'Name', Values: ['no such', ''] }]).pieces, [])
})

test('Name BeginsWith is one range', () => {
  const filter = { Key: 'Name', Option: 'BeginsWith', Values: ['/a/b'] }
  assert.deepEqual(named([filter]), ['/a/b', '/a/b/c', '/a/bc'])
  assert.deepEqual(describing([filter]).pieces, [{ from: 'a/b', to: 'a/c' }])
  assert.deepEqual(named([{ Key: 'Name', Option: 'BeginsWith', Values: ['par', '/z'] }]), ['param', '/z.z-z_'])
  assert.equal(named([{ Key: 'Name', Option: 'BeginsWith', Values: ['/'] }]).length, ALL.length)
})

test('Name Contains compares the value as given with the name and its slash (reported: 8.1)', () => {
  assert.deepEqual(named([{ Key: 'Name', Option: 'Contains', Values: ['/p'] }]), ['param'])
  assert.deepEqual(named([{ Key: 'Name', Option: 'Contains', Values: ['b/', 'ara'] }]), ['param', '/a/b/c', '/b/y'])
})

test('Path is one level by default, or all below; the path itself is not in it; a slash at its end is nothing (trap 22)', () => {
  assert.deepEqual(named([{ Key: 'Path', Values: ['/a'] }]), ['/a/b', '/a/bc', '/a/x'])
  assert.deepEqual(named([{ Key: 'Path', Values: ['/a/b/'] }]), ['/a/b/c'])
  assert.deepEqual(named([{ Key: 'Path', Option: 'Recursive', Values: ['/a/'] }]), ['/a/b', '/a/b/c', '/a/bc', '/a/x'])
  assert.deepEqual(named([{ Key: 'Path', Values: ['/'] }]), ['param', '/slash', '/b', '/z.z-z_'])
  assert.deepEqual(named([{ Key: 'Path', Option: 'OneLevel', Values: ['/a', '/a/b', '/'] }]), [
    'param',
    '/slash',
    '/a/b',
    '/a/b/c',
    '/a/bc',
    '/a/x',
    '/b',
    '/z.z-z_',
  ])
  assert.equal(named([{ Key: 'Path', Option: 'Recursive', Values: ['/'] }]).length, ALL.length)
})

test('names and paths together are what both hold, and still no walk over everything', () => {
  const filters = [
    { Key: 'Name', Values: ['/a/b', '/a/b/c', '/b/y'] },
    { Key: 'Path', Values: ['/a'] },
  ]
  assert.deepEqual(named(filters), ['/a/b'])
  assert.deepEqual(describing(filters).pieces, [{ from: 'a/b', to: 'a/b!' }])
  const ranges = [
    { Key: 'Path', Option: 'Recursive', Values: ['/a'] },
    { Key: 'Name', Option: 'BeginsWith', Values: ['/a/b', '/b'] },
  ]
  assert.deepEqual(named(ranges), ['/a/b', '/a/b/c', '/a/bc'])
  assert.deepEqual(describing(ranges).pieces, [{ from: 'a/b', to: 'a/c' }])
  assert.deepEqual(
    named([
      { Key: 'Path', Values: ['/a'] },
      { Key: 'Name', Option: 'BeginsWith', Values: ['/a/b'] },
    ]),
    ['/a/b', '/a/bc'],
  )
})

test('filters by names and paths find what a plain reading of their words finds', () => {
  const step = fc.string({ unit: fc.constantFrom(...'aAb1-_.'), minLength: 1, maxLength: 2 })
  const path = fc.array(step, { maxLength: 3 }).map((steps) => `/${steps.join('/')}`)
  const value = fc.tuple(path, fc.constantFrom('', '/')).map(([text, end]) => (text === '/' ? text : text + end))
  const values = fc.array(value, { minLength: 1, maxLength: 4 })
  const name = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => `/${steps.join('/')}`)
  const byName = fc.record({
    Key: fc.constant('Name'),
    Option: fc.constantFrom('Equals', 'BeginsWith', 'Contains'),
    Values: fc.array(fc.oneof(name, value), { minLength: 1, maxLength: 4 }),
  })
  const byPath = fc.record({
    Key: fc.constant('Path'),
    Option: fc.constantFrom('OneLevel', 'Recursive'),
    Values: values,
  })
  const plain = ({ Option, Values }: { Option: string; Values: string[] }, key: string) =>
    Values.some((text) => {
      if (Option === 'Equals') return `/${key}` === text
      if (Option === 'BeginsWith') return `/${key}`.startsWith(text)
      if (Option === 'Contains') return `/${key}`.includes(text)
      const path = text === '/' ? '/' : `${text.replace(/\/$/, '')}/`
      const rest = `/${key}`.startsWith(path) ? `/${key}`.slice(path.length) : ''
      return rest !== '' && (Option === 'Recursive' || !rest.includes('/'))
    })
  fc.assert(
    fc.property(fc.subarray(['Name', 'Path'], { minLength: 1 }), byName, byPath, name, (keys, one, other, each) => {
      const filters = [one, other].filter(({ Key }) => keys.includes(Key))
      const found = parameter(each)
      const expected = filters.every((filter) => plain(filter, found.parameter.key))
      assert.equal(holds(describing(filters), found), expected)
      const { pieces } = describing(filters)
      const holding = pieces.filter((piece) => holds({ pieces: [piece], select: undefined }, found))
      assert.ok(holding.length <= 1)
    }),
    { numRuns: 500 },
  )
})

test('Type: BeginsWith String is String and StringList', () => {
  const all = (['String', 'StringList', 'SecureString'] as const).map((type) => parameter(type, { version: { type } }))
  assert.deepEqual(named([{ Key: 'Type', Values: ['String'] }], all), ['String'])
  assert.deepEqual(named([{ Key: 'Type', Option: 'BeginsWith', Values: ['String'] }], all), ['String', 'StringList'])
  assert.deepEqual(named([{ Key: 'Type', Values: ['SecureString', 'StringList'] }], all), [
    'StringList',
    'SecureString',
  ])
})

test('KeyId is compared with the text as given and matches nothing without one (trap 29)', () => {
  const all = [parameter('plain'), parameter('own', { version: { keyId: 'alias/aws/ssm', type: 'SecureString' } })]
  assert.deepEqual(named([{ Key: 'KeyId', Values: ['alias/aws/ssm'] }], all), ['own'])
  assert.deepEqual(named([{ Key: 'KeyId', Option: 'BeginsWith', Values: ['alias/'] }], all), ['own'])
  assert.deepEqual(named([{ Key: 'KeyId', Values: ['alias'] }], all), [])
})

test('Tier, DataType and tags; tag:KEY may come without values (trap 27)', () => {
  const all = [
    parameter('big', {
      version: { tier: 'Advanced' },
      parameter: {
        tags: new Map([
          ['team', 'blue'],
          ['a:b', ''],
        ]),
      },
    }),
    parameter('ami', { version: { dataType: 'aws:ec2:image' }, parameter: { tags: new Map([['team', 'bluish']]) } }),
  ]
  assert.deepEqual(named([{ Key: 'Tier', Values: ['Advanced'] }], all), ['big'])
  assert.deepEqual(named([{ Key: 'Tier', Values: ['Intelligent-Tiering'] }], all), [])
  assert.deepEqual(named([{ Key: 'DataType', Option: 'BeginsWith', Values: ['aws:'] }], all), ['ami'])
  assert.deepEqual(named([{ Key: 'tag:team' }], all), ['big', 'ami'])
  assert.deepEqual(named([{ Key: 'tag:team', Values: ['blue'] }], all), ['big'])
  assert.deepEqual(named([{ Key: 'tag:team', Option: 'BeginsWith', Values: ['blu'] }], all), ['big', 'ami'])
  assert.deepEqual(named([{ Key: 'tag:a:b', Values: [''] }], all), ['big'])
  assert.deepEqual(named([{ Key: 'tag:none' }], all), [])
  assert.deepEqual(named([{ Key: 'tag:team' }, { Key: 'tag:a:b' }], all), ['big'])
})

test('the old filter on Name is a beginning, the others are equality (trap 26, recorded: 8.2)', () => {
  const old = (filter: StringFilter) =>
    ALL.filter((found) => holds(describingOld([filter]), found)).map(({ parameter }) => parameter.name)
  assert.deepEqual(old({ Key: 'Name', Values: ['/a/'] }), ['/a/b', '/a/b/c', '/a/bc', '/a/x'])
  assert.deepEqual(old({ Key: 'Name', Values: ['par'] }), ['param'])
  assert.deepEqual(old({ Key: 'Type', Values: ['SecureString'] }), [])
})

test('GetParametersByPath takes Type, KeyId and Label; Label names a version', () => {
  const { select, label } = reading([
    { Key: 'Label', Values: ['stable'] },
    { Key: 'Type', Values: ['String'] },
  ])
  assert.equal(label, 'stable')
  assert.equal(select?.(parameter('x')), true)
  assert.deepEqual(reading(), { select: undefined, label: undefined })
})

test('keys that are not allowed (recorded by path, reported for the list)', () => {
  const byPath = 'Valid filter keys include: [Type, KeyId, Label].'
  for (const key of ['Name', 'Path', 'Tier', 'DataType', 'tag:a']) {
    refused(
      [{ Key: key, Values: ['x'] }],
      'InvalidFilterKey',
      `The following filter key is not valid: ${key}. ${byPath}`,
      reading,
    )
  }
  const text =
    'The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].'
  refused([{ Key: 'Label', Values: ['x'] }], 'InvalidFilterKey', text)
})

test('options that are not allowed (recorded, of Path reported)', () => {
  const refusedOption = (filter: StringFilter, valid: string, read?: (filters: readonly StringFilter[]) => unknown) =>
    refused(
      [filter],
      'InvalidFilterOption',
      `The following filter option is not valid: ${filter.Option}. Valid options include: [${valid}].`,
      read,
    )
  refusedOption({ Key: 'Type', Option: 'Contains', Values: ['String'] }, 'BeginsWith, Equals')
  refusedOption({ Key: 'KeyId', Option: 'Recursive', Values: ['x'] }, 'BeginsWith, Equals', reading)
  refusedOption({ Key: 'Label', Option: 'BeginsWith', Values: ['x'] }, 'Equals', reading)
  refusedOption({ Key: 'Path', Option: 'Equals', Values: ['/a'] }, 'Recursive, OneLevel')
  refusedOption({ Key: 'tag:x', Option: 'Contains', Values: ['x'] }, 'BeginsWith, Equals')
})

test('values that are missing, too many or unknown', () => {
  for (const key of ['Type', 'Name', 'KeyId', 'Path', 'Tier', 'DataType']) {
    refused(
      [{ Key: key }],
      'InvalidFilterValue',
      `The following filter values are missing : null for filter key ${key}.`,
    )
  }
  refused(
    [{ Key: 'Label', Values: ['a', 'b'] }],
    'InvalidFilterValue',
    'The following filter Label can have only one value',
    reading,
  )
  refused(
    [{ Key: 'Type', Values: ['String', 'test'] }],
    'InvalidFilterValue',
    'The following filter value is not valid: test. Valid values include: [String, StringList, SecureString].',
  )
  refused(
    [{ Key: 'Tier', Values: ['Gold'] }],
    'InvalidFilterValue',
    'The following filter value is not valid: Gold. Valid values include: [Standard, Advanced, Intelligent-Tiering].',
  )
})

test('a key comes once (reported: 8.1)', () => {
  const text =
    'The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.'
  refused(
    [
      { Key: 'Name', Values: ['a'] },
      { Key: 'Name', Option: 'Contains', Values: ['b'] },
    ],
    'InvalidFilterKey',
    text,
  )
})

test('paths that are no paths, and those of AWS (reported: 8.1)', () => {
  for (const path of ['a', 'a/b', '/a//b', '/a b', ''])
    refused([{ Key: 'Path', Values: [path] }], 'ValidationException', badPath().message)
  const text =
    'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace.'
  for (const path of ['/aws', '/AWSx/y', '/ssm/', '/aws/service/list'])
    refused([{ Key: 'Path', Values: [path] }], 'ValidationException', text)
})

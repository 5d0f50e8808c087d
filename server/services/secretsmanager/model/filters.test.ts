import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { type Filter, type Filterable, selectorOf } from './filters.ts'

const selects = (filters: Filter[], secret: Partial<Filterable>): boolean =>
  selectorOf(filters)?.({ name: 'unnamed', ...secret }) ?? true

/** One line each: filter value | text | yes or no. */
function check(key: string, where: (text: string) => Partial<Filterable>, table: string): void {
  for (const line of table.trim().split('\n')) {
    const [value = '', text = '', answer = ''] = line.split('|').map((cell) => cell.trim())
    assert.equal(selects([{ Key: key, Values: [value] }], where(text)), answer === 'yes', `${key}: ${value} on ${text}`)
  }
}

test('name is a case-sensitive prefix, ! negates it (recorded, secretsmanager.md 9)', () =>
  check(
    'name',
    (name) => ({ name }),
    `
    prod/        | prod/db        | yes
    prod/        | Prod/db        | no
    db           | prod/db        | no
    testing1 one | testing1/one   | no
    !/           | prod           | yes
    !/           | /prod          | no
    !!x          | y              | yes
    !!x          | !x             | no
    !            | anything       | no
    a!           | a!b            | yes
  `,
  ))

test('tag-key and tag-value are case-sensitive prefixes of any tag', () => {
  const table = `
    env   | environment | yes
    Env   | environment | no
    !env  | environment | no
    !env  | team        | yes
  `
  check(
    'tag-key',
    (key) => ({
      tags: [
        ['first', '-'],
        [key, 'value'],
      ],
    }),
    table,
  )
  check(
    'tag-value',
    (value) => ({
      tags: [
        ['key', '-'],
        ['key2', value],
      ],
    }),
    table,
  )
  assert.equal(selects([{ Key: 'tag-key', Values: [''] }], { tags: [] }), false)
  assert.equal(selects([{ Key: 'tag-key', Values: ['!a'] }], { tags: [] }), true)
  assert.equal(selects([{ Key: 'tag-value', Values: ['x'] }], { tags: new Map([['key', 'xyz']]) }), true)
})

test('a tag-value filter is not tied to the tag-key filter beside it', () => {
  const tags: [string, string][] = [
    ['env', 'prod'],
    ['team', 'red'],
  ]
  assert.equal(
    selects(
      [
        { Key: 'tag-key', Values: ['env'] },
        { Key: 'tag-value', Values: ['red'] },
      ],
      { tags },
    ),
    true,
  )
})

test('description is matched by words, in any case (recorded, secretsmanager.md 9)', () =>
  check(
    'description',
    (description) => ({ description }),
    `
    a secret | a secret      | yes
    a secret | an secret     | yes
    a secret | asecret       | no
    o t      | one and two   | yes
    t o      | one and two   | yes
    A SEC    | one A Secret  | yes
    cret     | a secret      | no
    !a       | one and two   | no
    !a       | one or two    | yes
    /        | one / two     | no
  `,
  ))

test('a negated description selects a secret without one', () => {
  assert.equal(selects([{ Key: 'description', Values: ['!a'] }], {}), true)
  assert.equal(selects([{ Key: 'description', Values: ['a'] }], {}), false)
})

test('all looks for the words in one field: name, description, tag key or tag value (recorded, secretsmanager.md 9)', () => {
  check(
    'all',
    (name) => ({ name }),
    `
    secret   | MySecretName  | yes
    name my  | MySecretName  | yes
    ret      | Secret        | no
    things   | COMPANYthings | no
    ything   | COMPANYthings | yes
    -        | a-b           | no
    !secret  | MySecretName  | no
    MYSECRET | my-secret     | no
    b a      | a-b           | yes
  `,
  )
  const where = [{ description: 'red blue' }, { tags: [['red blue', '']] }, { tags: [['', 'red blue']] }] as const
  for (const secret of where) assert.equal(selects([{ Key: 'all', Values: ['blue red'] }], secret), true)
  const apart = { name: 'red', description: 'blue' }
  assert.equal(selects([{ Key: 'all', Values: ['red blue'] }], apart), false)
})

test('primary-region and owning-service are prefixes, and absent ones match nothing', () => {
  check(
    'primary-region',
    (primaryRegion) => ({ primaryRegion }),
    `
    us-    | us-east-1 | yes
    eu-    | us-east-1 | no
  `,
  )
  check(
    'owning-service',
    (owningService) => ({ owningService }),
    `
    rd     | rds       | yes
    RD     | rds       | no
  `,
  )
  for (const Key of ['primary-region', 'owning-service']) {
    assert.equal(selects([{ Key, Values: [''] }], {}), false)
    assert.equal(selects([{ Key, Values: ['!us-east-1'] }], {}), true)
  }
})

test('filters are ANDed, values in a filter are ORed, each value has its own !', () => {
  const named = (name: string, Values: string[]) => selects([{ Key: 'name', Values }], { name })
  assert.equal(named('b', ['a', 'b']), true)
  assert.equal(named('c', ['a', 'b']), false)
  assert.equal(named('c', ['a', '!b']), true)
  assert.equal(named('b', ['a', '!b']), false)
  const both = [
    { Key: 'name', Values: ['a'] },
    { Key: 'name', Values: ['!ab'] },
  ]
  assert.equal(selects(both, { name: 'ac' }), true)
  assert.equal(selects(both, { name: 'abc' }), false)
})

test('no filters select without a selector', () => {
  assert.equal(selectorOf(undefined), undefined)
  assert.equal(selectorOf([]), undefined)
})

test('a filter without key or values is refused', () => {
  const refused = (filter: Filter) => {
    try {
      selectorOf([filter])
    } catch (error) {
      assert.ok(error instanceof ApiError)
      return `${error.code}: ${error.message}`
    }
    return 'taken'
  }
  assert.equal(refused({ Values: ['x'] }), 'InvalidParameterException: Invalid filter key')
  assert.equal(refused({ Key: 'constructor', Values: ['x'] }), 'InvalidParameterException: Invalid filter key')
  assert.equal(refused({ Key: 'name' }), 'InvalidParameterException: Invalid filter values for key: name')
  assert.equal(refused({ Key: 'all', Values: [] }), 'InvalidParameterException: Invalid filter values for key: all')
})

test('a negated value selects exactly what the plain one does not', () => {
  const text = fc.string({ unit: fc.constantFrom(...'aB1/- _'), maxLength: 12 })
  const key = fc.constantFrom('name', 'description', 'tag-key', 'tag-value', 'all', 'primary-region', 'owning-service')
  const secret = fc.record({
    name: text,
    description: fc.option(text, { nil: undefined }),
    tags: fc.array(fc.tuple(text, text), { maxLength: 3 }),
    primaryRegion: fc.option(text, { nil: undefined }),
  })
  fc.assert(
    fc.property(key, text, secret, (Key, value, secret) => {
      assert.notEqual(
        selectorOf([{ Key, Values: [value] }])?.(secret),
        selectorOf([{ Key, Values: [`!${value}`] }])?.(secret),
      )
    }),
  )
})

test('the longest filters on the longest secret cost milliseconds', () => {
  const word = (n: number) => `${String.fromCharCode(97 + (n % 26))}${String.fromCharCode(97 + ((n / 26) | 0))}`
  const value = Array.from({ length: 170 }, (_, n) => word(n)).join(' ')
  const Values = Array.from({ length: 10 }, (_, n) => `!${value} ${n === 9 ? '' : 'aa'}`)
  const filters = Array.from({ length: 10 }, () => ({ Key: 'all', Values }))
  const secret: Filterable = {
    name: '/-'.repeat(256),
    description: Array.from({ length: 682 }, (_, n) => word(n)).join(' '),
    tags: Array.from({ length: 50 }, () => ['-A'.repeat(64), '-A'.repeat(128)] as const),
  }
  const select = selectorOf(filters)
  assert.equal(select?.(secret), false)
  const started = process.cpuUsage()
  for (let i = 0; i < 10; i++) select?.(secret)
  const { user } = process.cpuUsage(started)
  assert.ok(user < 1_000_000, `${user / 10} µs for one secret`)
})

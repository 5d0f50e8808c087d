import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readEnvFile } from './env-file.ts'
import { type Cut, secretsInEnv, secretsInJson, secretsInYaml } from './files.ts'
import type { Incoming } from './incoming.ts'
import { compactJson, readJsonText, readJsonTexts, TextProblem } from './json-text.ts'
import { formatOf } from './sources.ts'

/* The readers of .env, JSON and YAML: what they take, byte for byte, and what they refuse without saying what it was. */

const byKey: Cut = { per: 'key', name: '' }
const byLeaf: Cut = { per: 'leaf', name: '' }

/** Names and values: `a=1`; of bytes their hex, of what stays behind why. */
const shown = (found: readonly Incoming[]): string[] =>
  found.map((incoming) => {
    if ('left' in incoming) return `${incoming.left.name}: ${incoming.left.why}`
    const [version] = incoming.secret.versions
    const value = version?.value ?? { text: '?' }
    return `${incoming.secret.name}=${'text' in value ? value.text : Buffer.from(value.bytes).toString('hex')}`
  })

const problem = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof TextProblem, String(error))
    assert.doesNotMatch(error.message, /TOPSECRET/)
    return `${error.line}: ${error.message}`
  }
  return 'taken'
}

test('.env: quotes, escapes, comments, several lines', () => {
  const table: [string, string[]][] = [
    ['A=1', ['A=1']],
    ['\ufeffexport A = 1 \r\nB=2\r\n', ['A=1', 'B=2']],
    ['# c\n\n  A=x y # comment', ['A=x y']],
    ['A=ab#cd', ['A=ab#cd']],
    ['A=#nothing', ['A=']],
    ["A='raw \\n $X' # c", ['A=raw \\n $X']],
    ['A="x\\ny\\t\\"\\\\\\$Z\\q"', ['A=x\ny\t"\\$Z\\q']],
    ['A="one\ntwo"\nB=`three\nfour`', ['A=one\ntwo', 'B=three\nfour']],
    ['a.b-c=$A', ['a.b-c=$A']],
    ['exportA=1\nexport=2', ['exportA=1', 'export=2']],
    ['', []],
  ]
  for (const [text, expected] of table) assert.deepEqual(shown(secretsInEnv(text, byKey)), expected, text)
})

test('.env: what is no line of it is told by its number', () => {
  const table: [string, RegExp][] = [
    ['A=1\nTOPSECRET', /^2: this is neither/],
    ['A=1\nA=TOPSECRET', /^2: A is there already, in line 1/],
    ['A="TOPSECRET\nB=1', /^1: the quote is not closed/],
    ['A="x\ny" TOPSECRET', /^1: there is something behind/],
    ['A="x\ny"\nB=1\nA=2', /^4: A is there already, in line 1/],
    ['1A=TOPSECRET', /^1: this is neither/],
    ['=TOPSECRET', /^1: this is neither/],
  ]
  for (const [text, expected] of table)
    assert.match(
      problem(() => readEnvFile(text)),
      expected,
      text,
    )
})

test('whatever a program quotes in a .env file comes back as it was', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 })
  const quoted = (value: string) =>
    `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '\\$').replaceAll('\n', '\\n')}"`
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), (values) => {
      const file = values.map((value, at) => `K${at}=${quoted(value)}`).join('\n')
      assert.deepEqual(
        readEnvFile(file).map(({ value }) => value),
        values,
      )
    }),
    { numRuns: 50 },
  )
})

test('JSON keeps each text and number as it was written', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 3 }), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent)
      assert.deepEqual(JSON.parse(compactJson(readJsonText(spaced))), JSON.parse(text))
    }),
    { numRuns: 200 },
  )
  const exact = '{"a":1.10,"b":12345678901234567890,"c":1E+05,"d":"\\u00e9\\/","e":-0.0,"__proto__":{}}'
  assert.equal(compactJson(readJsonText(exact)), exact)
  assert.deepEqual(readJsonTexts('{"a":1}\n{"b":2} [3]').map(compactJson), ['{"a":1}', '{"b":2}', '[3]'])
})

test('JSON takes exactly what JSON.parse takes', () => {
  const parts = fc.constantFrom(...'{}[]:,"\\ntrue1.0eE+-\u00e9 \n', 'null', '"a"', '\\u0041', '\u0001')
  const agree = (text: string) => {
    let valid = true
    try {
      JSON.parse(text)
    } catch {
      valid = false
    }
    assert.equal(problem(() => readJsonText(text)) === 'taken', valid, JSON.stringify(text))
  }
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (texts) => agree(texts.join(''))),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, at) => agree(text.slice(0, at % (text.length + 1)))),
    { numRuns: 500 },
  )
})

test('JSON by key and by leaf', () => {
  const text = '{"a": "é", "b": {"x": 1.0, "y": {"z": [1, 2]}}, "n": null, "t": true, "e": {}}'
  assert.deepEqual(shown(secretsInJson(text, byKey)), [
    ...['a=é', 'b={"x":1.0,"y":{"z":[1,2]}}', 'n: it has no value (null)', 't=true', 'e={}'],
  ])
  assert.deepEqual(shown(secretsInJson(text, byLeaf)), [
    ...['a=é', 'b/x=1.0', 'b/y/z=[1,2]', 'n: it has no value (null)', 't=true', 'e={}'],
  ])
  assert.match(
    problem(() => secretsInJson('[1]', byKey)),
    /no object/,
  )
  assert.match(
    problem(() => secretsInJson('{"a":"TOPSECRET","a":"x"}', byKey)),
    /there twice/,
  )
  assert.match(
    problem(() => secretsInJson('{"a":{"b":1,"b":2}}', byLeaf)),
    /a\/b is there twice/,
  )
})

test('YAML: a scalar that is a secret stays as it was written', () => {
  const text = [
    ...['a: 1.10', 'b: 0123', 'c: yes', 'd: ~', 'e: !!binary AAH/', 'f: |', '  two', '  lines', 'g: 0x10', 'h: 1_000'],
    ...['i: 2024-01-01', 'j: "q"', 'k: &x foo', 'l: *x', 'm: {x: 1.50, y: [0x10, yes]}', 'n: 12345678901234567890'],
    ...['"o": true', '__proto__: p'],
  ].join('\n')
  assert.deepEqual(shown(secretsInYaml(text, byKey)), [
    ...['a=1.10', 'b=0123', 'c=yes', 'd: it has no value (null)', 'e=0001ff', 'f=two\nlines\n', 'g=0x10', 'h=1_000'],
    ...['i=2024-01-01', 'j=q', 'k=foo', 'l=foo', 'm={"x":1.50,"y":[16,"yes"]}', 'n=12345678901234567890'],
    ...['o=true', '__proto__=p'],
  ])
})

test('YAML: within a value a number that begins with zeros stays what was written', () => {
  const text = 'a: {pin: 0123, phone: [0049, -007, 00.5], zero: 0, part: 0.5, octal: 0o17, plus: +5}'
  const value = '{"pin":"0123","phone":["0049","-007","00.5"],"zero":0,"part":0.5,"octal":15,"plus":5}'
  assert.deepEqual(shown(secretsInYaml(text, byKey)), [`a=${value}`])
})

test('YAML: << merges maps; what stands in a map goes before what is merged, and the first of several before the others', () => {
  const text = [
    ...['base: &base {host: h, port: 5432, pin: 0123}', 'more: &more {port: 1, user: u}'],
    ...['prod:', '  <<: *base', '  host: p', 'both:', '  password: x', '  <<: [*more, *base]', '"<<": text'],
  ].join('\n')
  assert.deepEqual(shown(secretsInYaml(text, byLeaf)).slice(5), [
    ...['prod/host=p', 'prod/port=5432', 'prod/pin=0123'],
    ...['both/password=x', 'both/port=1', 'both/user=u', 'both/host=h', 'both/pin=0123', '<<=text'],
  ])
})

test('a file that is one secret is its text, without the byte order mark', () => {
  const whole: Cut = { per: 'file', name: 'app' }
  assert.deepEqual(shown(secretsInJson('\ufeff{"a": 1}\n', whole)), ['app={"a": 1}\n'])
  assert.deepEqual(shown(secretsInYaml('\ufeffa: 1 # c\n', whole)), ['app=a: 1 # c\n'])
})

test('YAML of JSON is that JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 4 })), (value) => {
      const found = secretsInYaml(JSON.stringify({ all: value }), byKey)
      const [first] = shown(found)
      assert.deepEqual(JSON.parse((first ?? '').slice('all='.length)), JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 100 },
  )
})

test('YAML that is hostile or unclear is refused', () => {
  const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  for (let at = 1; at < 12; at++)
    bomb.push(
      `a${at}: &a${at} [${Array(10)
        .fill(`*a${at - 1}`)
        .join(',')}]`,
    )
  const table: [string, RegExp][] = [
    [bomb.join('\n'), /too many parts/],
    ['a: &x [*x]', /nested deeper/],
    [`a: ${'['.repeat(90_000)}`, /too deep/],
    [`a: ${'['.repeat(900)}${']'.repeat(900)}`, /.../],
    ['- '.repeat(20_000), /.../],
    ['? '.repeat(20_000), /.../],
    ['a: TOPSECRET\na: 2', /there twice/],
    ['a: "TOPSECRET\nb: c', /no YAML/],
    ['a: !secret TOPSECRET', /^1: there is a tag/],
    ['a: 1\n---\nb: 2', /^2: a second document/],
    ['<<: TOPSECRET', /^1: << merges maps/],
    ['a: &x [1, {b: 2}]\nc:\n  <<: *x', /^3: << merges maps/],
    ['a: &x {b: 1}\nc:\n  <<: *x\n  b: TOPSECRET\n  b: 2', /there twice/],
    ['a: .nan', /no such value/],
    ['? [a]\n: b', /.../],
    ['a: *nobody', /.../],
    ['', /no object/],
    [`a: ${'x'.repeat(5 * 1024 * 1024)}`, /more than/],
  ]
  for (const [text, expected] of table)
    assert.match(
      problem(() => secretsInYaml(text, byKey)),
      expected,
      text.slice(0, 40),
    )
})

test('YAML with very many keys takes time in proportion', () => {
  const text = Array.from({ length: 20_000 }, (_, at) => `key${at}: value${at}`).join('\n')
  assert.equal(secretsInYaml(text, byKey).length, 20_000)
})

test('whatever bytes come, a reader takes them or tells a line', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(...'abA1=:{}[]"\'`#\\ \n\t-&*!|>?,%@.'), { maxLength: 60 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (any) => {
      for (const read of [secretsInEnv, secretsInJson, secretsInYaml]) {
        problem(() => read(any, byKey))
        problem(() => read(any, byLeaf))
      }
    }),
    { numRuns: 1000 },
  )
})

test('what a file is, by its name', () => {
  const table = {
    ...{ '.env': 'env', 'a/.env.local': 'env', 'prod.env': 'env', 'a.JSON': 'json', 'a.yml': 'yaml', 'a.yaml': 'yaml' },
    ...{ 'b.age': 'export', 'b.jsonl': 'export', 'b.txt': undefined, environment: undefined },
  }
  for (const [name, format] of Object.entries(table)) assert.equal(formatOf(name), format, name)
})

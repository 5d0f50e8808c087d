import type { Shape } from '#kernel/shape'
import type { Chance } from './chance.ts'

/** Bodies that no client sends: JSON and forms, for operations by their declared members. */

/** Texts that break parsers, stores, logs and terminals. */
const texts: readonly ((chance: Chance) => string)[] = [
  () => '',
  () => ' ',
  () => '\0',
  () => 'a\0b',
  () => '\ud800',
  () => '\udfff\ud800',
  () => '\ufeff',
  () => '\u202e\u0007\u001b[2J',
  () => '__proto__',
  () => 'constructor',
  () => "' or 1=1 --",
  () => ':account',
  () => '{{7*7}}<%= 7*7 %>',
  () => '../../etc/passwd',
  () => '%00%ff',
  () => '<![CDATA[<a>]]>&#0;',
  () => 'arn:aws:secretsmanager:us-east-1:111122223333:secret:',
  () => 'arn:',
  () => `arn:${':'.repeat(50)}`,
  () => 'alias/',
  () => '-1',
  () => '1e999',
  (chance) => '😀'.repeat(chance.length(5000)),
  (chance) => 'a'.repeat(chance.length(200_000)),
  (chance) => '\\"'.repeat(chance.length(2000)),
  (chance) => '*?'.repeat(chance.length(5000)),
  (chance) => '!'.repeat(chance.length(5000)),
  (chance) => chance.bytes(chance.length(200)).toString('latin1'),
  (chance) => chance.bytes(chance.length(200)).toString('base64'),
]

export const hostileText = (chance: Chance): string => chance.of(texts)(chance)

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', '\0', 'a', 'Key', 'length']

/** Any JSON value, as text: numbers that no JavaScript number is, duplicates and broken escapes among them. */
function anyJson(chance: Chance, depth = 0): string {
  switch (chance.whole(0, depth > 4 ? 6 : 9)) {
    case 0:
      return chance.of(['null', 'true', 'false'])
    case 1:
      return chance.of(['0', '-0', '1.5', '-1', '1e400', '9007199254740993', '2147483648', '1e-400', '00', '.5'])
    case 2:
    case 3:
      return JSON.stringify(hostileText(chance))
    case 4:
      return chance.of(['"\\ud800"', '"\\u0000"', '"\\x"', '"', "'a'", 'undefined', 'NaN', '"\n"', '"\\u12"'])
    case 5:
      return nested(chance, chance.length(20_000))
    case 6:
      return '{}'
    case 7:
      return `[${Array.from({ length: chance.whole(0, 5) }, () => anyJson(chance, depth + 1)).join(',')}]`
    case 8:
      return `[${Array.from({ length: chance.length(2000) }, () => chance.of(['{}', '1', '""'])).join(',')}]`
    default: {
      const pairs = Array.from({ length: chance.whole(0, 5) }, () => {
        return `${JSON.stringify(chance.of(NAMES))}:${anyJson(chance, depth + 1)}`
      })
      return `{${pairs.join(',')}}`
    }
  }
}

/** Brackets in brackets, closed or not. */
export function nested(chance: Chance, depth: number): string {
  const [open, close] = chance.of([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"__proto__":', '}]'],
  ] as const)
  return open.repeat(depth) + (chance.once(2) ? `1${close.repeat(depth)}` : '')
}

/** How many items at that depth: lists in lists in lists would be larger than any text. */
const most = (items: number, depth: number) => Math.max(2, items >> (2 * depth))

/** A value that is nearly what a member takes. */
function nearly(chance: Chance, shape: Shape, depth = 0): string {
  if (chance.once(4) || depth > 5) return anyJson(chance, depth)
  switch (shape.kind) {
    case 'string':
      return JSON.stringify(shape.oneOf !== undefined && chance.once(2) ? chance.of(shape.oneOf) : hostileText(chance))
    case 'integer':
      return chance.of(['0', '-1', '1', '100', '2147483647', '2147483648', '9007199254740991', '1e20', '1.0'])
    case 'boolean':
      return chance.of(['true', 'false', '1', '"true"'])
    case 'timestamp':
      return chance.of(['0', '-1', '1e13', '8.64e12', '"2026-01-01T00:00:00Z"'])
    case 'blob':
      return JSON.stringify(chance.bytes(chance.length(70_000)).toString('base64').slice(chance.whole(0, 1)))
    case 'list':
      return `[${Array.from({ length: chance.length(most(300, depth)) }, () => nearly(chance, shape.of, depth + 1)).join(',')}]`
    case 'map':
      return `{${Array.from({ length: chance.length(most(50, depth)) }, () => `${JSON.stringify(hostileText(chance))}:${nearly(chance, shape.value, depth + 1)}`).join(',')}}`
    case 'structure':
      return object(chance, shape.members, depth + 1)
  }
}

function object(chance: Chance, members: Readonly<Record<string, Shape>>, depth: number): string {
  const pairs = Object.entries(members).flatMap(([name, shape]) =>
    chance.once(4) ? [] : [`${JSON.stringify(name)}:${nearly(chance, shape, depth)}`],
  )
  while (chance.once(3)) pairs.push(`${JSON.stringify(chance.of(NAMES))}:${anyJson(chance, depth)}`)
  return `{${pairs.join(',')}}`
}

/** A JSON body for an operation: nearly right, half of one, or nothing of the kind. */
export function jsonBody(chance: Chance, members: Readonly<Record<string, Shape>>): Buffer {
  const text = chance.once(6) ? anyJson(chance) : object(chance, members, 0)
  const bytes = Buffer.from(text)
  switch (chance.whole(0, 9)) {
    case 0:
      return bytes.subarray(0, chance.whole(0, bytes.length))
    case 1:
      return broken(chance, bytes)
    case 2:
      return Buffer.concat([Buffer.from(chance.of(['\ufeff', ' \n', '\0', ')]}', '\xff'])), bytes])
    case 3:
      return chance.bytes(chance.length(2000))
    case 4:
      return Buffer.from(text, 'utf16le')
    default:
      return bytes
  }
}

/** A few bytes replaced. */
export function broken(chance: Chance, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let n = chance.whole(1, 4); n > 0 && copy.length > 0; n--) {
    copy[chance.whole(0, copy.length - 1)] = chance.whole(0, 255)
  }
  return copy
}

const PATHS = [
  '',
  '.member.1',
  '.member.0',
  '.member.999999999',
  '.member.-1',
  '.member.x',
  '.member.__proto__',
  '.entry.1.key',
]

/** The body of a form for an operation. */
export function formBody(chance: Chance, action: string, members: Readonly<Record<string, Shape>>): Buffer {
  const encoded = (text: string) => (chance.once(12) ? text : encodeURIComponent(text.toWellFormed()))
  const pairs = [`Action=${action}`, `Version=${chance.of(['2010-05-08', '2011-06-15', ''])}`]
  for (const name of Object.keys(members)) {
    if (chance.once(4)) continue
    pairs.push(
      `${name}${chance.of(PATHS)}${chance.once(4) ? `.${chance.of(NAMES)}` : ''}=${encoded(hostileText(chance))}`,
    )
  }
  while (chance.once(2)) pairs.push(`${chance.of(NAMES)}${chance.of(PATHS)}=${encoded(hostileText(chance))}`)
  switch (chance.whole(0, 11)) {
    case 0:
      for (let n = chance.length(20_000); n > 0; n--) pairs.push(`Tags.member.${n}.Key=a`)
      break
    case 1:
      pairs.push(`${'a.'.repeat(chance.length(20_000))}a=1`)
      break
    case 2:
      pairs.push(chance.of(['%', '%zz=1', '=', '&&&', 'a=%c3', 'a=%ED%A0%80', '+=+', 'Action=', 'Action=Other']))
      break
    case 3:
      return broken(chance, Buffer.from(pairs.join('&')))
    default:
  }
  return Buffer.from(pairs.join(chance.once(20) ? ';' : '&'))
}

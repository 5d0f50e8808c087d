import { arn } from '#kernel/values/arn'
import type { Cell, Selector } from './parameter.ts'
import {
  arnTooLong,
  badName,
  badPath,
  badSelector,
  notFullyQualified,
  reservedName,
  reservedPrefix,
  tooDeep,
  trailingSlash,
} from './refusals.ts'

/** A name as it is spelled, and what the store finds it by: the same without a leading slash. */
export interface Named {
  readonly key: string
  readonly name: string
}

/** What a read asks for: a name or an ARN, perhaps with a version or a label. */
export interface Lookup extends Named {
  /** By its ARN; then `name` is the one that the ARN says, not the one that the parameter was made with. */
  readonly byArn: boolean
  /** Where to look: where the ARN says, else with the caller. */
  readonly cell: Cell
  readonly selector: Selector
  /** The selector as it was sent, with its colon. */
  readonly given: string | undefined
  /** Of a reference to Secrets Manager: all that follows its prefix, verbatim. Its selector is for `references.ts` to read. */
  readonly reference: string | undefined
}

const REFERENCE = 'aws/reference/secretsmanager/'
const PUBLIC = 'aws/service/'
/** Source: parameterstore.md 2.1. */
const MOST_LEVELS = 15
const LONGEST_ARN = 1011

/** One segment at the root in either spelling, or a path that starts with a slash; no segment is empty. */
const WELL_FORMED = /^\/?[A-Za-z0-9_.-]+$|^(?:\/[A-Za-z0-9_.-]+){2,}$/
const SEGMENTS = /^\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*\/?$/
const PATH = /^(?:\/[A-Za-z0-9_.-]+)+\/?$/
const DIGITS = /^[0-9]+$/

const keyOf = (name: string) => (name.charCodeAt(0) === 47 ? name.slice(1) : name)

/** Leading and trailing spaces; what else is white counts as a wrong character. Source: parameterstore.md 2.1. */
function trimmed(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) === 32) from++
  while (to > from && text.charCodeAt(to - 1) === 32) to--
  return from === 0 && to === text.length ? text : text.slice(from, to)
}

/** Whether the first segment begins with `word`, in any case: a prefix, not the whole word. Source: parameterstore.md 2.1. */
function beginsWith(key: string, word: string): boolean {
  return key.length >= word.length && key.slice(0, word.length).toLowerCase() === word
}

/**
 * ARN of the parameter with that key. Never two slashes after `parameter`. Public parameters are nobody's: theirs has no account.
 * Source: parameterstore.md 2.3, 12.
 */
export function parameterArn(region: string, account: string, key: string): string {
  return arn('ssm', region, key.startsWith(PUBLIC) ? '' : account, `parameter/${key}`)
}

/** A name that is to be written, in the order of parameterstore.md 2.1: form, depth, length, then what is reserved. */
export function nameToWrite(text: string, { account, region }: Cell): Named {
  const name = trimmed(text)
  // `/` is a slash at the end and nothing else.
  if (name === '/') throw trailingSlash()
  if (!SEGMENTS.test(name)) throw badName()
  const slash = name.indexOf('/')
  if (slash > 0) throw name.endsWith('/') && slash === name.length - 1 ? trailingSlash() : notFullyQualified()
  if (name.endsWith('/')) throw trailingSlash()
  const key = keyOf(name)
  if (levels(key) > MOST_LEVELS) throw tooDeep()
  const deep = key.includes('/')
  if (beginsWith(key, 'aws')) throw deep ? reservedName(key) : reservedPrefix()
  if (beginsWith(key, 'ssm')) throw deep ? badName() : reservedPrefix()
  if (parameterArn(region, account, key).length > LONGEST_ARN) throw arnTooLong()
  return { key, name }
}

/** A name of a parameter that may be there: to delete or to label it. An ARN or a selector is no name. */
export function nameToFind(text: string): Named {
  const name = trimmed(text)
  const key = keyOf(name)
  if (!WELL_FORMED.test(name) || beginsWith(key, 'ssm')) throw badName()
  return { key, name }
}

/**
 * What a read means by `text`. A malformed name is refused, not looked for, and so is a malformed selector; but for a reference
 * to Secrets Manager, which has rules of its own. Source: parameterstore.md 2.4, recorded.
 */
export function lookupOf(text: string, call: Cell): Lookup {
  const asked = trimmed(text)
  if (asked.startsWith('arn:')) return lookupByArn(asked)
  return lookupByName(asked, call, false)
}

/** `arn:aws:ssm:<region>:<account>:parameter/<key>`; an empty account is the one of public parameters. */
const ARN = /^arn:aws:ssm:([a-z0-9-]+):([0-9]{12})?:parameter(\/.*)$/s

function lookupByArn(text: string): Lookup {
  const found = ARN.exec(text)
  // Assumed: an ARN of something else, or of nothing, is a malformed name.
  if (found === null) throw badName()
  const [, region, account, rest] = found as unknown as [string, string, string | undefined, string]
  return lookupByName(rest, { account: account ?? '', region }, true)
}

function lookupByName(text: string, { account, region }: Cell, byArn: boolean): Lookup {
  const cell = { account, region }
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  const given = colon < 0 ? undefined : text.slice(colon)
  const key = keyOf(name)
  if (name.charCodeAt(0) === 47 && key.startsWith(REFERENCE)) {
    const reference = text.slice(REFERENCE.length + 1)
    return { key, name, byArn, cell, selector: undefined, given, reference }
  }
  if (given !== undefined && (given.length === 1 || given.includes(':', 1))) throw badSelector()
  // Assumed: in reads only what begins with `ssm` is malformed; the text of the refusal leaves `aws` out for the public ones.
  if (!WELL_FORMED.test(name) || beginsWith(key, 'ssm')) throw badName()
  return {
    key,
    name,
    byArn,
    cell,
    selector: given === undefined ? undefined : selectorOf(given.slice(1)),
    given,
    reference: undefined,
  }
}

/** All digits are a version, leading zeros or not; anything else is a label. Source: parameterstore.md 2.4, recorded. */
function selectorOf(text: string): Selector {
  // No version has a number that is not exact.
  return DIGITS.test(text) ? { number: Math.min(Number(text), Number.MAX_SAFE_INTEGER) } : { label: text }
}

/**
 * What the keys of parameters below a path begin with, without a slash at either end; the empty text for all of them. A slash at
 * the end of the path makes no difference. Source: parameterstore.md 7.4, recorded.
 */
export function pathOf(text: string): string {
  const path = trimmed(text)
  if (path === '/') return ''
  if (!PATH.test(path)) throw badPath()
  const key = path.slice(1, path.endsWith('/') ? -1 : undefined)
  if (beginsWith(key, 'ssm')) throw badPath()
  return key
}

/** The parameter that a tag call names: by its name in either spelling, never by its ARN. Source: parameterstore.md 7.10. */
export function resourceIdOf(text: string): Named {
  const name = trimmed(text)
  const key = keyOf(name)
  if (!WELL_FORMED.test(name) || beginsWith(key, 'ssm')) throw badPath()
  return { key, name }
}

/** All of a key before its last slash: the level it is on; empty at the root. */
export function parentOf(key: string): string {
  const slash = key.lastIndexOf('/')
  return slash < 0 ? '' : key.slice(0, slash)
}

function levels(key: string): number {
  let count = 1
  for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) count++
  return count
}

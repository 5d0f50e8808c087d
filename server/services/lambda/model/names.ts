import { parseArn } from '#kernel/values/arn'
import { qualifiersDiffer, unreachable } from './refusals.ts'

/** Where a function is. */
export interface Cell {
  readonly account: string
  readonly region: string
}

/** A function, perhaps with one of its versions or aliases. */
export interface FunctionId extends Cell {
  readonly name: string
  /** A number, the name of an alias or `$LATEST`; undefined when none was said. */
  readonly qualifier: string | undefined
}

export const LATEST = '$LATEST'

const REGION = /^[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d$/
const START = /^arn:[a-z-]*:lambda:/

/**
 * Takes a function's name apart: `name`, `name:qualifier`, `account:function:name`, the full ARN. What it leaves out is the
 * caller's. Throws when it is of another region, or when the two qualifiers are not the same. Source: rotation.md 14.
 */
export function functionIn(text: string, qualifier: string | undefined, here: Cell): FunctionId {
  const tokens = text.replace(START, '').split(':')
  const take = (fits: (token: string) => boolean) =>
    tokens.length > 1 && fits(tokens[0] as string) ? tokens.shift() : undefined
  const region = take((token) => REGION.test(token)) ?? here.region
  const account = take((token) => /^\d{12}$/.test(token)) ?? here.account
  take((token) => token === 'function')
  const [name = '', own] = tokens
  if (region !== here.region) throw unreachable(region, here.region)
  if (own !== undefined && qualifier !== undefined && own !== qualifier) throw qualifiersDiffer()
  return { account, region, name, qualifier: own ?? qualifier }
}

/** The function that a full ARN names; undefined when it names none. */
export function functionOfArn(text: string): FunctionId | undefined {
  const arn = parseArn(text)
  if (arn?.partition !== 'aws' || arn.service !== 'lambda') return undefined
  const [kind, name = '', qualifier, ...more] = arn.resource.split(':')
  if (kind !== 'function' || name === '' || more.length > 0) return undefined
  return { account: arn.account, region: arn.region, name, qualifier }
}

export function functionArn({ account, region }: Cell, name: string, qualifier?: string): string {
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}`
  return qualifier === undefined ? arn : `${arn}:${qualifier}`
}

/** `1`, `2` …: the versions that were published. */
export const isNumber = (qualifier: string): boolean => /^\d+$/.test(qualifier)

/** The qualifier under which permissions are kept and asked for: `$LATEST` is the function itself. */
export const scopeOf = (qualifier: string | undefined): string | undefined =>
  qualifier === LATEST ? undefined : qualifier

import { parseArn } from '#kernel/values/arn'
import type { State } from './alarm.ts'

/** The rule of a composite alarm as a tree. Source: API_PutCompositeAlarm, AlarmRule. */
export type Rule =
  | { readonly kind: 'state'; readonly state: State; readonly alarm: string }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly of: Rule }
  | { readonly kind: 'and' | 'or'; readonly left: Rule; readonly right: Rule }

/** Why a rule is none. */
export class RuleBroken extends Error {}

const MOST_LEVELS = 100
/** Alarms that a rule may name, and parts that it may have. Source: API_PutCompositeAlarm. */
const MOST_ALARMS = 100
const MOST_PARTS = 500

const TOKEN =
  /\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]*)"|'([^']*)'|([^\s()"']+))\s*\)|(AND|OR|NOT|TRUE|FALSE)\b|([()]))/y

type Token = Rule | 'AND' | 'OR' | 'NOT' | '(' | ')'

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (found === null) throw new RuleBroken(`unexpected text at ${at + 1}`)
    const [, state, double, single, bare, word, mark] = found
    if (state !== undefined)
      tokens.push({ kind: 'state', state: state as State, alarm: nameIn(double ?? single ?? bare ?? '') })
    else if (word === 'TRUE' || word === 'FALSE') tokens.push({ kind: 'constant', value: word === 'TRUE' })
    else tokens.push((word ?? mark) as Token)
    if (tokens.length > MOST_PARTS) throw new RuleBroken('it has too many elements')
  }
  return tokens
}

/** A rule names alarms, or gives their ARNs. */
function nameIn(text: string): string {
  const resource = parseArn(text)?.resource
  return resource?.startsWith('alarm:') === true ? resource.slice('alarm:'.length) : text
}

/** The tree of a rule; NOT binds before AND, AND before OR. Throws RuleBroken. */
export function parseRule(text: string): Rule {
  const tokens = tokensOf(text)
  let at = 0
  const unary = (level: number): Rule => {
    if (level > MOST_LEVELS) throw new RuleBroken('it is nested too deeply')
    const token = tokens[at++]
    if (token === undefined) throw new RuleBroken('it ends too early')
    if (token === 'NOT') return { kind: 'not', of: unary(level + 1) }
    if (token === '(') {
      const inner = or(level + 1)
      if (tokens[at++] !== ')') throw new RuleBroken("')' is missing")
      return inner
    }
    if (typeof token === 'string') throw new RuleBroken(`unexpected ${token}`)
    return token
  }
  const and = (level: number): Rule => {
    let left = unary(level)
    while (tokens[at] === 'AND') {
      at++
      left = { kind: 'and', left, right: unary(level) }
    }
    return left
  }
  const or = (level: number): Rule => {
    let left = and(level)
    while (tokens[at] === 'OR') {
      at++
      left = { kind: 'or', left, right: and(level) }
    }
    return left
  }
  const rule = or(0)
  if (at < tokens.length) throw new RuleBroken(`unexpected ${String(tokens[at])}`)
  if (alarmsIn(rule).size > MOST_ALARMS) throw new RuleBroken(`it names more than ${MOST_ALARMS} alarms`)
  return rule
}

/** The names of the alarms in a rule. */
export function alarmsIn(rule: Rule): Set<string> {
  const names = new Set<string>()
  const open = [rule]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === 'state') names.add(next.alarm)
    else if (next.kind === 'not') open.push(next.of)
    else if (next.kind !== 'constant') open.push(next.left, next.right)
  }
  return names
}

/** Whether the rule holds. An alarm that is not there is in no state. */
export function holds(rule: Rule, stateOf: (alarm: string) => State | undefined): boolean {
  switch (rule.kind) {
    case 'constant':
      return rule.value
    case 'state':
      return stateOf(rule.alarm) === rule.state
    case 'not':
      return !holds(rule.of, stateOf)
    case 'and':
      return holds(rule.left, stateOf) && holds(rule.right, stateOf)
    case 'or':
      return holds(rule.left, stateOf) || holds(rule.right, stateOf)
  }
}

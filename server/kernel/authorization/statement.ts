import { beginStatement, ranShort } from '#kernel/authorization/budget'
import type { Caller } from '#kernel/call'
import { type Condition, conditionsOf, holds } from '#kernel/authorization/condition'
import { codesOf, covers, type Glob, globOf } from '#kernel/authorization/glob'
import type { Json } from '#kernel/authorization/json'
import { type ArnPattern, arnPatternOf, matchArn } from '#kernel/authorization/pattern'
import type { BoundPrincipals, Context } from '#kernel/authorization/policy'
import {
  DIRECT,
  type Grade,
  grade,
  NOBODY,
  type Principals,
  principalsOf,
  spares,
} from '#kernel/authorization/principal'

/** One statement, ready for matching. */
export interface Statement {
  /** Its place in the document, counted from 0. */
  readonly index: number
  readonly allows: boolean
  /** In lower case: actions are compared without regard to case. */
  readonly actions: readonly Glob[]
  readonly resources: readonly ArnPattern[]
  /** `NotAction`, `NotResource`, `NotPrincipal`: the element says what is not meant. */
  readonly exceptActions: boolean
  readonly exceptResources: boolean
  readonly exceptPrincipals: boolean
  readonly principals: Principals | undefined
  readonly conditions: readonly Condition[]
}

/** Thrown for a document that can't be read as a policy; the text is IAM's. */
export class PolicyFault extends Error {}

/** Elements that a statement may have. */
export const ELEMENTS: ReadonlySet<string> = new Set(
  'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' '),
)

export function syntaxFault(): PolicyFault {
  return new PolicyFault('Syntax errors in policy.')
}

/**
 * Compiles one statement. A statement without action or resource is kept and never applies (KMS stores such).
 * Throws `PolicyFault` (or `ConditionFault`) for what is not in the language.
 */
export function statementOf(written: Json, index: number, variables: boolean, bound?: BoundPrincipals): Statement {
  if (!(written instanceof Map)) throw syntaxFault()
  const elements = written as ReadonlyMap<string, Json>
  for (const name of elements.keys()) if (!ELEMENTS.has(name)) throw syntaxFault()
  const effect = elements.get('Effect')
  if (effect !== 'Allow' && effect !== 'Deny') throw syntaxFault()
  const [actions, exceptActions] = either(elements, 'Action')
  const [resources, exceptResources] = either(elements, 'Resource')
  const [principal, exceptPrincipals] = either(elements, 'Principal')
  const principals = principal === undefined ? undefined : principalsOf(principal, bound)
  if (principal !== undefined && principals === undefined) throw syntaxFault()
  const condition = elements.get('Condition')
  return {
    index,
    allows: effect === 'Allow',
    actions: textsOf(actions).map((action) => globOf(codesOf(lowered(action), true))),
    resources: textsOf(resources).map((resource) => arnPatternOf(resource, variables, true)),
    exceptActions,
    exceptResources,
    exceptPrincipals,
    principals,
    conditions: condition === undefined ? [] : conditionsOf(condition, variables),
  }
}

/** Actions have letters of ASCII; another one, as the Kelvin sign, must not become one of those. */
const lowered = (action: string): string => action.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** `X` or `NotX`, and whether it is the latter. Both at once are refused. */
function either(elements: ReadonlyMap<string, Json>, name: string): [Json | undefined, boolean] {
  const meant = elements.get(name)
  const except = elements.get(`Not${name}`)
  if (meant !== undefined && except !== undefined) throw syntaxFault()
  return except === undefined ? [meant, false] : [except, true]
}

/** One text or a list of them; nothing when the element is absent. */
export function textsOf(element: Json | undefined): string[] {
  if (element === undefined) return []
  const list = Array.isArray(element) ? (element as readonly Json[]) : [element]
  return list.map((text) => {
    if (typeof text !== 'string') throw syntaxFault()
    return text
  })
}

/**
 * Whether resource and conditions apply, of a statement whose action does. `pads`: short ARN patterns are completed. When the
 * decision's steps run out meanwhile, an Allow does not apply and a Deny does.
 */
export function applies(statement: Statement, resource: string, context: Context, pads: boolean): boolean {
  beginStatement()
  const applied = resourceApplies(statement, resource, context, pads) && conditionsHold(statement, context)
  return ranShort() ? !statement.allows : applied
}

/** The same with the action, in lower case. */
export function appliesTo(
  statement: Statement,
  action: string,
  resource: string,
  context: Context,
  pads: boolean,
): boolean {
  beginStatement()
  const applied =
    actionApplies(statement, action) &&
    resourceApplies(statement, resource, context, pads) &&
    conditionsHold(statement, context)
  return ranShort() ? !statement.allows : applied
}

function conditionsHold({ conditions, allows }: Statement, context: Context): boolean {
  for (let i = 0; i < conditions.length; i++) {
    if (!holds(conditions[i] as Condition, context, allows)) return false
  }
  return true
}

/** Whether the action element covers the action, in lower case. */
export function actionApplies({ actions, exceptActions }: Statement, action: string): boolean {
  if (actions.length === 0) return false
  for (let i = 0; i < actions.length; i++) if (covers(actions[i] as Glob, action)) return !exceptActions
  return exceptActions
}

function resourceApplies(statement: Statement, resource: string, context: Context, pads: boolean): boolean {
  const { resources, exceptResources } = statement
  if (resources.length === 0) return false
  let unresolved = false
  for (let i = 0; i < resources.length; i++) {
    const pattern = resources[i] as ArnPattern
    const match = matchArn(pattern, resource, context, pads || pattern.wild)
    if (match === 'matched') return !exceptResources
    if (match === 'unresolved') unresolved = true
  }
  // What an Allow excepts is not known while a variable has no value: it then allows nothing, and a Deny denies.
  return exceptResources && !(unresolved && statement.allows)
}

/** Whether the resource may apply: for certain, or with another value of a variable. */
export function mayConcern(statement: Statement, resource: string, context: Context, pads: boolean): boolean {
  const { resources, exceptResources } = statement
  const found = resources.map((pattern) => matchArn(pattern, resource, context, pads || pattern.wild))
  if (exceptResources) return found.length > 0 && !found.includes('matched')
  return found.some((match) => match !== 'not')
}

/** How the statement of a resource policy names the caller; `NOBODY`: not at all. */
export function names({ principals, exceptPrincipals, allows }: Statement, caller: Caller): Grade {
  if (principals === undefined) return NOBODY
  if (exceptPrincipals) return !allows && !spares(principals, caller) ? DIRECT : NOBODY
  // The holder of a foreign token is nobody that `*` would let in, but a Deny to everybody is meant for it too.
  if (caller.kind === 'web' && !allows && principals.everyone) return DIRECT
  return grade(principals, caller)
}

/** Whether the statement of an endpoint policy is meant for the caller. There `*` is everybody, unsigned requests too. */
export function reaches(statement: Statement, caller: Caller): boolean {
  if (!statement.exceptPrincipals && statement.principals?.everyone) return true
  return names(statement, caller) !== NOBODY
}

import { isShared } from '#kernel/authorization/shared'
import type { ContextValue } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { parameterArn } from './model/name.ts'
import type { Cell, Parameter } from './model/parameter.ts'

/** What the request itself says to the policies. */
export interface Said {
  /** Condition keys of its parameters. */
  readonly context?: Readonly<Record<string, ContextValue | undefined>>
  readonly requestTags?: ReadonlyMap<string, string>
  readonly tagKeys?: readonly string[]
  /** Another permission than the operation's own. */
  readonly action?: string
  /** Where the parameter is when not with the caller. */
  readonly cell?: Cell
}

/** The actions that a parameter's resource policies are asked about. */
export type SharedAction = 'ssm:GetParameter' | 'ssm:GetParameters' | 'ssm:GetParameterHistory'

const NOTHING: Said = {}

/**
 * A parameter as authorization sees it: its ARN without selector, whether there is one or not, so that an allowed caller alone learns
 * that. Tags count as `aws:ResourceTag/…` and `ssm:resourceTag/…`. Source: parameterstore.md 6.
 */
export function parameterTarget(
  key: string,
  found: { readonly parameter: Parameter } | undefined,
  call: Call,
  said: Said = NOTHING,
): Target {
  const { account, region } = said.cell ?? call
  const resource = found?.parameter.arn ?? parameterArn(region, account, key)
  return {
    resource,
    shown: resource,
    // A public parameter is nobody's: its ARN has no account.
    owner: account === '' ? call.account : account,
    tags: found?.parameter.tags,
    ...(said.context && { context: said.context }),
    ...(said.requestTags && { requestTags: said.requestTags }),
    ...(said.tagKeys && { tagKeys: said.tagKeys }),
    ...(said.action !== undefined && { action: said.action }),
  }
}

/**
 * What reads act on that other accounts may do too: with the parameter's resource policies. To an account that they do not let in,
 * another one's parameter looks like one that is not there. Source: parameterstore.md 13.
 */
export function readTarget(
  key: string,
  cell: Cell,
  found: { readonly parameter: Parameter } | undefined,
  call: Call,
  action: SharedAction,
): Target {
  const policy = found?.parameter.sharing?.compiled
  const resource = found?.parameter.arn ?? parameterArn(cell.region, cell.account, key)
  // A public parameter is nobody's: its ARN has no account.
  const owner = cell.account === '' ? call.account : cell.account
  const target = { resource, shown: resource, owner, tags: found?.parameter.tags, policy }
  if (owner === call.account) return target
  return policy !== undefined && isShared(call, 'ssm', action, target)
    ? target
    : parameterTarget(key, undefined, call, { cell })
}

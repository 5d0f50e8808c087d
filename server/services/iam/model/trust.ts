import { type Json, readJson } from '#kernel/authorization/json'
import { parsePolicy, policySize } from '#kernel/authorization/policy'
import { malformedPolicy, quotaExceeded } from './refusals.ts'

/** Characters of a trust policy, without white space. Source: access.md 3.2. */
export const MOST_TRUST = 2048
/** How much larger the text may be than what counts of it; see `document.ts`. */
const WHITE_SPACE = 4

/** Checks the trust policy of a role, all but whether its principals are there. Throws IAM's refusals. Source: access.md 3.6. */
export function checkTrust(document: string): void {
  const exceeded = () => quotaExceeded('ACLSizePerRole', MOST_TRUST)
  if (document.length > MOST_TRUST * WHITE_SPACE) throw exceeded()
  const parsed = parsePolicy(document, 'trust')
  if (!parsed.ok) throw malformedPolicy(parsed.message)
  if (policySize(document) > MOST_TRUST) throw exceeded()
  const issuer = openIssuer(readJson(document))
  // Assumed wording.
  if (issuer !== undefined) {
    throw malformedPolicy(
      `The trust policy must limit whom ${issuer} speaks for: a condition on ${issuer}:sub that names an organization, project or subject is required.`,
    )
  }
}

/**
 * Issuers that sign tokens for everybody who has an account with them: who trusts one without a look at the subject lets
 * in the whole world. AWS refuses such for some of them. Source: access.md 4.2.
 */
const SHARED = new Set([
  'token.actions.githubusercontent.com',
  'gitlab.com',
  'app.terraform.io',
  'agent.buildkite.com',
  'api.pulumi.com/oidc',
  'oidc.vercel.com',
  'accounts.google.com',
  'appleid.apple.com',
])

/** Operators that are true only if the key is there and as the statement says. */
const LIMITING = /^(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike)$/
/** Actions that give nothing without another statement that lets the session begin. */
const BESIDES = /^sts:(?:TagSession|SetSourceIdentity)$/i

/** The shared issuer that some statement trusts without a limit to its subjects; undefined when there is none. */
function openIssuer(document: Json): string | undefined {
  for (const statement of listed(mapped(document)?.get('Statement'))) {
    const elements = mapped(statement)
    if (elements?.get('Effect') !== 'Allow') continue
    const actions = listed(elements.get('Action'))
    if (actions.length > 0 && actions.every((action) => typeof action === 'string' && BESIDES.test(action))) continue
    for (const provider of listed(mapped(elements.get('Principal'))?.get('Federated'))) {
      const issuer = issuerIn(provider)
      if (issuer !== undefined && !limits(mapped(elements.get('Condition')), `${issuer}:sub`)) return issuer
    }
  }
  return undefined
}

function issuerIn(provider: Json): string | undefined {
  if (typeof provider !== 'string') return undefined
  const url = provider.slice(provider.indexOf('oidc-provider/') + 'oidc-provider/'.length).toLowerCase()
  return SHARED.has(url.replace(/\/+$/, '')) ? url : undefined
}

function limits(condition: ReadonlyMap<string, Json> | undefined, key: string): boolean {
  for (const [operator, keys] of condition ?? []) {
    if (!LIMITING.test(operator)) continue
    const like = operator.endsWith('Like')
    for (const [name, values] of mapped(keys) ?? []) {
      if (name.toLowerCase() === key && listed(values).every((value) => isNarrow(value, like))) return true
    }
  }
  return false
}

/**
 * Whether a value names somebody: what stands before the first wildcard or variable must say who, up to the end of a name
 * (`repo:octo-org/*`, `organization:acme:*`); `repo:*` and `repo:octo*` name people that nobody knows.
 */
function isNarrow(value: Json, like: boolean): boolean {
  if (typeof value !== 'string' || value.trim() === '') return false
  const wild = value.search(like ? /[*?]|\$\{/ : /\$\{/)
  return wild < 0 || /^[^:]+:[^:/]+[:/]/.test(value.slice(0, wild))
}

function mapped(json: Json | undefined): ReadonlyMap<string, Json> | undefined {
  return json instanceof Map ? (json as ReadonlyMap<string, Json>) : undefined
}

function listed(json: Json | undefined): readonly Json[] {
  if (json === undefined) return []
  return Array.isArray(json) ? (json as readonly Json[]) : [json]
}

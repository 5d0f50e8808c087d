import { aside } from '#kernel/authorization/budget'
import { codesOf, covers, globOf } from '#kernel/authorization/glob'
import type { Json } from '#kernel/authorization/json'
import { textsOf } from '#kernel/authorization/statement'

/** The elements of a statement whose syntax was checked. */
export type Elements = ReadonlyMap<string, Json>

/** Users, roles, sessions, federated users, whole accounts; no wildcard in any of them. Source: access.md 2, 5.2. */
const PRINCIPAL_ARN =
  /^arn:aws[a-z-]*:(?:iam::[0-9]{12}:(?:root|(?:user|role)\/[!-~]+)|sts::[0-9]{12}:(?:assumed-role\/[^/]+\/[^/]+|federated-user\/[!-~]+))$/
const ACCOUNT = /^[0-9]{12}$/
/** What the principals of a stored document become when they are gone. */
const UNIQUE_ID = /^(?:AIDA|AROA)[A-Z0-9]{12,}(?::[\w+=,.@-]+)?$/
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/
const PROVIDER = /^(?:arn:aws[a-z-]*:iam::[0-9]{12}:(?:oidc|saml)-provider\/[!-~]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/

const WRITTEN: Readonly<Record<string, string>> = {
  Service: 'SERVICE',
  Federated: 'FEDERATED',
  CanonicalUser: 'CANONICAL',
}

/**
 * IAM's text for a principal that cannot stand in such a policy, whoever there is (that is for the caller to ask).
 * A provider in a resource policy is refused: its sessions are named by their role, and a Deny that names nobody would
 * be taken for one that does. (Assumed.)
 */
export function principalFault(statement: Elements, kind: 'resource' | 'trust'): string | undefined {
  if (statement.has('NotPrincipal')) {
    if (kind === 'trust') return 'Has prohibited field NotPrincipal.'
    // All but a few would be everyone of every account. Source: access.md 5.2.
    if (statement.get('Effect') === 'Allow') return 'Policy statement must not allow with NotPrincipal.'
  }
  const element = statement.get('Principal') ?? statement.get('NotPrincipal')
  if (!(element instanceof Map)) return undefined
  for (const [type, names] of element as Elements) {
    for (const name of textsOf(names)) {
      if (!isPrincipal(type, name, kind)) return `Invalid principal in policy: "${WRITTEN[type] ?? type}":"${name}"`
    }
  }
  return undefined
}

function isPrincipal(type: string, name: string, kind: 'resource' | 'trust'): boolean {
  if (type === 'Service') return SERVICE.test(name)
  if (type === 'Federated') return kind === 'trust' && PROVIDER.test(name)
  if (type !== 'AWS') return false
  if (name === '*') return true
  return !/[*?]/.test(name) && (ACCOUNT.test(name) || PRINCIPAL_ARN.test(name) || UNIQUE_ID.test(name))
}

/** What a trust policy may let somebody do. */
const TRUSTED =
  'sts:assumerole sts:assumerolewithsaml sts:assumerolewithwebidentity sts:tagsession sts:setsourceidentity sts:setcontext'.split(
    ' ',
  )

/** IAM's text for what a trust policy must not have, or lacks. Source: access.md 3.6 (10); the second one seen in the wild. */
export function trustFault(statement: Elements): string | undefined {
  if (statement.has('Resource') || statement.has('NotResource')) return 'Has prohibited field Resource.'
  if (!statement.has('Principal') && !statement.has('NotPrincipal')) return 'Missing required field Principal'
  const actions = textsOf(statement.get('Action'))
  if (actions.length > 0 && actions.every(isTrusted)) return undefined
  return 'Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity'
}

/** Whether the action, or pattern, is one of them, or covers one and nothing but actions of STS. */
function isTrusted(action: string): boolean {
  const lower = action.toLowerCase()
  if (!lower.startsWith('sts:')) return false
  let trusted = false
  aside(() => {
    const glob = globOf(codesOf(lower, true))
    trusted = TRUSTED.some((one) => covers(glob, one))
  })
  return trusted
}

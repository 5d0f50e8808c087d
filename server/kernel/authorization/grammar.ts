import { conditionsOf } from '#kernel/authorization/condition'
import type { Json } from '#kernel/authorization/json'
import { principalsOf } from '#kernel/authorization/principal'
import { type Elements, principalFault, trustFault } from '#kernel/authorization/principal-grammar'
import { ELEMENTS, syntaxFault, textsOf } from '#kernel/authorization/statement'

/** What the kind of document demands beyond the language. */
export interface GrammarOptions {
  /** A managed policy must say version 2012-10-17; inline ones need it for variables only. */
  readonly managed?: true
}

/**
 * `identity`: users, groups, roles, managed policies, boundaries and session policies (no principal); `resource`: on a
 * resource, or on a private listener; `trust`: who may assume a role.
 */
export type PolicyDocumentKind = 'identity' | 'resource' | 'trust'

/** What is wrong. `principal`: it names somebody who can't be named there; `syntax`: anything else. */
export interface Fault {
  readonly fault: 'syntax' | 'principal'
  readonly message: string
}

const TOP = new Set(['Version', 'Id', 'Statement'])
const LEGACY = 'The policy failed legacy parsing'
/** What an IAM ARN in a policy may begin with after the account. Order as the refusal lists it. */
const IAM_PATHS =
  'user/ federated-user/ role/ group/ instance-profile/ mfa/ server-certificate/ policy/ sms-mfa/ saml-provider/ oidc-provider/ report/ access-report/'.split(
    ' ',
  )

/**
 * IAM's text for the first thing that is wrong with a document, undefined when it is well made; the checks stand in the
 * measured order (access.md 3.6), principals last. Throws `PolicyFault` or `ConditionFault` with the text for what is not in the grammar.
 */
export function faultOf(document: Json, kind: PolicyDocumentKind, options: GrammarOptions): Fault | undefined {
  const { version, statements } = syntax(document)
  const message =
    versionFault(statements, version, options) ??
    first(statements, legacyFault) ??
    sidFault(statements, kind) ??
    first(statements, (statement) =>
      has(statement, 'Action') ? undefined : 'Policy statement must contain actions.',
    ) ??
    (kind === 'identity' ? first(statements, resourceFault) : undefined) ??
    first(statements, actionFault) ??
    (kind === 'identity' ? first(statements, identityFault) : undefined) ??
    (kind === 'trust' ? first(statements, trustFault) : undefined)
  if (message !== undefined) return { fault: 'syntax', message }
  if (kind === 'identity') return undefined
  const principal = first(statements, (statement) => principalFault(statement, kind))
  return principal === undefined ? undefined : { fault: 'principal', message: principal }
}

/** Elements, their types, and nothing besides. */
function syntax(document: Json): { version: string; statements: Elements[] } {
  if (!(document instanceof Map)) throw syntaxFault()
  const top = document as Elements
  for (const name of top.keys()) if (!TOP.has(name)) throw syntaxFault()
  const version = top.get('Version') ?? '2008-10-17'
  if (version !== '2008-10-17' && version !== '2012-10-17') throw syntaxFault()
  if (typeof (top.get('Id') ?? '') !== 'string') throw syntaxFault()
  const written = top.get('Statement')
  const statements = Array.isArray(written) ? (written as readonly Json[]) : [written ?? null]
  if (statements.length === 0) throw syntaxFault()
  return { version, statements: statements.map((statement) => statementSyntax(statement, version === '2012-10-17')) }
}

function statementSyntax(written: Json, variables: boolean): Elements {
  if (!(written instanceof Map)) throw syntaxFault()
  const statement = written as Elements
  for (const name of statement.keys()) if (!ELEMENTS.has(name)) throw syntaxFault()
  const effect = statement.get('Effect')
  if (typeof effect !== 'string' || !/^(allow|deny)$/i.test(effect)) throw syntaxFault()
  if (typeof (statement.get('Sid') ?? '') !== 'string') throw syntaxFault()
  for (const name of ['Action', 'Resource', 'Principal']) {
    if (statement.has(name) && statement.has(`Not${name}`)) throw syntaxFault()
  }
  for (const name of ['Action', 'NotAction', 'Resource', 'NotResource']) textsOf(statement.get(name))
  for (const name of ['Principal', 'NotPrincipal']) {
    const principal = statement.get(name)
    if (principal !== undefined && principalsOf(principal) === undefined) throw syntaxFault()
  }
  const condition = statement.get('Condition')
  if (condition !== undefined) conditionsOf(condition, variables)
  return statement
}

/** Variables are a feature of 2012-10-17; in an older document they would be literal text that matches nothing. */
function versionFault(statements: readonly Elements[], version: string, options: GrammarOptions): string | undefined {
  if (version === '2012-10-17') return undefined
  const needed = statements.some((statement) =>
    ['Resource', 'NotResource'].some((name) => textsOf(statement.get(name)).some((text) => text.includes('${'))),
  )
  return options.managed || needed ? 'Policy document must be version 2012-10-17 or greater.' : undefined
}

/** Dates are checked where conditions are compiled. */
function legacyFault(statement: Elements): string | undefined {
  if (!/^(Allow|Deny)$/.test(String(statement.get('Effect')))) return LEGACY
  for (const resource of resourcesOf(statement)) {
    if (resource === '*' || !resource.includes(':')) continue
    const parts = resource.split(':')
    if ((parts.length < 6 && resource.includes('::')) || parts[2] === '') return LEGACY
  }
  return undefined
}

function sidFault(statements: readonly Elements[], kind: PolicyDocumentKind): string | undefined {
  const seen = new Set<Json>()
  for (const statement of statements) {
    const sid = statement.get('Sid')
    if (sid === undefined || sid === '') continue
    if (seen.has(sid)) return 'Statement IDs (SID) in a single policy must be unique.'
    if (kind === 'identity' && !/^[A-Za-z0-9]*$/.test(String(sid))) {
      return 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*'
    }
    seen.add(sid)
  }
  return undefined
}

function resourceFault(statement: Elements): string | undefined {
  if (!has(statement, 'Resource')) return undefined
  for (const resource of resourcesOf(statement)) {
    const fault = resource === '*' ? undefined : arnFault(resource)
    if (fault !== undefined) return fault
  }
  return undefined
}

function arnFault(resource: string): string | undefined {
  const [prefix = '', partition, service = '', region, account, ...rest] = resource.split(':')
  if (partition === undefined || prefix !== 'arn') return `Resource ${resource} must be in ARN format or "*".`
  if (partition !== 'aws' && partition !== '*' && !/^aws-[a-z-]+$/.test(partition)) {
    const tail = [service, region, account, rest.length === 0 ? undefined : rest.join(':')].map((part) => part || '*')
    return `Partition "${partition}" is not valid for resource "arn:${partition}:${tail.join(':')}".`
  }
  if (resource.split(':').length < 3 || /[*?]/.test(service)) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.'
  }
  if (service !== 'iam') return undefined
  if (region !== undefined && region !== '' && region !== '*') {
    return `IAM resource ${resource} cannot contain region information.`
  }
  const path = rest.join(':')
  if (account === undefined || path === '' || path === 'root' || /^[*?]/.test(path)) return undefined
  if (IAM_PATHS.some((start) => path.startsWith(start)) || path.includes('*')) return undefined
  return `IAM resource path must either be "*" or start with ${IAM_PATHS.join(', ')}.`
}

function actionFault(statement: Elements): string | undefined {
  for (const action of textsOf(statement.get('Action') ?? statement.get('NotAction'))) {
    const parts = action.split(':')
    const vendor = parts[0] as string
    if (parts.length === 1 && vendor !== '*') {
      return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
    }
    if (parts.length > 2) return 'Actions/Condition can contain only one colon.'
    if (vendor !== '*' && !/^[A-Za-z0-9.-]+$/.test(vendor)) return `Vendor ${vendor} is not valid`
  }
  return undefined
}

function identityFault(statement: Elements): string | undefined {
  if (!has(statement, 'Resource')) return 'Policy statement must contain resources.'
  if (statement.has('Principal') || statement.has('NotPrincipal')) {
    return 'Policy document should not specify a principal.'
  }
  return undefined
}

function has(statement: Elements, name: 'Action' | 'Resource'): boolean {
  const element = statement.get(name) ?? statement.get(`Not${name}`)
  return textsOf(element).length > 0
}

function resourcesOf(statement: Elements): string[] {
  return textsOf(statement.get('Resource') ?? statement.get('NotResource'))
}

function first(
  statements: readonly Elements[],
  check: (statement: Elements) => string | undefined,
): string | undefined {
  for (const statement of statements) {
    const fault = check(statement)
    if (fault !== undefined) return fault
  }
  return undefined
}

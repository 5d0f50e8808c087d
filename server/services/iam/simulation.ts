import type { PolicyKind, Question, Rule } from '#kernel/authorization/evaluate'
import { type Explanation, explain, type Matched, type Say } from '#kernel/authorization/explain'
import type { Compiled, Context } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { parseArn } from '#kernel/values/arn'
import { arnTemplateOf } from './model/arn-templates.ts'
import { type Place, placesIn } from './model/positions.ts'
import { invalidInput } from './model/refusals.ts'
import type { ResourcePolicy } from './model/simulation-input.ts'

/** One simulation: who may do what to what, by which policies. Nothing is done. */
export interface Simulation {
  readonly caller: Caller
  /** None: all resources, `*`. */
  readonly resources: readonly string[]
  readonly context: Context
  readonly resourcePolicy: ResourcePolicy | undefined
  /** Account that owns resources whose ARN does not say. */
  readonly owner: string | undefined
  /** Service control policies, from the root of the organization to the account. */
  readonly levels: readonly (readonly Compiled[])[]
  /** An account of this deployment is in no organization; AWS says of a principal all the same that it is allowed by one. */
  readonly ofPrincipal: boolean
  /** How the answer names documents that stand nowhere: `PolicyInputList.1`. */
  readonly names: ReadonlyMap<Compiled, string>
}

/** A statement as the answer names it. The wire says `IAM Policy`, which AWS's own list of types does not have (recorded). */
export interface SimulatedStatement extends Place {
  readonly SourcePolicyId: string
  readonly SourcePolicyType: string
}

interface Details {
  readonly MatchedStatements?: readonly SimulatedStatement[]
  readonly MissingContextValues: readonly string[]
  readonly PermissionsBoundaryDecisionDetail?: { readonly AllowedByPermissionsBoundary: boolean }
  readonly EvalDecisionDetails?: ReadonlyMap<string, Say>
}

export interface SimulatedResource extends Details {
  readonly EvalResourceName: string
  readonly EvalResourceDecision: Say
}

/** What is answered for one action. */
export interface SimulatedAction extends Details {
  readonly EvalActionName: string
  readonly EvalResourceName: string
  readonly EvalDecision: Say
  readonly MatchedStatements: readonly SimulatedStatement[]
  readonly OrganizationsDecisionDetail?: { readonly AllowedByOrganizations: boolean }
  readonly ResourceSpecificResults?: readonly SimulatedResource[]
}

/** The names of documents that a simulation brings along. */
export function inputNames(
  policies: readonly Compiled[],
  boundary: Compiled | undefined,
): ReadonlyMap<Compiled, string> {
  const names = new Map(policies.map((policy, i) => [policy, `PolicyInputList.${i + 1}`]))
  return boundary === undefined ? names : names.set(boundary, 'PermissionsBoundaryPolicyInputList.1')
}

/** Work of one call (see `Explanation.steps`): a few tenths of a second. Pages end earlier when it is used up. */
const MOST_WORK = 60_000_000
/** What one question takes besides, and looking at one statement. */
const QUESTION = 4000
const STATEMENT = 100

/**
 * Simulates actions in turn, until `most` are done or the work of one call is; answers those that are done. Throws
 * InvalidInput when not even the first one can be done. Source: API_SimulatePrincipalPolicy, access.md 3.4.
 */
export function simulate(simulation: Simulation, actions: readonly string[], most: number): SimulatedAction[] {
  const simulator = new Simulator(simulation)
  const done: SimulatedAction[] = []
  for (const action of actions.slice(0, most)) {
    const result = simulator.action(action)
    if (result !== undefined) done.push(result)
    else if (done.length > 0) break
    else throw invalidInput('The simulation takes too much work. Simulate fewer resources or policies at once.')
  }
  return done
}

/** What the policies say of one action on one resource. */
interface Outcome {
  readonly decision: Say
  readonly matched: readonly SimulatedStatement[]
  readonly missing: readonly string[]
  readonly boundary: boolean | undefined
  readonly organizations: boolean | undefined
  /** Across accounts only. */
  readonly details: ReadonlyMap<string, Say> | undefined
}

const TYPES: Readonly<Record<PolicyKind, string>> = {
  identity: 'IAM Policy',
  resource: 'Resource Policy',
  // The following are assumed.
  boundary: 'Permissions Boundary Policy',
  session: 'Session Policy',
  endpoint: 'VPC Endpoint Policy',
}

class Simulator {
  readonly #asked: Simulation
  readonly #places = new Map<string, readonly Place[]>()
  readonly #statements: number
  #work = 0

  constructor(asked: Simulation) {
    this.#asked = asked
    const { caller, resourcePolicy, levels } = asked
    const all = [...caller.policies, ...levels.flat(), caller.boundary, resourcePolicy?.plain]
    this.#statements = all.reduce((sum, policy) => sum + (policy?.statements.length ?? 0), 0)
  }

  /** Undefined: the work was used up. */
  action(action: string): SimulatedAction | undefined {
    const { resources } = this.#asked
    const outcomes: Outcome[] = []
    for (const resource of resources.length === 0 ? ['*'] : resources) {
      this.#work += QUESTION + STATEMENT * this.#statements
      if (this.#work > MOST_WORK) return undefined
      outcomes.push(this.#outcome(action, resource))
      if (this.#work > MOST_WORK) return undefined
    }
    const whole = together(outcomes)
    return {
      EvalActionName: action,
      EvalResourceName: resources.length > 1 ? arnTemplateOf(action) : (resources[0] ?? '*'),
      EvalDecision: whole.decision,
      ...this.#details(whole),
      MatchedStatements: whole.matched,
      ...(whole.organizations !== undefined && {
        OrganizationsDecisionDetail: { AllowedByOrganizations: whole.organizations },
      }),
      ...(resources.length > 0 && {
        EvalDecisionDetails: whole.details ?? new Map(),
        ResourceSpecificResults: resources.map((resource, i) => this.#resource(resource, outcomes[i] as Outcome)),
      }),
    }
  }

  #resource(resource: string, outcome: Outcome): SimulatedResource {
    return {
      EvalResourceName: resource,
      EvalResourceDecision: outcome.decision,
      ...(outcome.matched.length > 0 && { MatchedStatements: outcome.matched }),
      ...this.#details(outcome),
    }
  }

  #details({ missing, boundary, details }: Outcome): Details {
    return {
      MissingContextValues: missing,
      ...(boundary !== undefined && { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: boundary } }),
      ...(details !== undefined && { EvalDecisionDetails: details }),
    }
  }

  #outcome(action: string, resource: string): Outcome {
    const { caller, context, resourcePolicy, ofPrincipal } = this.#asked
    const [document, rule] = governing(action, resourcePolicy)
    const owner = this.#ownerOf(resource)
    const explanation = this.#explain({ caller, action, resource, owner, context, rule, resourcePolicy: document })
    const { says, missing } = explanation
    const own = sayOf(explanation)
    const organizations = this.#organizations(action, resource)
    const decision = mostRestrictive(own, organizations ?? 'allowed')
    return {
      decision,
      matched: decision === own ? this.#matched(explanation, own) : [],
      missing,
      boundary: says.boundary && says.boundary === 'allowed',
      organizations: organizations === undefined ? ofPrincipal || undefined : organizations === 'allowed',
      details: owner === caller.account ? undefined : byType(explanation),
    }
  }

  /** Only a resource with a policy can be another account's: what is there of others is not looked up. */
  #ownerOf(resource: string): string {
    const { caller, resourcePolicy, owner } = this.#asked
    if (resourcePolicy === undefined) return caller.account
    const account = parseArn(resource)?.account ?? ''
    return /^[0-9]{12}$/.test(account) ? account : (owner ?? caller.account)
  }

  /** Each level must allow. */
  #organizations(action: string, resource: string): Say | undefined {
    const { levels, caller, context } = this.#asked
    if (levels.length === 0) return undefined
    const { boundary: _, ...unbounded } = caller
    const says = levels.map((policies) => {
      const owner = caller.account
      const bound = { ...unbounded, policies }
      return sayOf(this.#explain({ caller: bound, action, resource, owner, context, rule: 'plain' }))
    })
    return says.reduce(mostRestrictive)
  }

  #explain(question: Question): Explanation {
    const explanation = explain(question)
    this.#work += explanation.steps
    return explanation
  }

  /** The statements that made the decision. Source: API_EvaluationResult. */
  #matched({ matched }: Explanation, decision: Say): SimulatedStatement[] {
    return matched
      .filter(({ kind, effect }) => {
        if (decision === 'explicitDeny') return effect === 'Deny'
        return decision === 'allowed' && effect === 'Allow' && (kind === 'identity' || kind === 'resource')
      })
      .map((one) => this.#statement(one))
  }

  #statement({ kind, policy, index }: Matched): SimulatedStatement {
    let places = this.#places.get(policy.source)
    if (places === undefined) {
      places = placesIn(policy.source)
      this.#places.set(policy.source, places)
    }
    const name = this.#asked.names.get(policy) ?? (kind === 'resource' ? 'ResourcePolicy' : nameOf(policy))
    return { SourcePolicyId: name, SourcePolicyType: TYPES[kind], ...(places[index] as Place) }
  }
}

/**
 * A managed policy is named by its name, an inline one as `user_alice_own`. Source: observed in answers that clients of IAM
 * report.
 */
function nameOf({ origin }: Compiled): string {
  if (origin === undefined) return ''
  const { kind, id, holder } = origin
  return kind === 'inline' ? `${holder.replace('/', '_')}_${id}` : id.slice(id.lastIndexOf('/') + 1)
}

/** How the resource's policy is read: as a key policy or a trust policy where the action says so. */
function governing(action: string, policy: ResourcePolicy | undefined): [Compiled | undefined, Rule] {
  if (policy === undefined) return [undefined, 'plain']
  const lower = action.toLowerCase()
  if (lower.startsWith('kms:')) return [policy.plain, 'kms']
  return lower.startsWith('sts:assumerole') ? [policy.trust, 'trust'] : [policy.plain, 'plain']
}

function sayOf({ decision }: Explanation): Say {
  if (decision.allowed) return 'allowed'
  return decision.explicit ? 'explicitDeny' : 'implicitDeny'
}

/** What each kind of policy contributes; the names are assumed. */
function byType({ says }: Explanation): ReadonlyMap<string, Say> {
  const found = new Map<string, Say>()
  for (const kind of ['identity', 'resource', 'boundary'] as const) {
    const say = says[kind] ?? (kind === 'resource' ? 'implicitDeny' : undefined)
    if (say !== undefined) found.set(TYPES[kind], say)
  }
  return found
}

const STRICTNESS: readonly Say[] = ['allowed', 'implicitDeny', 'explicitDeny']

function mostRestrictive(a: Say, b: Say): Say {
  return STRICTNESS.indexOf(a) < STRICTNESS.indexOf(b) ? b : a
}

/** The most restrictive of several resources, with the statements that made it. Source: API_EvaluationResult. */
function together(outcomes: readonly Outcome[]): Outcome {
  const [first, ...others] = outcomes as [Outcome, ...Outcome[]]
  if (others.length === 0) return first
  const decision = outcomes.map((outcome) => outcome.decision).reduce(mostRestrictive)
  const statements = new Map<string, SimulatedStatement>()
  for (const { matched } of outcomes.filter((outcome) => outcome.decision === decision)) {
    for (const one of matched) statements.set(JSON.stringify(one), one)
  }
  const details = new Map<string, Say>()
  for (const outcome of outcomes) {
    for (const [type, say] of outcome.details ?? [])
      details.set(type, mostRestrictive(details.get(type) ?? 'allowed', say))
  }
  const every = (flags: readonly (boolean | undefined)[]) =>
    flags[0] === undefined ? undefined : !flags.includes(false)
  return {
    decision,
    matched: [...statements.values()],
    missing: [...new Set(outcomes.flatMap(({ missing }) => missing))].sort(),
    boundary: every(outcomes.map(({ boundary }) => boundary)),
    organizations: every(outcomes.map(({ organizations }) => organizations)),
    details: details.size === 0 ? undefined : details,
  }
}

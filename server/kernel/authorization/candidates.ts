import { aside } from '#kernel/authorization/budget'
import { type Probes, probesOf } from '#kernel/authorization/probes'
import { actionApplies, type Statement } from '#kernel/authorization/statement'

/** Statements that an action may concern, in the document's order. */
export interface Candidates {
  readonly statements: readonly Statement[]
  /** Their action elements do cover the action; else that is still to be asked. */
  readonly sure: boolean
  readonly probes: Probes
}

/** How a document is asked for the statements that an action may concern; `action` in lower case. */
export interface StatementsByAction {
  of(action: string): Candidates
}

/** Actions that are kept for one document; a few are asked again and again, simulation asks for any. */
const MOST_ACTIONS = 32

/** Finds the statements of one document that concern an action, once for each action. */
export class ByAction implements StatementsByAction {
  readonly #statements: readonly Statement[]
  readonly #known = new Map<string, Candidates>()

  constructor(statements: readonly Statement[]) {
    this.#statements = statements
  }

  of(action: string): Candidates {
    return this.#known.get(action) ?? this.#find(action)
  }

  #find(action: string): Candidates {
    const statements: Statement[] = []
    const sure = aside(() => {
      for (const statement of this.#statements) if (actionApplies(statement, action)) statements.push(statement)
    })
    // Without the steps to tell, each decision asks for itself, and what it takes counts there.
    const found = sure ? statements : this.#statements
    const candidates = { statements: found, sure, probes: probesOf(found) }
    if (this.#known.size >= MOST_ACTIONS) this.#known.delete(this.#known.keys().next().value as string)
    this.#known.set(action, candidates)
    return candidates
  }
}

import { pageOf } from './model/page.ts'
import { invalid } from './model/refusals.ts'
import { type SimulatedAction, type Simulation, simulate } from './simulation.ts'

/** What the simulations answer. */
export interface SimulationAnswer {
  readonly EvaluationResults: readonly SimulatedAction[]
  readonly IsTruncated: boolean
  readonly Marker?: string
}

/** One page of a simulation, one entry for each action; a marker is how many came before. Source: access.md 3.1, 3.4. */
export function simulationPage(
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  simulation: Simulation,
  actions: readonly string[],
): SimulationAnswer {
  const page = pageOf(input)
  if (!/^[0-9]{0,5}$/.test(page.after)) throw invalid('Invalid Marker.')
  const from = Number(page.after)
  const done = simulate(simulation, actions.slice(from), page.limit)
  const next = from + done.length
  if (next >= actions.length) return { EvaluationResults: done, IsTruncated: false }
  const Marker = Buffer.from(String(next), 'latin1').toString('base64url')
  return { EvaluationResults: done, IsTruncated: true, Marker }
}

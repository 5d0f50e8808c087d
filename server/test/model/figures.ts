import { isOwn, type Made, OPERATIONS } from './call.ts'

/** What was done so far. */
export interface Figures {
  sequences: number
  calls: number
  refused: number
  /** Answers by operation, those of our own by what became of what they were asked. */
  readonly answered: Record<string, number>
  /** Rounds in which several calls went on at once. */
  concurrent: number
  /** Secrets whose history was told again, and its entries. */
  histories: number
  entries: number
  kills: number
  lostMade: number
  lostNotMade: number
  lostEither: number
}

export const none = (): Figures => ({
  ...{ sequences: 0, calls: 0, refused: 0, answered: {}, concurrent: 0, histories: 0, entries: 0 },
  ...{ kills: 0, lostMade: 0, lostNotMade: 0, lostEither: 0 },
})

/** Counts what came of a call. */
export function count(figures: Figures, made: Made): void {
  if (made.outcome.kind === 'refused') figures.refused++
  for (const what of whatOf(made)) figures.answered[what] = (figures.answered[what] ?? 0) + 1
}

/** What an answer says was done, in a word for each; of our own operations why they were refused, too. */
function whatOf({ call, outcome }: Made): readonly string[] {
  const name = OPERATIONS[call.op]
  if (outcome.kind === 'refused' && isOwn(call.op)) return [`${name} ${outcome.code}`]
  if (outcome.kind !== 'answered') return []
  const { Outcome, Secrets } = outcome.answer
  if (call.op === 'import') return [`${name} ${call.dryRun ? 'dry ' : ''}${Outcome}`]
  if (call.op !== 'goback') return [name]
  const how = call.dryRun ? ' dry' : call.plan ? ' planned' : ''
  return [name, ...(Secrets ?? []).map(({ Status }) => `${name}${how} ${Status}`)]
}

import type { Io } from '../../command.ts'
import { plain, styles } from '../../style.ts'
import type { Change, Step } from './plan.ts'

const MOST_KEYS = 8

/** `value (password, host), 2 tags`: what would change, without anything that a value holds. */
export const changesOf = (step: Step, withKeys: boolean): string =>
  step.changes.map((change) => changeOf(change, withKeys)).join(', ')

function changeOf(change: Change, withKeys: boolean): string {
  switch (change.part) {
    case 'value': {
      if (!change.compared) return 'value (not compared)'
      const { keys } = change
      if (!withKeys || keys === undefined) return 'value'
      if (keys.length === 0) return 'value (its layout only)'
      const more = keys.length > MOST_KEYS ? ` and ${keys.length - MOST_KEYS} more` : ''
      return `value (${keys.slice(0, MOST_KEYS).map(plain).join(', ')}${more})`
    }
    case 'tags':
      return change.tags.length === 1 ? `tag ${plain(change.tags[0]?.[0] ?? '')}` : `${change.tags.length} tags`
    case 'labels':
      return `label ${change.labels.map(plain).join(', ')}`
    default:
      return change.part
  }
}

const WORDS = { create: 'create', change: 'change', same: 'same', blocked: 'blocked' } as const

/** One step as a line: `change   prod/db  from dev/db: value, description`. */
export function stepLine(step: Step, withKeys: boolean, io: Pick<Io, 'colour'>): string {
  const { bold, yellow } = styles(io)
  const { action, source, target, reason, note } = step
  const from = source === target ? '' : `  from ${plain(source)}`
  const changes = changesOf(step, withKeys)
  const what = changes === '' ? '' : `: ${changes}`
  const why = reason === undefined ? '' : `  ${yellow(plain(reason))}`
  const besides = note === undefined ? '' : `  (${note})`
  return `  ${WORDS[action].padEnd(8)} ${bold(plain(target))}${from}${what}${why}${besides}\n`
}

/** What became of a step. */
export type Outcome = 'planned' | 'done' | 'failed' | 'not done'

/** The same for a program. */
export function stepJson(step: Step, outcome: Outcome, error?: string): string {
  const { action, source, target, changes, reason, note } = step
  const shown = changes.map((change) => {
    if (change.part === 'value')
      return { part: 'value', compared: change.compared, ...(change.keys && { keys: change.keys }) }
    if (change.part === 'tags') return { part: 'tags', tags: change.tags.map(([key]) => key) }
    return change
  })
  const why = {
    ...(reason !== undefined && { reason }),
    ...(note !== undefined && { note }),
    ...(error !== undefined && { error }),
  }
  return `${JSON.stringify({ source, target, action, changes: shown, outcome, ...why })}\n`
}

/** `1 secret`, `3 secrets` */
export const counted = (many: number, one: string, several = `${one}s`): string =>
  `${many} ${many === 1 ? one : several}`

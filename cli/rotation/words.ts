import type { Listed, Shown, ShownReader, Told } from '@strongroom/server/rotation'
import { plain } from '../style.ts'

/** How rotations are told to people. */

const NONE = '-'

/** `2026-03-15T10:30:00Z` */
export const instant = (ms: number | undefined): string =>
  ms === undefined ? NONE : `${new Date(ms).toISOString().slice(0, 19)}Z`

/** What it does now, in words. */
export function stateIn({ state, step, attempt = 1, failure, test }: Listed): string {
  const { name, next, overdueSince } = state
  const at = instant(next)
  const what = {
    off: 'off',
    idle: 'on, without a schedule',
    scheduled: `scheduled for ${at}`,
    held: `due, waits for readers of the old version; looks again at ${at}`,
    starting: `begins at ${at}`,
    running: `running ${step ?? ''}, attempt ${attempt}`,
    retrying: `failed, tried again at ${at} (attempt ${attempt})`,
    waiting: `failed ${attempt - 1} times, waits for the window at ${at}`,
  }[name]
  const why = failure === undefined || name === 'off' ? '' : `: ${plain(failure)}`
  const tested = test === undefined ? '' : `; the test at ${instant(test.at)} failed: ${plain(test.failure)}`
  return `${what}${why}${tested}${overdueSince === undefined ? '' : `; overdue since ${instant(overdueSince)}`}`
}

/** The list as lines of a table. */
export function table(rotations: readonly Listed[], bold: (text: string) => string): string {
  const width = Math.max(6, ...rotations.map(({ name }) => Math.min(name.length, 48)))
  const places = new Set(rotations.map(({ account, region }) => `${account} ${region}`)).size > 1
  const head = `${'SECRET'.padEnd(width)}  ${'LAST'.padEnd(20)}  ${'BY'.padEnd(20)}  STATE\n`
  let out = bold(places ? `${'ACCOUNT'.padEnd(12)}  ${'REGION'.padEnd(14)}  ${head}` : head)
  for (const one of rotations) {
    const place = places ? `${one.account}  ${one.region.padEnd(14)}  ` : ''
    const by = one.windowEnd === undefined ? NONE : instant(one.windowEnd - 1000)
    out += `${place}${one.name.padEnd(width)}  ${instant(one.lastAt).padEnd(20)}  ${by.padEnd(20)}  ${stateIn(one)}\n`
  }
  return out
}

/** Everything of one rotation. */
export function story(shown: Shown, history: readonly Told[], bold: (text: string) => string): string {
  const { rotation, run, watch, versions, tags, ignored } = shown
  const { rules, planned } = rotation
  const facts: [string, string][] = [
    ['state', stateIn(shown) + (shown.deleted ? '; the secret is marked for deletion' : '')],
    ['secret', shown.arn],
    ['function', rotation.functionArn ?? managerIn(shown)],
    ['configured by', shown.configuredBy ?? NONE],
    [
      'schedule',
      rules.scheduleExpression ?? (rules.automaticallyAfterDays ? `every ${rules.automaticallyAfterDays} days` : NONE),
    ],
    ['window', rules.duration ?? NONE],
    ['next window', planned === undefined ? NONE : `${instant(planned.windowStart)} to ${instant(planned.windowEnd)}`],
    ['planned', instant(planned?.runAt)],
    ['last success', instant(rotation.lastAt)],
    ['expected by', instant(watch?.dueBy)],
  ]
  if (watch?.heldSince !== undefined) facts.push(['held since', instant(watch.heldSince)])
  if (run !== undefined) {
    facts.push(['fills version', run.token], ['begun', instant(run.startedAt)])
    facts.push([run.node === undefined ? 'begins with' : 'step', run.step])
    facts.push(['attempt', String(run.attempt)], ['last error', run.failure ?? NONE])
    facts.push([run.node === undefined ? 'tried next' : 'looked after', instant(run.notBefore)])
    if (run.node !== undefined) facts.push(['runs in process', run.node])
  }
  for (const [key, value] of Object.entries(tags))
    facts.push([
      `${plain(key)} `,
      ignored.includes(key) ? `${value} (ignored: not from 1h to 90d, nothing is held)` : value,
    ])
  let out = facts.map(([name, value]) => `${bold(name.padEnd(16))}${plain(value)}\n`).join('')
  out += `${bold('versions')}\n`
  for (const [version, labels] of Object.entries(versions)) out += `  ${version}  ${plain(labels.join(' '))}\n`
  out += `${bold('lately')}${history.length === 0 ? '  nothing in the newest records of the trail' : ''}\n`
  for (const { time, event, version, error } of history)
    out += `  ${time}  ${event.padEnd(22)}  ${version}${error === undefined ? '' : `  ${plain(error)}`}\n`
  return out
}

/** Who rotates it without a function. */
function managerIn({ owningService, keptFor }: Shown): string {
  if (owningService === undefined) return NONE
  return `none: managed by ${owningService}${keptFor === undefined ? '' : `, for ${keptFor}`}`
}

/** Who reads which version. */
export function readersTable(readers: readonly ShownReader[], bold: (text: string) => string): string {
  if (readers.length === 0) return 'nobody has read it yet, as far as it was written down (some seconds behind)\n'
  const width = Math.max(9, ...readers.map(({ principal }) => principal.length))
  let out = bold(`${'PRINCIPAL'.padEnd(width)}  ${'READ AT'.padEnd(20)}  ${'USES'.padEnd(8)}  VERSION\n`)
  for (const { principal, readAt, uses, version, stages, rotates } of readers) {
    const labels = stages.length === 0 ? '' : `  ${plain(stages.join(' '))}`
    out += `${principal.padEnd(width)}  ${instant(readAt).padEnd(20)}  ${uses.padEnd(8)}  ${version}${labels}${rotates ? '  (a rotation function)' : ''}\n`
  }
  const old = readers.filter(({ uses, rotates }) => uses === 'previous' && !rotates).length
  return `${out}${old} of ${readers.length} still use the previous version\n`
}

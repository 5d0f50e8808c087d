import type { Events } from '#kernel/events/event'
import type { Unit } from '#kernel/storage/storage'
import type { Alarms } from './alarms.ts'
import { actionsOf, type Alarm, alarmArn, type Standing } from './model/alarm.ts'
import { changeOf, historyOf, messageOf, updated } from './model/announcement.ts'
import type { Cell } from './model/metric.ts'
import { alarmsIn, holds, parseRule } from './model/rule.ts'

/** What became of an action: put down for whoever does it, once; or why not. */
export type Told = 'left' | 'missing' | 'refused' | 'full' | 'unknown'

/** Puts down, in the unit, what an action is to be told: see `LeaveForFunction`. It is done later, and tried again when it fails. */
export type Tell = (
  unit: Unit,
  action: string,
  message: { readonly alarmArn: string; readonly account: string; readonly region: string; readonly payload: string },
  now: number,
) => Promise<Told>

export interface TransitionParts {
  readonly events: Events
  readonly tell: Tell
}

/** Composite alarms over composite alarms over …: how many levels of them, and how many looks at them, follow one change at once. */
const MOST_LEVELS = 10
const MOST_WEIGHED = 1000

/** The composite alarms that name each alarm. */
function namingIn(composites: readonly Alarm[]): Map<string, string[]> {
  const naming = new Map<string, string[]>()
  for (const { name, settings } of composites) {
    if (settings.kind !== 'composite') continue
    for (const named of alarmsIn(parseRule(settings.rule))) {
      const there = naming.get(named)
      if (there) there.push(name)
      else naming.set(named, [name])
    }
  }
  return naming
}

const WHY_NOT: Readonly<Record<Exclude<Told, 'left'>, string>> = {
  missing: 'there is no such target',
  refused: 'the target does not let CloudWatch in',
  full: 'too many events wait for functions of its account already',
  unknown: 'nobody here does such an action',
}

/**
 * Changes of alarms' states. The state, its history, the event and each action are put down in one unit: one action for one change, whatever
 * happens to this process then and however many nodes there are.
 */
export class Transitions {
  readonly #unit: Unit
  readonly #alarms: Alarms
  readonly #parts: TransitionParts
  /** Those of the cell, read once for all that follows one change: their rules stand still in the meantime. */
  #naming: ReadonlyMap<string, readonly string[]> | undefined
  #weighed = 0

  constructor(unit: Unit, alarms: Alarms, parts: TransitionParts) {
    this.#unit = unit
    this.#alarms = alarms
    this.#parts = parts
  }

  /**
   * An alarm comes into a state, or stays in it for another reason. `alarm`: locked in this unit. Actions are taken when the state is
   * another one.
   */
  async change(
    alarm: Alarm,
    to: Pick<Standing, 'state' | 'reason' | 'reasonData'>,
    now: number,
    level = 0,
  ): Promise<void> {
    const same = alarm.state === to.state
    if (same && alarm.reason === to.reason) return
    const changed: Alarm = { ...alarm, ...to, stateAt: now, transitionAt: same ? alarm.transitionAt : now }
    await this.#alarms.save(changed)
    if (same) return
    await this.#alarms.remember(changed, {
      at: now,
      type: 'StateUpdate',
      summary: updated(alarm.state, to.state),
      content: historyOf(changed, alarm),
    })
    const { account, region, name } = changed
    const arn = alarmArn(changed, name)
    await this.#parts.events.emit(
      this.#unit,
      {
        source: 'aws.cloudwatch',
        detailType: 'CloudWatch Alarm State Change',
        account,
        region,
        resources: [arn],
        detail: changeOf(changed, alarm),
      },
      now,
    )
    if (changed.enabled)
      for (const action of actionsOf(changed.settings, changed.state)) await this.#act(changed, alarm, action, now)
    await this.#follow(changed, now, level)
  }

  async #act(alarm: Alarm, before: Standing, action: string, now: number): Promise<void> {
    const { account, region, name } = alarm
    const message = { alarmArn: alarmArn(alarm, name), account, region, payload: messageOf(alarm, before, now) }
    const told = await this.#parts.tell(this.#unit, action, message, now)
    const good = told === 'left'
    await this.#alarms.remember(alarm, {
      at: now,
      type: 'Action',
      summary: `${good ? 'Successfully executed' : 'Failed to execute'} action ${action}`,
      content: JSON.stringify({
        actionState: good ? 'Succeeded' : 'Failed',
        notificationResource: action,
        stateUpdateTimestamp: now,
        ...(good ? {} : { error: WHY_NOT[told] }),
      }),
    })
  }

  /** The composite alarms that name an alarm. */
  async #follow(alarm: Alarm, now: number, level: number): Promise<void> {
    if (level >= MOST_LEVELS) return
    this.#naming ??= namingIn(await this.#alarms.composites(alarm))
    for (const name of this.#naming.get(alarm.name) ?? []) {
      if (++this.#weighed > MOST_WEIGHED) return
      const composite = await this.#alarms.locked(alarm, name)
      if (composite !== undefined) await this.weigh(composite, now, alarm, level + 1)
    }
  }

  /** What the rule of a composite alarm comes to now. `by`: the alarm that changed. */
  async weigh(composite: Alarm, now: number, by?: Alarm, level = 0): Promise<void> {
    const { settings } = composite
    if (settings.kind !== 'composite') return
    const rule = parseRule(settings.rule)
    const children = new Map<string, Alarm | undefined>()
    for (const name of alarmsIn(rule)) children.set(name, await this.#alarms.find(composite, name))
    const state = holds(rule, (name) => children.get(name)?.state) ? 'ALARM' : 'OK'
    if (state === composite.state) return
    const said = (alarm: Alarm) => ({
      arn: alarmArn(alarm, alarm.name),
      state: { value: alarm.state, timestamp: new Date(alarm.stateAt).toISOString() },
    })
    const triggering = by === undefined ? [...children.values()].filter((each) => each !== undefined) : [by]
    const reason =
      by === undefined
        ? `The rule of the alarm ${state === 'ALARM' ? 'holds' : 'does not hold'}`
        : `${alarmArn(by, by.name)} transitioned to ${by.state} at ${longDate(by.stateAt)}`
    const reasonData = JSON.stringify({ triggeringAlarms: triggering.slice(0, 10).map(said) })
    await this.change(composite, { state, reason: reason.slice(0, 1023), reasonData }, now, level)
  }
}

/** `Friday 20 November, 2026 10:30:00 UTC` */
function longDate(ms: number): string {
  const time = new Date(ms)
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(time)
  const day = `${part({ weekday: 'long' })} ${part({ day: '2-digit' })} ${part({ month: 'long' })}, ${time.getUTCFullYear()}`
  return `${day} ${time.toISOString().slice(11, 19)} UTC`
}

/** Whether a rule leads back to an alarm, by other composite alarms. */
export async function leadsBack(alarms: Alarms, cell: Cell, name: string, rule: string): Promise<boolean> {
  const rules = new Map<string, string>()
  for (const { name: each, settings } of await alarms.composites(cell))
    if (settings.kind === 'composite') rules.set(each, settings.rule)
  rules.set(name, rule)
  const open = [...alarmsIn(parseRule(rule))]
  const seen = new Set<string>()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === name) return true
    const inner = rules.get(next)
    if (inner === undefined || seen.has(next)) continue
    seen.add(next)
    open.push(...alarmsIn(parseRule(inner)))
  }
  return false
}

import type { Comparison, MetricSettings, State } from './alarm.ts'
import type { Period, Verdict } from './evaluation.ts'

/** Why an alarm is in its state, in CloudWatch's words. Source: reasons that its users show; API_DescribeAlarmHistory's examples. */

export const CREATED = 'Unchecked: Initial alarm creation'

const SAID: Readonly<Record<Comparison, string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
}

/** As Java prints a double: `5.0`. */
export const double = (value: number) =>
  Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toFixed(1) : String(value)

const two = (value: number) => String(value).padStart(2, '0')

/** `22/11/26 10:30:00` */
function moment(at: number): string {
  const time = new Date(at * 1000)
  const day = `${two(time.getUTCDate())}/${two(time.getUTCMonth() + 1)}/${two(time.getUTCFullYear() % 100)}`
  return `${day} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`
}

/** Datapoints that a reason names: a reason has at most 1023 characters. */
const MOST_SAID = 10

function points(periods: readonly Period[]): string {
  return `[${periods
    .slice(0, MOST_SAID)
    .map(({ at, value }) => `${double(value as number)} (${moment(at)})`)
    .join(', ')}${periods.length > MOST_SAID ? ', ...' : ''}]`
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

const TREATED: Readonly<Record<string, string>> = { breaching: '[Breaching]', notBreaching: '[NonBreaching]' }

/** Why the evaluation came to `state`. */
export function reasonOf(settings: MetricSettings, state: State, { decisive, filled }: Verdict): string {
  const { evaluationPeriods: most, comparison, threshold, missing = 'missing' } = settings
  if (state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${plural(most, 'datapoint')} ${most === 1 ? 'was' : 'were'} unknown.`
  const treated = TREATED[missing]
  if (decisive.length === 0)
    return `Threshold Crossed: no datapoints were received for ${plural(most, 'period')} and ${plural(most, 'missing datapoint')} ${most === 1 ? 'was' : 'were'} treated as ${treated ?? '[Missing]'}.`
  const than = `${SAID[comparison]} the threshold (${double(threshold)})`
  const besides =
    filled > 0 && treated !== undefined
      ? ` and ${plural(filled, 'missing datapoint')} ${filled === 1 ? 'was' : 'were'} treated as ${treated}`
      : ''
  const [said, was] = [points(decisive), decisive.length === 1 ? 'was' : 'were']
  if (state === 'ALARM') {
    const back = most - (settings.datapointsToAlarm ?? most) + 1
    return `Threshold Crossed: ${decisive.length} out of the last ${plural(most, 'datapoint')} ${said} ${was} ${than}${besides} (minimum ${plural(back, 'datapoint')} for OK -> ALARM transition).`
  }
  return `Threshold Crossed: ${plural(decisive.length, 'datapoint')} ${said} ${was} not ${than}${besides}.`
}

/** `2026-11-22T10:30:00.000+0000` */
export const instant = (ms: number) => new Date(ms).toISOString().replace('Z', '+0000')

/** The evaluation as data, as StateReasonData carries it. */
export function reasonData(
  settings: MetricSettings,
  periods: readonly Period[],
  { decisive }: Verdict,
  now: number,
): string {
  const known = periods.filter(({ value }) => value !== undefined).slice(-settings.evaluationPeriods)
  const start = known[0]?.at
  return JSON.stringify({
    version: '1.0',
    queryDate: instant(now),
    ...(start === undefined ? {} : { startDate: instant(start * 1000) }),
    ...(settings.metric === undefined ? {} : { statistic: settings.metric.stat }),
    ...(settings.metric?.unit === undefined ? {} : { unit: settings.metric.unit }),
    period: settings.period,
    recentDatapoints: known.slice(-100).map(({ value }) => value),
    threshold: settings.threshold,
    evaluatedDatapoints: decisive.slice(0, 25).map(({ at, value, samples }) => ({
      timestamp: instant(at * 1000),
      ...(samples === undefined ? {} : { sampleCount: samples }),
      value,
    })),
  }).slice(0, 4000)
}

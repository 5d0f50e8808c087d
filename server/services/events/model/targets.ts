import { parseArn } from '#kernel/values/arn'
import { invalid } from './refusals.ts'
import type { Target } from './rule.ts'
import { checkInput } from './transformer/transformer.ts'

/** Where events can be sent to, by the service and the beginning of the resource in the ARN. */
const KINDS: readonly (readonly [string, string])[] = [
  ['lambda', 'function:'],
  ['events', 'event-bus/'],
  ['events', 'api-destination/'],
  ['logs', 'log-group:'],
]

const ARN = /^arn:aws[\w-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$/

/** Refuses a target that PutTargets refuses. Source: surroundings.md 4.2. */
export function checkTarget(target: Target): void {
  checkInput(target)
  checkArn(target.Arn)
  const { service, resource } = parseArn(target.Arn) as { service: string; resource: string }
  // Assumed: the text. What this server cannot send to is refused, so that no event is lost without a word.
  if (!KINDS.some(([of, start]) => of === service && resource.startsWith(start)))
    throw invalid(`Parameter ${target.Arn} is not valid. Reason: Unsupported Service: ${service}.`)
  // Assumed: the text. Source: API_Target, RoleArn; without one nobody may call a destination.
  if (resource.startsWith('api-destination/') && target.RoleArn === undefined)
    throw invalid(`RoleArn is required for target ${target.Arn}.`)
  if (target.DeadLetterConfig?.Arn !== undefined) checkArn(target.DeadLetterConfig.Arn)
}

function checkArn(arn: string): void {
  if (!ARN.test(arn)) throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`)
}

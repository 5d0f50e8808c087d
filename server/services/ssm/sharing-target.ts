import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { parseArn } from '#kernel/values/arn'
import type { Found } from './model/parameter.ts'
import { notAParameterArn, sharedParameterNotFound } from './model/sharing.ts'
import type { Env } from './operation.ts'

const PARAMETER = /^parameter\/([A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*)$/

/**
 * Of a parameter: who has it, and what the store finds it by. Only the one spelling that policies are written for: permission is asked
 * for the ARN as it was sent.
 */
function parameterNamed(arn: string): { account: string; region: string; key: string } | undefined {
  const parsed = parseArn(arn)
  const key = parsed && PARAMETER.exec(parsed.resource)?.[1]
  return parsed?.partition === 'aws' && parsed.service === 'ssm' && key !== undefined
    ? { account: parsed.account, region: parsed.region, key }
    : undefined
}

/**
 * What the calls about resource policies act on: the ARN as it was sent. What policies stand there says nothing about them
 * (parameterstore.md 13), so another account is refused whether there is such a parameter or not.
 */
export function ownedTarget(arn: string, call: Call): Target {
  const account = parseArn(arn)?.account
  return { resource: arn, shown: arn, owner: account === undefined || account === '' ? call.account : account }
}

/** The caller's own parameter that an ARN means. */
export async function owned(arn: string, { parameters }: Pick<Env, 'parameters'>, call: Call): Promise<Found> {
  const named = parameterNamed(arn)
  if (named === undefined || named.account !== call.account || named.region !== call.region) throw notAParameterArn()
  const found = await parameters.find(named.key)
  if (found === undefined) throw sharedParameterNotFound()
  return found
}

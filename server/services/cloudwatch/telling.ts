import { parseArn } from '#kernel/values/arn'
import type { LeaveForFunction } from '../lambda/port.ts'
import type { Tell } from './transitions.ts'

/** Source: CloudWatch's guide, "Lambda function as an alarm action". */
const PRINCIPAL = 'lambda.alarms.cloudwatch.amazonaws.com'

/** Puts a message down for an API destination, in the unit: sent later, and tried again when that fails. */
export type LeaveForDestination = Tell

/**
 * How actions of alarms are put down: functions are invoked as asynchronous ones when their policy lets CloudWatch in, API destinations
 * are called. All other actions of AWS's (topics, instances) are done by nobody here.
 */
export function telling(leave: LeaveForFunction, destination: LeaveForDestination): Tell {
  return (unit, action, message, now) => {
    const service = parseArn(action)?.service
    const resource = parseArn(action)?.resource ?? ''
    if (service === 'lambda' && resource.startsWith('function:'))
      return leave(unit, action, {
        principal: PRINCIPAL,
        source: { arn: message.alarmArn, account: message.account },
        payload: Buffer.from(message.payload),
      })
    if (service === 'events' && resource.startsWith('api-destination/')) return destination(unit, action, message, now)
    return Promise.resolve('unknown')
  }
}

import { busArn, ruleArn } from './model/names.ts'
import type { Bus, Rule } from './model/rule.ts'

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms))

/** A bus in a list. Source: API_EventBus; recorded: the default one too. */
export const shownBus = (bus: Bus, policy: string | undefined) => ({
  Name: bus.name,
  Arn: busArn(bus),
  Description: bus.description,
  Policy: policy,
  CreationTime: seconds(bus.createdAt),
  LastModifiedTime: seconds(bus.changedAt),
})

/** What else was set on it, as CreateEventBus, UpdateEventBus and DescribeEventBus answer it. */
export const shownSettings = (bus: Bus) => ({
  Description: bus.description,
  KmsKeyIdentifier: bus.kmsKey,
  DeadLetterConfig: bus.deadLetterArn === undefined ? undefined : { Arn: bus.deadLetterArn },
  LogConfig: bus.log,
})

/** A rule in a list. Source: API_Rule; recorded. */
export const shownRule = (rule: Rule) => ({
  Name: rule.name,
  Arn: ruleArn(rule),
  EventPattern: rule.pattern,
  State: rule.state,
  Description: rule.description,
  ScheduleExpression: rule.schedule,
  RoleArn: rule.roleArn,
  EventBusName: rule.bus,
})

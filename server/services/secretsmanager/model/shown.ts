import type { Rotation, RotationRules } from './rotation.ts'
import { nextRotationDate, shownDays } from './schedule.ts'
import type { Secret } from './secret.ts'
import { shownTags } from './tags.ts'

/** Leaves out what is undefined: an absent value is absent on the wire, never null or empty. Source: secretsmanager.md 1.2. */
export function present<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  for (const key of Object.keys(members) as (keyof T)[]) if (members[key] === undefined) delete members[key]
  return members as { [K in keyof T]: Exclude<T[K], undefined> }
}

function date(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}

/** A day as LastAccessedDate shows it: absent before the first read. */
export function shownDay(day: number): Date | undefined {
  return day === 0 ? undefined : new Date(day)
}

/** What DescribeSecret and ListSecrets both show of a secret. Source: secretsmanager.md 3. */
export function shownSecret(secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Type: secret.type,
    Description: secret.description || undefined,
    KmsKeyId: secret.kmsKeyId,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    LastAccessedDate: shownDay(secret.accessedDay),
    DeletedDate: date(secret.deletedAt),
    Tags: shownTags(secret.tags),
    OwningService: secret.owningService,
  }
}

/** What both show of its rotation: nothing before it was configured. Source: secretsmanager.md 3. */
export function shownRotation(rotation: Rotation | undefined) {
  if (rotation === undefined) return {}
  const { enabled, functionArn, planned, lastAt } = rotation
  return {
    RotationEnabled: enabled,
    RotationLambdaARN: functionArn,
    RotationRules: shownRules(rotation),
    LastRotatedDate: date(lastAt),
    NextRotationDate: date(enabled && planned !== undefined ? nextRotationDate(planned) : undefined),
  }
}

/** The rules as they were given; of an expression also the days that it came to at the last success. Source: 10.3, recorded. */
function shownRules({ rules, planned, lastAt }: { rules: RotationRules } & Pick<Rotation, 'planned' | 'lastAt'>) {
  const { automaticallyAfterDays, scheduleExpression, duration } = rules
  if (automaticallyAfterDays === undefined && scheduleExpression === undefined) return undefined
  return present({
    AutomaticallyAfterDays: lastAt === undefined ? automaticallyAfterDays : shownDays(rules, planned, lastAt),
    Duration: duration,
    ScheduleExpression: scheduleExpression,
  })
}

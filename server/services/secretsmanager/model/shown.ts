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

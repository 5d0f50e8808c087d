import { outboxMigrations } from '#kernel/audit/schema'
import { eventMigrations } from '#kernel/events/schema'
import { jobMigrations } from '#kernel/jobs/schema'
import { meteringMigrations } from '#kernel/metering/schema'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import type { Migration } from '#kernel/storage/migration'
import { migrations as functionLogMigrations } from '../runtime/logs/schema.ts'
import { migrations as eventBridgeMigrations } from '../services/events/schema.ts'
import { migrations as cloudtrailMigrations } from '../services/cloudtrail/schema.ts'
import { migrations as cloudwatchMigrations } from '../services/cloudwatch/schema.ts'
import { migrations as iamMigrations } from '../services/iam/schema.ts'
import { migrations as kmsMigrations } from '../services/kms/schema.ts'
import { migrations as lambdaMigrations } from '../services/lambda/schema.ts'
import { migrations as logsMigrations } from '../services/logs/schema.ts'
import { migrations as rdsMigrations } from '../services/rds/schema.ts'
import { migrations as secretsManagerMigrations } from '../services/secretsmanager/schema.ts'
import { migrations as ssmMigrations } from '../services/ssm/schema.ts'

/** The schema, in the order in which it is applied. New steps go to the end of their own list. */
export const migrations: readonly Migration[] = [
  ...sealingMigrations,
  ...jobMigrations,
  ...outboxMigrations,
  ...iamMigrations,
  ...kmsMigrations,
  ...secretsManagerMigrations,
  ...rdsMigrations,
  ...lambdaMigrations,
  ...functionLogMigrations,
  ...eventMigrations,
  ...ssmMigrations,
  ...meteringMigrations,
  ...eventBridgeMigrations,
  ...cloudtrailMigrations,
  ...cloudwatchMigrations,
  ...logsMigrations,
]

import type { AnyOperation } from '#kernel/operation'
import type { Service } from '#kernel/service'
import type { OperationName } from '#kernel/wire'
import type { OwnOperationsFor, RefusalOf } from '../secretsmanager/port.ts'
import type { Env } from './operation.ts'
import { CompareSecretVersions } from './operations/CompareSecretVersions.ts'
import { GetSecretValueFromHistory } from './operations/GetSecretValueFromHistory.ts'
import { ImportSecret } from './operations/ImportSecret.ts'
import { ListSecretHistory } from './operations/ListSecretHistory.ts'
import { RestoreSecrets } from './operations/RestoreSecrets.ts'
import { RollBackSecret } from './operations/RollBackSecret.ts'
import { SearchSecrets } from './operations/SearchSecrets.ts'
import type { Wire } from './wire.ts'

const operations = {
  CompareSecretVersions,
  GetSecretValueFromHistory,
  ImportSecret,
  ListSecretHistory,
  RestoreSecrets,
  RollBackSecret,
  SearchSecrets,
} satisfies Record<OperationName<Wire>, AnyOperation>

/** What our own service is built from. */
export interface Parts {
  /** Secrets Manager, which does the work. */
  readonly own: OwnOperationsFor
  /** How it refuses who lacks a permission. */
  readonly denied: RefusalOf
}

/**
 * Operations that AWS does not have, on AWS's wire: each with an IAM action of its own (`strongroom:…`) besides those of AWS
 * that the same would need, and with records of its own.
 */
export function strongroom({ own, denied }: Parts): Service<Env> {
  return {
    name: 'strongroom',
    signingName: 'strongroom',
    eventSource: 'strongroom.local',
    clockWindowMinutes: 5,
    json: { version: '1.1', targetPrefix: 'strongroom' },
    wording: { validation: 'ValidationException', modelled: 'Message' },
    operations,
    notYet: [],
    env: (unit, call) => ({ secrets: own(unit, call) }),
    denied,
  }
}

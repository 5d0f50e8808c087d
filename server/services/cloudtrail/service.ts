import type { KeyObject } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-cloudtrail'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { AnyOperation } from '#kernel/operation'
import { Rates } from '#kernel/rates'
import { pageTokens } from '#kernel/sealing/page-token'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { IdentitiesFor } from '../iam/port.ts'
import type { KeysFor } from '../kms/port.ts'
import type { LookUp } from './lookup.ts'
import { notYet } from './not-yet.ts'
import type { Delivery, Env, Limits } from './operation.ts'
import { AddTags } from './operations/AddTags.ts'
import { CreateTrail } from './operations/CreateTrail.ts'
import { DeleteTrail } from './operations/DeleteTrail.ts'
import { DescribeTrails } from './operations/DescribeTrails.ts'
import { GetEventSelectors } from './operations/GetEventSelectors.ts'
import { GetTrail } from './operations/GetTrail.ts'
import { GetTrailStatus } from './operations/GetTrailStatus.ts'
import { ListPublicKeys } from './operations/ListPublicKeys.ts'
import { ListTags } from './operations/ListTags.ts'
import { ListTrails } from './operations/ListTrails.ts'
import { LookupEvents } from './operations/LookupEvents.ts'
import { PutEventSelectors } from './operations/PutEventSelectors.ts'
import { RemoveTags } from './operations/RemoveTags.ts'
import { StartLogging } from './operations/StartLogging.ts'
import { StopLogging } from './operations/StopLogging.ts'
import { UpdateTrail } from './operations/UpdateTrail.ts'
import { Trails } from './trails.ts'

const operations = {
  AddTags,
  CreateTrail,
  DeleteTrail,
  DescribeTrails,
  GetEventSelectors,
  GetTrail,
  GetTrailStatus,
  ListPublicKeys,
  ListTags,
  ListTrails,
  LookupEvents,
  PutEventSelectors,
  RemoveTags,
  StartLogging,
  StopLogging,
  UpdateTrail,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** What AWS has and is not offered. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** What CloudTrail is built from. */
export interface Parts {
  readonly vault: Vault
  readonly identities: IdentitiesFor
  readonly keysFor: KeysFor
  /** The records of the journal. */
  readonly lookUp: LookUp
  readonly delivery: Delivery
  /** The Regions that are served. */
  readonly regions: readonly string[]
  /** Other limits than AWS's. */
  readonly limits?: Partial<Limits>
}

const AWS_LIMITS: Limits = { lookupsPerSecond: 2, trails: 5 }

/** CloudTrail, with what others ask of its trails. */
export interface CloudTrail extends Service<Env> {
  readonly trails: (unit: Unit) => Trails
}

/** Builds the service. */
export function cloudtrail(parts: Parts): CloudTrail {
  const { vault, identities, keysFor, lookUp, delivery, regions } = parts
  const limits: Limits = { ...AWS_LIMITS, ...parts.limits }
  const key: KeyObject = vault.macKey('cloudtrail/rows')
  const tokens = pageTokens(vault.macKey('cloudtrail/paging'))
  const rates = new Rates()
  // Per account and Region. Source: surroundings.md 1.5.
  const lookupRefusal = ({ account, region, now }: Call) =>
    rates.take(`${account} ${region}`, limits.lookupsPerSecond, now)
      ? undefined
      : new ApiError('ThrottlingException', 'Rate exceeded')
  const trails = (unit: Unit) => new Trails(unit, key)
  return {
    name: 'cloudtrail',
    signingName: 'cloudtrail',
    eventSource: 'cloudtrail.amazonaws.com',
    clockWindowMinutes: 15,
    json: {
      version: '1.1',
      targetPrefix: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
      alsoTargetPrefixes: ['CloudTrail_20131101'],
    },
    wording: { validation: 'ValidationException', modelled: 'Message' },
    operations,
    notYet: Object.keys(notYet),
    env: (unit: Unit): Env => ({
      unit,
      trails: trails(unit),
      delivery,
      identities: identities(unit),
      keysFor,
      tokens,
      lookUp,
      limits,
      regions,
    }),
    throttled: (call: Call, name: string) => (name === 'LookupEvents' ? lookupRefusal(call) : undefined),
    // Insights are not looked for, and that is what AWS says of trails without; Terraform asks. Text as clients report it.
    unsupported: (operation) =>
      operation === 'GetInsightSelectors'
        ? new ApiError(
            'InsightNotEnabledException',
            'Trail does not have Insights enabled. Edit the trail settings to enable Insights, and then try the operation again.',
          )
        : undefined,
    trails,
  }
}

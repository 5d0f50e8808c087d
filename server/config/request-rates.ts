import { Unreadable } from './readers.ts'

/** Requests a second that one account may make in one region to these operations of Secrets Manager together. */
export interface RequestRate {
  readonly operations: readonly string[]
  readonly perSecond: number
}

/**
 * AWS's quotas of requests to Secrets Manager. Assumed: 100 for ListSecrets and 50 for ListSecretVersionIds, whose figures are not told.
 * Source: secretsmanager.md 14.
 */
export const AWS_RATES: readonly RequestRate[] = [
  { perSecond: 10_000, operations: ['GetSecretValue'] },
  { perSecond: 40_000, operations: ['DescribeSecret'] },
  { perSecond: 100, operations: ['BatchGetSecretValue'] },
  { perSecond: 100, operations: ['ListSecrets'] },
  { perSecond: 50, operations: ['CreateSecret'] },
  { perSecond: 50, operations: ['DeleteSecret'] },
  { perSecond: 50, operations: ['GetRandomPassword'] },
  { perSecond: 50, operations: ['ListSecretVersionIds'] },
  { perSecond: 50, operations: ['RestoreSecret'] },
  {
    perSecond: 50,
    operations: [
      ...['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage'],
      ...['ReplicateSecretToRegions', 'RemoveRegionsFromReplication', 'StopReplicationToReplica'],
    ],
  },
  {
    perSecond: 50,
    operations: ['PutResourcePolicy', 'GetResourcePolicy', 'DeleteResourcePolicy', 'ValidateResourcePolicy'],
  },
  { perSecond: 50, operations: ['RotateSecret', 'CancelRotateSecret'] },
  { perSecond: 50, operations: ['TagResource', 'UntagResource'] },
]

const MOST = 1_000_000
const hint = 'write aws for the figures of AWS, operations with your own, or both: aws,GetSecretValue=500,TagResource=5'

/**
 * `aws`, `GetSecretValue=500,TagResource=5` or `aws,GetSecretValue=500`: what is not named has AWS's rate, or none. Operations that AWS
 * counts together are, and any of them names them all.
 */
export function readRates(text: string): readonly RequestRate[] {
  const own = new Map<RequestRate, number>()
  let aws = false
  for (const entry of text.split(',')) {
    const word = entry.trim()
    if (word === 'aws') {
      aws = true
      continue
    }
    const [, name = '', digits = ''] = /^([A-Za-z]{1,64})=(\d{1,7})$/.exec(word) ?? []
    if (name === '') throw new Unreadable('has an entry that is not OPERATION=N', hint)
    const counted = AWS_RATES.find(({ operations }) => operations.includes(name))
    if (counted === undefined) throw new Unreadable(`'${name}' is not an operation of Secrets Manager`, hint)
    const perSecond = Number(digits)
    if (perSecond < 1 || perSecond > MOST)
      throw new Unreadable(`the rate of ${name} is not a whole number from 1 to ${MOST}`)
    if (own.has(counted)) throw new Unreadable(`${counted.operations.join(', ')} share a rate, which is given twice`)
    own.set(counted, perSecond)
  }
  return AWS_RATES.flatMap((counted) => {
    const perSecond = own.get(counted) ?? (aws ? counted.perSecond : undefined)
    return perSecond === undefined ? [] : [{ ...counted, perSecond }]
  })
}

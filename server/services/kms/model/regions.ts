import { ApiError } from '#kernel/error'
import type { Key } from './key.ts'
import { notPrimary } from './rotation.ts'

/** Which Region a replica, or the primary, of a multi-Region key may be in. Source: kms.md 7. */

const invalid = (text: string) => new ApiError('ValidationException', text)

/** The partition that a Region belongs to. */
function partitionOf(region: string): string {
  return /^(cn|us-gov|us-iso[a-z]*|eu-isoe)-/.exec(region)?.[1] ?? 'aws'
}

/** Refuses a key that has no replicas to be made, or a Region for one (texts recorded). */
export function checkReplica(
  key: Pick<Key, 'arn' | 'region' | 'multiRegion'>,
  region: string,
  isRegion: (name: string) => boolean,
): void {
  if (key.multiRegion?.type !== 'PRIMARY') throw notPrimary(key)
  if (region === key.region) throw invalid(`${region} cannot have a replica because it contains the primary.`)
  if (partitionOf(region) !== partitionOf(key.region))
    throw invalid('The replica key Region must be in the same AWS partition as the primary key Region.')
  if (!isRegion(region))
    throw invalid(`Region ${region} is not a valid Region or multi-Region keys are not supported in Region ${region}.`)
}

import { type Cell, groupNamed, type GroupId, type Named } from './model/names.ts'
import { invalidParameter } from './model/refusals.ts'

interface Given {
  readonly logGroupName?: string | undefined
  readonly resourceIdentifier?: string | undefined
}

/** The group whose key a call is about: by name or by ARN. Results of queries, which may be meant too, are not kept here. */
function named({ logGroupName, resourceIdentifier }: Given): Named {
  if ((logGroupName === undefined) === (resourceIdentifier === undefined))
    throw invalidParameter('Exactly one of logGroupName or resourceIdentifier must be specified.')
  return logGroupName === undefined ? { logGroupIdentifier: resourceIdentifier } : { logGroupName }
}

export const keyed = Object.assign(named, {
  group: (given: Given, cell: Cell): GroupId => groupNamed(named(given), cell),
})

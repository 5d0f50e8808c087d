import { ApiError } from '#kernel/error'

/** RDS's refusals. Texts are those that clients of RDS report; what is ours is said to be. Source: surroundings.md 7. */

export const instanceNotFound = (id: string) => new ApiError('DBInstanceNotFound', `DBInstance ${id} not found.`, 404)
export const clusterNotFound = (id: string) => new ApiError('DBClusterNotFoundFault', `DBCluster ${id} not found.`, 404)
export const instanceExists = () => new ApiError('DBInstanceAlreadyExists', 'DB instance already exists')
export const invalid = (text: string) => new ApiError('InvalidParameterValue', text)
export const combination = (text: string) => new ApiError('InvalidParameterCombination', text)
export const wrongState = (text: string) => new ApiError('InvalidDBInstanceState', text)

export const recordsOutOfRange = (value: number) =>
  invalid(`Invalid value ${value} for MaxRecords. Must be between 20 and 100`)
export const unknownFilter = (name: string) => invalid(`Unrecognized filter name: ${name}`)
export const invalidMarker = () => invalid('The parameter Marker is invalid.')
export const foreignResource = (name: string) => invalid(`Invalid resource name: ${name}`)
/** Source: API_CreateDBInstance. */
export const badIdentifier = (member: string, value: string) =>
  invalid(
    `The parameter ${member} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens. (${value.slice(0, 63)})`,
  )

import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { parseArn } from '#kernel/values/arn'
import { boundPrincipals, type PolicyPrincipals, UnknownPrincipal } from '../iam/port.ts'
import type { Grant } from './model/grants.ts'

/** Who stands in grants: bound to unique ids when a grant is made, so that a namesake that is made later holds nothing. */

const ROOT = /^arn:aws:iam::([0-9]{12}):root$/

/** A document that names one principal, as IAM's port takes it. */
const naming = (arn: string) => JSON.stringify({ Statement: { Principal: { AWS: arn } } })

const invalidArn = (arn: string) => new ApiError('InvalidArnException', `Invalid arn ${arn}`)

/**
 * The id that grants to (or retired by) a principal are found by; of an account's root its number, of a federated user the ARN.
 * Clients retry on this code: elsewhere a new principal is not known at once. Assumed: the text.
 */
export async function boundId(arn: string, principals: PolicyPrincipals): Promise<string> {
  if (parseArn(arn) === undefined) throw invalidArn(arn)
  try {
    const bound = boundPrincipals(await principals.bind(naming(arn)))
    return bound.get(arn) ?? ROOT.exec(arn)?.[1] ?? arn
  } catch (error) {
    throw error instanceof UnknownPrincipal ? invalidArn(arn) : error
  }
}

/** A principal as it is shown: one that is gone by its unique id. */
async function shown(arn: string, id: string, principals: PolicyPrincipals): Promise<string> {
  const bound = JSON.stringify(ROOT.test(arn) || id === arn ? [] : [[arn, id]])
  const document = JSON.parse(await principals.show(naming(arn), bound)) as {
    Statement: { Principal: { AWS: string } }
  }
  return document.Statement.Principal.AWS
}

/** The members of a list entry that name principals. */
export async function shownPrincipals(
  { grantee, granteeId, retiring, retiringId }: Grant,
  principals: PolicyPrincipals,
) {
  const isService = (name: string) => !name.startsWith('arn:')
  return {
    ...(isService(grantee)
      ? { GranteeServicePrincipal: grantee }
      : { GranteePrincipal: await shown(grantee, granteeId, principals) }),
    ...(retiring === undefined || retiringId === undefined
      ? {}
      : isService(retiring)
        ? { RetiringServicePrincipal: retiring }
        : { RetiringPrincipal: await shown(retiring, retiringId, principals) }),
  }
}

/** `kms:GrantIsForAWSResource`: whether a service asks in the caller's name. Source: kms.md 12. */
export const forAwsResource = ({ via }: Call) => ({ 'kms:GrantIsForAWSResource': String(via !== undefined) })

import type {
  ValidateResourcePolicyRequest,
  ValidateResourcePolicyResponse,
  ValidationErrorsEntry,
} from '@aws-sdk/client-secrets-manager'
import type { Target } from '#kernel/operation'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { boundPolicy, examine } from '../guarding.ts'
import * as members from '../model/members.ts'
import { checkDocument } from '../model/policy.ts'
import { LOCK_OUT, PUBLIC } from '../model/refusals.ts'
import { live } from '../model/secret.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Validated = Answer<ValidateResourcePolicyResponse, 'PolicyValidationPassed' | 'ValidationErrors'>

const PUT = 'secretsmanager:PutResourcePolicy'
/** Assumed: a policy for no secret in particular asks for the permission on all. */
const ANY: Target = { resource: '*' }

/**
 * Looks at a resource policy as PutResourcePolicy does, with BlockPublicPolicy, and stores nothing. What is no policy at all
 * is refused, what would be refused as a policy is listed. Source: API_ValidateResourcePolicy; secretsmanager.md 8.23, 12.
 */
export const ValidateResourcePolicy = operation<ValidateResourcePolicyRequest, Validated>()({
  name: 'ValidateResourcePolicy',
  effect: 'read',
  input: { SecretId: members.SecretId, ResourcePolicy: required(members.ResourcePolicy) },
  errors: [
    'MalformedPolicyDocumentException',
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InternalServiceError',
    'InvalidRequestException',
  ],
  audit: { additional: onSecret },
  async target({ SecretId }, { secrets, random }, call) {
    if (SecretId === undefined) return [ANY, { ...ANY, action: PUT }]
    const target = targetOf(SecretId, await secrets.find(SecretId), call, random)
    return [target, target.needing(PUT)]
  },
  async run({ SecretId, ResourcePolicy: document }, { secrets, principals, random }, call) {
    checkDocument(document)
    const secret = SecretId === undefined ? undefined : live(await secrets.find(SecretId))
    const target = SecretId === undefined ? ANY : targetOf(SecretId, secret, call, random)
    const policy = await boundPolicy(document, target.resource, principals())
    const findings = examine(policy, target, call)
    const failures: ValidationErrorsEntry[] = []
    if (findings.isPublic) failures.push({ CheckName: 'BlockPublicPolicyCheck', ErrorMessage: PUBLIC })
    if (findings.lockOut !== undefined) failures.push({ CheckName: 'LockOutCheck', ErrorMessage: LOCK_OUT })
    return { PolicyValidationPassed: failures.length === 0, ValidationErrors: failures }
  },
})

import type { RemovePermissionRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { withoutStatement } from '../model/permission.ts'
import { noPolicy, noStatement } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { boundTo, checkPolicyRevision, placeOfPolicy } from '../permissions.ts'
import { existing, functionTarget } from '../target.ts'

/** Takes a permission back; with the last one the policy goes. Source: API_RemovePermission; rotation.md 14.3. */
export const RemovePermission = operation<RemovePermissionRequest, void>()({
  name: 'RemovePermission',
  effect: 'write',
  rest: {
    method: 'DELETE',
    path: '/2015-03-31/functions/{FunctionName}/policy/{StatementId}',
    status: 204,
    query: { Qualifier: 'Qualifier', RevisionId: 'RevisionId' },
  },
  input: {
    FunctionName: required(m.NamespacedFunctionName),
    StatementId: required(m.NamespacedStatementId),
    Qualifier: m.Qualifier,
    RevisionId: m.AnyText,
  },
  errors: [
    'InvalidParameterValueException',
    'PreconditionFailedException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'RemovePermission20150331v2' },
  target: ({ FunctionName, Qualifier }, env, call) => functionTarget(env, call, FunctionName, Qualifier),
  async run(input, env, call) {
    const { id, found } = await existing(env, call, input.FunctionName, input.Qualifier, true)
    const qualifier = await placeOfPolicy(env, found, id.qualifier)
    const before = await env.policies.find(found, qualifier)
    if (before === undefined) throw noPolicy()
    checkPolicyRevision(input.RevisionId, before)
    const principals = env.identities().principals
    const document = withoutStatement(await principals.show(before.document, before.principals), input.StatementId)
    if (document === 'missing') throw noStatement(input.StatementId)
    if (document === undefined) return env.policies.remove(found, qualifier)
    const revision = env.random.uuid()
    await env.policies.put(found, qualifier, { document, principals: await boundTo(document, principals), revision })
  },
})

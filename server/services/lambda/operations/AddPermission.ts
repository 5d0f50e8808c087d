import type { AddPermissionRequest, AddPermissionResponse } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { functionArn } from '../model/names.ts'
import { statementOf, withStatement } from '../model/permission.ts'
import { operation } from '../operation.ts'
import { boundTo, checkPolicyRevision, placeOfPolicy } from '../permissions.ts'
import { existing, functionTarget } from '../target.ts'

/** Lets somebody use a function, one of its versions or aliases. Source: API_AddPermission; rotation.md 14.3. */
export const AddPermission = operation<AddPermissionRequest, AddPermissionResponse>()({
  name: 'AddPermission',
  effect: 'write',
  rest: {
    method: 'POST',
    path: '/2015-03-31/functions/{FunctionName}/policy',
    status: 201,
    query: { Qualifier: 'Qualifier' },
  },
  input: {
    FunctionName: required(m.NamespacedFunctionName),
    StatementId: required(m.StatementId),
    Action: required(m.Action),
    Principal: required(m.Principal),
    SourceArn: m.SourceArn,
    FunctionUrlAuthType: m.FunctionUrlAuthType,
    InvokedViaFunctionUrl: m.Flag,
    SourceAccount: m.SourceAccount,
    EventSourceToken: m.EventSourceToken,
    Qualifier: m.Qualifier,
    RevisionId: m.AnyText,
    PrincipalOrgID: m.PrincipalOrgID,
  },
  errors: [
    'InvalidParameterValueException',
    'PolicyLengthExceededException',
    'PreconditionFailedException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'AddPermission20150331v2', response: ({ Statement }) => ({ statement: Statement }) },
  async target({ FunctionName, Qualifier, Principal }, env, call) {
    const target = await functionTarget(env, call, FunctionName, Qualifier)
    return { ...target, context: { 'lambda:Principal': Principal } }
  },
  async run(input, env, call) {
    const { id, found } = await existing(env, call, input.FunctionName, input.Qualifier, true)
    const qualifier = await placeOfPolicy(env, found, id.qualifier)
    const before = await env.policies.find(found, qualifier)
    checkPolicyRevision(input.RevisionId, before)
    const statement = statementOf(input, functionArn(found, found.name, qualifier))
    const principals = env.identities().principals
    // As it is shown now: whom it named and who is gone stays gone, under the id that nobody else gets.
    const standing = before && (await principals.show(before.document, before.principals))
    const document = withStatement(standing, statement)
    const policy = { document, principals: await boundTo(document, principals), revision: env.random.uuid() }
    await env.policies.put(found, qualifier, policy)
    return { Statement: JSON.stringify(statement) }
  },
})

import type { GetPolicyRequest, GetPolicyResponse } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { functionArn, functionIn } from '../model/names.ts'
import { statementOf, withStatement } from '../model/permission.ts'
import { noSuchPolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { placeOfPolicy } from '../permissions.ts'
import { existing, functionTarget } from '../target.ts'

/** The permissions of a function, one of its versions or aliases. Source: API_GetPolicy; rotation.md 14.3. */
export const GetPolicy = operation<GetPolicyRequest, GetPolicyResponse>()({
  name: 'GetPolicy',
  effect: 'read',
  rest: {
    method: 'GET',
    path: '/2015-03-31/functions/{FunctionName}/policy',
    status: 200,
    query: { Qualifier: 'Qualifier' },
  },
  input: { FunctionName: required(m.NamespacedFunctionName), Qualifier: m.Qualifier },
  errors: ['InvalidParameterValueException', 'ResourceNotFoundException', 'ServiceException'],
  audit: { name: 'GetPolicy20150331v2' },
  target: ({ FunctionName, Qualifier }, env, call) => functionTarget(env, call, FunctionName, Qualifier),
  async run({ FunctionName, Qualifier }, env, call) {
    const asked = functionIn(FunctionName, Qualifier, call)
    if (env.builtIn.has(asked.name)) return builtInPolicy(functionArn(asked, asked.name), asked.account)
    const { id, found } = await existing(env, call, FunctionName, Qualifier)
    const policy = await env.policies.find(found, await placeOfPolicy(env, found, id.qualifier))
    if (policy === undefined) throw noSuchPolicy()
    const Policy = await env.identities().principals.show(policy.document, policy.principals)
    return { Policy, RevisionId: policy.revision }
  },
})

/** What lets Secrets Manager use a function that is built in, for secrets of its own account. */
function builtInPolicy(arn: string, account: string): GetPolicyResponse {
  const statement = statementOf(
    {
      StatementId: 'built-in',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: account,
    },
    arn,
  )
  return { Policy: withStatement(undefined, statement), RevisionId: '00000000-0000-4000-8000-000000000000' }
}

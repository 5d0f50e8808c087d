import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda'
import type { Target } from '#kernel/operation'
import { required } from '#kernel/shape'
import { clientContextIn, payloadIn } from '../model/invocation.ts'
import * as m from '../model/members.ts'
import { functionArn } from '../model/names.ts'
import { functionNotFound, throttled } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget, versionAt } from '../target.ts'

/** Longest wait for an answer: the longest Timeout, and what starting takes. Milliseconds. */
const LONGEST_MS = 960_000

/**
 * Runs a function: at once, and then the answer is its own (RequestResponse), later (Event), or not at all, only to know whether
 * the caller may (DryRun). The function calls back into this server while it runs, so no unit of work is open then. Source:
 * API_Invoke; rotation.md 14.2.
 */
export const Invoke = operation<InvocationRequest, InvocationResponse>()({
  name: 'Invoke',
  effect: 'read',
  readOnly: false,
  effectOf: ({ InvocationType }) => (InvocationType === 'Event' ? 'write' : 'read'),
  rest: {
    method: 'POST',
    path: '/2015-03-31/functions/{FunctionName}/invocations',
    status: 200,
    query: { Qualifier: 'Qualifier' },
    headers: {
      InvocationType: 'x-amz-invocation-type',
      LogType: 'x-amz-log-type',
      ClientContext: 'x-amz-client-context',
      DurableExecutionName: 'x-amz-durable-execution-name',
      TenantId: 'x-amz-tenant-id',
    },
    payload: 'Payload',
    answer: {
      status: 'StatusCode',
      payload: 'Payload',
      headers: {
        FunctionError: 'X-Amz-Function-Error',
        LogResult: 'X-Amz-Log-Result',
        ExecutedVersion: 'X-Amz-Executed-Version',
      },
    },
    bodyBytes: 6_400_000,
    longestMs: LONGEST_MS,
  },
  input: {
    FunctionName: required(m.NamespacedFunctionName),
    InvocationType: m.InvocationType,
    LogType: m.LogType,
    ClientContext: m.AnyText,
    DurableExecutionName: m.DurableExecutionName,
    Payload: m.Payload,
    Qualifier: m.Qualifier,
    TenantId: m.TenantId,
  },
  errors: [
    'InvalidParameterValueException',
    'InvalidRequestContentException',
    'InvalidRuntimeException',
    'KMSAccessDeniedException',
    'KMSDisabledException',
    'KMSInvalidStateException',
    'KMSNotFoundException',
    'RequestTooLargeException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'TooManyRequestsException',
    'ServiceException',
  ],
  audit: {
    dataEvent: true,
    resources: (_input, _out, _call, targets) => [functionResource(targets as Target)],
    request: ({ FunctionName, InvocationType, Qualifier }) => shownRequest({ FunctionName, InvocationType, Qualifier }),
  },
  async target({ FunctionName, Qualifier }, env, call) {
    return { ...(await functionTarget(env, call, FunctionName, Qualifier)), action: 'lambda:InvokeFunction' }
  },
  async run(input, env, call) {
    const { InvocationType: type = 'RequestResponse' } = input
    const { id, found } = await existing(env, call, input.FunctionName, input.Qualifier)
    const payload = payloadIn(input.Payload, type)
    const clientContext = clientContextIn(input.ClientContext)
    if (type === 'RequestResponse') {
      env.found.prepared = await env.running.prepare(env.unit, env, id, call)
      return { StatusCode: 200 }
    }
    if ((await versionAt(env, found, id.qualifier)) === undefined)
      throw functionNotFound(functionArn(id, id.name, id.qualifier))
    if (type === 'DryRun') return { StatusCode: 204 }
    if (!(await env.queue.put(found, id.qualifier, call.requestId, { payload, clientContext }, call.now)))
      throw throttled('CallerRateLimitExceeded')
    return { StatusCode: 202 }
  },
  async after(out, input, env, call) {
    const { prepared } = env.found
    if (prepared === undefined) return out
    const payload = payloadIn(input.Payload, 'RequestResponse')
    const clientContext = clientContextIn(input.ClientContext)
    const ran = await env.running.run(prepared, { requestId: call.requestId, payload, clientContext })
    return {
      ...out,
      ...(ran.functionError === undefined ? {} : { FunctionError: ran.functionError }),
      ...(input.LogType === 'Tail' ? { LogResult: Buffer.from(ran.logTail).toString('base64') } : {}),
      ExecutedVersion: prepared.runnable.version,
      Payload: ran.payload as NonNullable<InvocationResponse['Payload']>,
    }
  },
})

/** The function that was invoked. */
const functionResource = ({ resource, owner }: Target) => ({
  accountId: owner ?? '',
  type: 'AWS::Lambda::Function',
  ARN: resource,
})

/** Neither payload nor client context: they are the caller's own. */
function shownRequest({ FunctionName, InvocationType, Qualifier }: Record<string, string | undefined>) {
  return {
    functionName: FunctionName,
    ...(InvocationType === undefined ? {} : { invocationType: InvocationType }),
    ...(Qualifier === undefined ? {} : { qualifier: Qualifier }),
  }
}

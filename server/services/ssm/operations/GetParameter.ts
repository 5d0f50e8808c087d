import type { GetParameterRequest, GetParameterResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import { when } from '#kernel/values/soon'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { resourcesOf } from '../recorded.ts'
import { askFor, shown, targetOf } from '../reading.ts'

/**
 * One parameter by name or ARN: its newest version, or the one that a number or a label names. Source: API_GetParameter;
 * parameterstore.md 7.2.
 */
export const GetParameter = operation<GetParameterRequest, Answer<GetParameterResult, 'Parameter'>>()({
  name: 'GetParameter',
  effect: 'read',
  input: { Name: required(members.PSParameterName), WithDecryption: members.Flag },
  errors: ['InternalServerError', 'InvalidKeyId', 'ParameterNotFound', 'ParameterVersionNotFound'],
  audit: { resources: (_, out, call) => resourcesOf([out?.Parameter.ARN], call) },
  target: ({ Name }, env, call) => when(askFor(Name, env, call), (asked) => targetOf(asked, call, 'ssm:GetParameter')),
  run: ({ Name, WithDecryption = false }, env, call) =>
    when(askFor(Name, env, call), (asked) => when(shown(asked, WithDecryption, env), (Parameter) => ({ Parameter }))),
})

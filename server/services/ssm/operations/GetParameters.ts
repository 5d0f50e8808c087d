import type { GetParametersRequest, GetParametersResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { copiesOf, resourcesOf } from '../recorded.ts'
import { askForAll, shownOrInvalid, targetOf } from '../reading.ts'

type Got = Answer<GetParametersResult, 'Parameters' | 'InvalidParameters'>

/**
 * Up to ten parameters by name or ARN, in the order of their names; what is not there is listed beside them. Each asks for its own
 * permission, and one that is refused, malformed or can't be decrypted fails the call. Source: API_GetParameters;
 * parameterstore.md 7.3, 5, 6.
 */
export const GetParameters = operation<GetParametersRequest, Got>()({
  name: 'GetParameters',
  effect: 'read',
  input: { Names: required(members.ParameterNameList), WithDecryption: members.Flag },
  errors: ['InternalServerError', 'InvalidKeyId'],
  audit: {
    resources: (_, out, call) =>
      resourcesOf(
        out?.Parameters.map(({ ARN }) => ARN),
        call,
      ),
    copies: ({ Names, WithDecryption }, { Parameters }, call) =>
      copiesOf(
        Names,
        Parameters.map(({ ARN }) => ARN),
        { WithDecryption },
        call,
      ),
  },
  async target({ Names }, env, call) {
    const asked = await askForAll(Names, env, call)
    return asked.map((one) => targetOf(one, call, 'ssm:GetParameters'))
  },
  async run({ Names, WithDecryption = false }, env, call) {
    const Parameters: NonNullable<Awaited<ReturnType<typeof shownOrInvalid>>>[] = []
    const invalid: string[] = []
    for (const asked of await askForAll(Names, env, call)) {
      const parameter = await shownOrInvalid(asked, WithDecryption, env)
      if (parameter === undefined) invalid.push(asked.text)
      else Parameters.push(parameter)
    }
    // The sort is stable: within a name those with a selector come first, else as they were asked for.
    Parameters.sort(
      (a, b) => order(a.Name, b.Name) || Number(b.Selector !== undefined) - Number(a.Selector !== undefined),
    )
    return { Parameters, InvalidParameters: invalid.sort(order) }
  },
})

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

import type { GetAccountPasswordPolicyResponse } from '@aws-sdk/client-iam'
import type { Answer } from '#kernel/wire'
import { noSuchEntity } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/** The account's password policy, if it has one of its own. Source: API_GetAccountPasswordPolicy. */
export const GetAccountPasswordPolicy = operation<object, Answer<GetAccountPasswordPolicyResponse, 'PasswordPolicy'>>()(
  {
    name: 'GetAccountPasswordPolicy',
    effect: 'read',
    input: {},
    errors: ['NoSuchEntityException'],
    target: async () => accountTarget(),
    async run(_input, { passwordPolicy }, { account }) {
      const rules = await passwordPolicy.find()
      if (rules === undefined) throw noSuchEntity(`The Password Policy with domain name ${account} cannot be found.`)
      const { MaxPasswordAge, PasswordReusePrevention, HardExpiry, ...always } = rules
      return {
        PasswordPolicy: {
          ...always,
          ExpirePasswords: MaxPasswordAge !== undefined,
          MaxPasswordAge,
          PasswordReusePrevention,
          HardExpiry,
        },
      }
    },
  },
)

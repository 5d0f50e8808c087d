import type { UpdateAccountPasswordPolicyRequest } from '@aws-sdk/client-iam'
import { Flag, MaxPasswordAge, MinimumPasswordLength, PasswordReusePrevention } from '../model/members.ts'
import { DEFAULT_RULES } from '../model/password.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/** Sets the account's password policy: what is not given gets its default again. Source: API_UpdateAccountPasswordPolicy. */
export const UpdateAccountPasswordPolicy = operation<UpdateAccountPasswordPolicyRequest, undefined>()({
  name: 'UpdateAccountPasswordPolicy',
  effect: 'write',
  input: {
    MinimumPasswordLength,
    RequireSymbols: Flag,
    RequireNumbers: Flag,
    RequireUppercaseCharacters: Flag,
    RequireLowercaseCharacters: Flag,
    AllowUsersToChangePassword: Flag,
    MaxPasswordAge,
    PasswordReusePrevention,
    HardExpiry: Flag,
  },
  errors: ['NoSuchEntityException', 'MalformedPolicyDocumentException', 'LimitExceededException'],
  target: async () => accountTarget(),
  async run(input, { passwordPolicy }) {
    const none = DEFAULT_RULES
    await passwordPolicy.put({
      MinimumPasswordLength: input.MinimumPasswordLength ?? none.MinimumPasswordLength,
      RequireSymbols: input.RequireSymbols ?? none.RequireSymbols,
      RequireNumbers: input.RequireNumbers ?? none.RequireNumbers,
      RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? none.RequireUppercaseCharacters,
      RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? none.RequireLowercaseCharacters,
      AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? none.AllowUsersToChangePassword,
      MaxPasswordAge: input.MaxPasswordAge,
      PasswordReusePrevention: input.PasswordReusePrevention,
      HardExpiry: input.HardExpiry ?? none.HardExpiry,
    })
    return undefined
  },
})

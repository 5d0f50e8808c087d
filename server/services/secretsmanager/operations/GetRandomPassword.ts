import type { GetRandomPasswordRequest, GetRandomPasswordResponse } from '@aws-sdk/client-secrets-manager'
import type { Answer } from '#kernel/wire'
import { ExcludeCharacters, Flag, PasswordLength } from '../model/members.ts'
import { passwordOf } from '../model/password.ts'
import { operation } from '../operation.ts'

/** Draws a random password; nothing is kept. Source: API_GetRandomPassword, secretsmanager.md 8.7. */
export const GetRandomPassword = operation<
  GetRandomPasswordRequest,
  Answer<GetRandomPasswordResponse, 'RandomPassword'>
>()({
  name: 'GetRandomPassword',
  effect: 'read',
  input: {
    PasswordLength,
    ExcludeCharacters,
    ExcludeNumbers: Flag,
    ExcludePunctuation: Flag,
    ExcludeUppercase: Flag,
    ExcludeLowercase: Flag,
    IncludeSpace: Flag,
    RequireEachIncludedType: Flag,
  },
  errors: ['InvalidParameterException', 'InvalidRequestException'],
  target: async () => ({ resource: '*' }),
  async run(rules, { random }) {
    return { RandomPassword: passwordOf(rules, (end) => random.below(end)) }
  },
})

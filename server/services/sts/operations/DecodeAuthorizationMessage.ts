import type { DecodeAuthorizationMessageRequest, DecodeAuthorizationMessageResponse } from '@aws-sdk/client-sts'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { EncodedMessage } from '../model/members.ts'
import { operation } from '../operation.ts'

type Decoded = Answer<DecodeAuthorizationMessageResponse, 'DecodedMessage'>

/**
 * Why a call of the caller's account was refused: the message that the refusal carried, opened. Source:
 * API_DecodeAuthorizationMessage, access.md 4.
 */
export const DecodeAuthorizationMessage = operation<DecodeAuthorizationMessageRequest, Decoded>()({
  name: 'DecodeAuthorizationMessage',
  effect: 'read',
  input: { EncodedMessage: required(EncodedMessage) },
  errors: ['InvalidAuthorizationMessageException'],
  // Whoever reads the trail need not be entitled to what the message says.
  audit: { request: () => null },
  target: async () => ({ resource: '*' }),
  async run(input, { decodeDenial }, call) {
    const DecodedMessage = decodeDenial(input.EncodedMessage, call)
    // Assumed: the text.
    if (DecodedMessage === undefined) throw new ApiError('InvalidAuthorizationMessageException', 'Invalid message', 400)
    return { DecodedMessage }
  },
})

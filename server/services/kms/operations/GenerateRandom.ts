import type { GenerateRandomRequest, GenerateRandomResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import type { Answer } from '#kernel/wire'
import { refuseRecipient } from '../model/cryptography.ts'
import { CustomKeyStoreId, NumberOfBytes, Recipient } from '../model/members.ts'
import { operation } from '../operation.ts'

type Generated = Answer<GenerateRandomResponse, 'Plaintext'>

/** Bytes of chance. Source: API_GenerateRandom, kms.md 4.1. */
export const GenerateRandom = operation<GenerateRandomRequest, Generated>()({
  name: 'GenerateRandom',
  effect: 'read',
  input: { NumberOfBytes, CustomKeyStoreId, Recipient },
  errors: ['CustomKeyStoreNotFoundException', 'KMSInternalException', 'UnsupportedOperationException'],
  async target({ NumberOfBytes, Recipient }) {
    refuseRecipient(Recipient)
    // Recorded.
    if (NumberOfBytes === undefined) throw new ApiError('ValidationException', 'NumberOfBytes is required.')
    return { resource: '*', rule: 'plain' }
  },
  async run({ NumberOfBytes = 0, CustomKeyStoreId }, { random }) {
    // Whoever asks for the chance of a machine of his own must not be given ours. Source: kms.md 0, tier 3.
    if (CustomKeyStoreId !== undefined)
      throw new ApiError('UnsupportedOperationException', 'Custom key stores are not supported.')
    return { Plaintext: random.bytes(NumberOfBytes) }
  },
})

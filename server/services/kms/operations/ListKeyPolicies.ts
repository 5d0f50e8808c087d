import type { ListKeyPoliciesRequest, ListKeyPoliciesResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, OWN_KEY } from '../locate.ts'
import { KeyId, Limit, Marker } from '../model/members.ts'
import { page, rowsAfter } from '../model/page.ts'
import { operation } from '../operation.ts'

type Listed = Answer<ListKeyPoliciesResponse, 'PolicyNames' | 'Truncated'>

/** A key has one policy, `default`. Source: API_ListKeyPolicies, kms.md 8. */
export const ListKeyPolicies = operation<ListKeyPoliciesRequest, Listed>()({
  name: 'ListKeyPolicies',
  effect: 'read',
  input: { KeyId: required(KeyId), Limit, Marker },
  errors: ['InvalidArnException', 'KMSInternalException', 'KMSInvalidStateException', 'NotFoundException'],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run({ Limit = 100, Marker }) {
    const { items, ...rest } = page(rowsAfter(['default'], Marker, 'policies', String), Limit, 'policies', String)
    return { PolicyNames: [...items], ...rest }
  },
})

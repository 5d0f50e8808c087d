import type { DescribeConnectionRequest, DescribeConnectionResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../destinations/members.ts'
import { connectionTarget, existingConnection, listedConnection } from '../destinations/shown.ts'
import { operation } from '../operation.ts'

/** Tells of a connection all but what is secret. Source: API_DescribeConnection. */
export const DescribeConnection = operation<DescribeConnectionRequest, DescribeConnectionResponse>()({
  name: 'DescribeConnection',
  effect: 'read',
  input: { Name: required(m.ConnectionName) },
  errors: ['InternalException', 'ResourceNotFoundException'],
  target: ({ Name }, _, call) => connectionTarget(Name, call),
  async run({ Name }, env, call) {
    const connection = await existingConnection(env, call, Name)
    const { description, kmsKey } = connection
    return {
      ...listedConnection(connection),
      ...(description !== undefined && { Description: description }),
      ...(kmsKey !== undefined && { KmsKeyIdentifier: kmsKey }),
      SecretArn: connection.secretArn,
      AuthParameters: connection.shown,
    }
  },
})

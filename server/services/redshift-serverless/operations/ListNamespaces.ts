import type { ListNamespacesRequest, ListNamespacesResponse } from '@aws-sdk/client-redshift-serverless'
import { databaseArn, uuidOf } from '../../rds/port.ts'
import { everything, listed, MaxResults, Token } from '../listing.ts'
import { operation } from '../operation.ts'

/** The registered namespaces. Source: API_ListNamespaces; surroundings.md 7. */
export const ListNamespaces = operation<ListNamespacesRequest, ListNamespacesResponse>()({
  name: 'ListNamespaces',
  effect: 'read',
  input: { nextToken: Token, maxResults: MaxResults },
  errors: ['ValidationException'],
  target: async (_input, _env, call) => everything('namespace', call),
  async run(input, { databases }, call) {
    const { found, tail } = await listed(input, databases, call)
    const namespaces = found.map((database) => ({
      namespaceArn: databaseArn(database),
      namespaceId: uuidOf(database.resourceId),
      namespaceName: database.id,
      adminUsername: database.username,
      dbName: database.dbname ?? 'dev',
      status: 'AVAILABLE' as const,
      ...(database.secretArn === undefined ? {} : { adminPasswordSecretArn: database.secretArn }),
    }))
    return { namespaces, ...tail }
  },
})

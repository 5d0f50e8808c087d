import type { ListWorkgroupsRequest, ListWorkgroupsResponse } from '@aws-sdk/client-redshift-serverless'
import { uuidOf, workgroupArn } from '../../rds/port.ts'
import { everything, listed, MaxResults, Token } from '../listing.ts'
import { operation } from '../operation.ts'

/** The workgroups of the registered namespaces, one each and of the same name. Source: API_ListWorkgroups; surroundings.md 7. */
export const ListWorkgroups = operation<ListWorkgroupsRequest, ListWorkgroupsResponse>()({
  name: 'ListWorkgroups',
  effect: 'read',
  input: { nextToken: Token, maxResults: MaxResults, ownerAccount: { kind: 'string', length: [1, 12] } },
  errors: ['ValidationException', 'ResourceNotFoundException'],
  target: async (_input, _env, call) => everything('workgroup', call),
  async run(input, { databases }, call) {
    const { found, tail } = await listed(input, databases, call)
    const workgroups = found.map((database) => ({
      workgroupArn: workgroupArn(database, database.resourceId),
      workgroupId: uuidOf(database.resourceId),
      workgroupName: database.id,
      namespaceName: database.id,
      status: 'AVAILABLE' as const,
      port: database.port,
      endpoint: { address: database.host, port: database.port },
    }))
    return { workgroups, ...tail }
  },
})

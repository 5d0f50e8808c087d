import type { CreateDBInstanceMessage, CreateDBInstanceResult } from '@aws-sdk/client-rds'
import { Secret } from '#kernel/values/bytes'
import { tagsIn } from '#kernel/values/tags'
import type { Answer } from '#kernel/wire'
import * as messages from '../model/messages.ts'
import { checkPassword } from '../model/modified.ts'
import { combination } from '../model/refusals.ts'
import { checkedTags } from '../model/tags.ts'
import { secretTargets } from '../modifying.ts'
import { operation } from '../operation.ts'
import { register } from '../register.ts'
import { shownInstance } from '../shown.ts'
import { targetOf } from '../target.ts'

/** The tag that says where the database is: no server is made. */
const HOST = 'strongroom:host'

/**
 * Registers a database that is there: its host stands in the tag `strongroom:host`. Sizes, networks and the like are not looked
 * at. Source: API_CreateDBInstance; that a database is found and not made is ours.
 */
export const CreateDBInstance = operation<CreateDBInstanceMessage, Answer<CreateDBInstanceResult, 'DBInstance'>>()({
  name: 'CreateDBInstance',
  effect: 'write',
  input: messages.CreateDBInstanceMessage,
  errors: [
    'DBInstanceAlreadyExistsFault',
    'DBClusterNotFoundFault',
    'DBInstanceNotFoundFault',
    'KMSKeyNotAccessibleFault',
  ],
  audit: {
    response: ({ DBInstance }) => ({
      dBInstanceIdentifier: DBInstance.DBInstanceIdentifier,
      dBInstanceArn: DBInstance.DBInstanceArn,
    }),
  },
  async target(input, env, call) {
    const requestTags = tagsIn(input.Tags)
    const tagged = requestTags.size > 0
    const target = await targetOf(input.DBInstanceIdentifier, 'instance', env, call, tagged ? { requestTags } : {})
    const tagging = tagged ? [{ ...target, action: 'rds:AddTagsToResource' }] : []
    // a member is taken for the cluster itself, so it is the cluster's business too. Source: service authorization reference of RDS.
    const { DBClusterIdentifier: cluster } = input
    const joining = cluster === undefined ? [] : [await targetOf(cluster, 'cluster', env, call)]
    return [target, ...joining, ...tagging, ...secretTargets(input, call)]
  },
  async run(input, env, call) {
    const tags = checkedTags(input.Tags)
    const host = tags.get(HOST)
    if (host === undefined)
      throw combination(
        `This server makes no databases. Name the host of one that is there in the tag ${HOST}, or register it with the command strongroom database register.`,
      )
    const { MasterUsername: username, MasterUserPassword: password } = input
    if (username === undefined) throw combination('The parameter MasterUsername must be provided.')
    if (password !== undefined) checkPassword(password)
    if (input.ManageMasterUserPassword === true && password === undefined)
      throw combination(
        'The password that the master user has now must be given as MasterUserPassword: it is replaced at once.',
      )
    const database = await register(
      {
        registration: {
          account: call.account,
          region: call.region,
          kind: 'instance',
          id: input.DBInstanceIdentifier,
          engine: input.Engine,
          engineVersion: input.EngineVersion,
          instanceClass: input.DBInstanceClass,
          host,
          port: input.Port,
          dbname: input.DBName,
          username,
          cluster: input.DBClusterIdentifier,
          tags,
        },
        password: password === undefined ? undefined : new Secret(password),
        manage: input.ManageMasterUserPassword === true ? { kmsKeyId: input.MasterUserSecretKmsKeyId } : undefined,
      },
      env,
      call.now,
    )
    return { DBInstance: await shownInstance(database, env) }
  },
})

import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import type { Person } from './call.ts'
import { ACCOUNT, ROOT } from './messages.ts'

/** The account's root: who looks at secrets between the rounds. */
export const ROOT_PERSON: Person = { arn: `arn:aws:iam::${ACCOUNT}:root`, id: ACCOUNT, credentials: ROOT }

const ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

/** Root and two users who may do everything: one principal for each of some clients. */
export async function people(endpoint: string, systemClockOffset: number): Promise<readonly Person[]> {
  const iam = new IAMClient({ endpoint, region: 'us-east-1', credentials: ROOT, systemClockOffset })
  try {
    const users: Person[] = []
    for (const UserName of ['alice', 'bob']) {
      const { User } = await iam.send(new CreateUserCommand({ UserName }))
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: ALL }))
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
      const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
      const credentials = { accessKeyId, secretAccessKey }
      users.push({ arn: User?.Arn ?? '', id: User?.UserId ?? '', credentials })
    }
    return [ROOT_PERSON, ...users]
  } finally {
    iam.destroy()
  }
}

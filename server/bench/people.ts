import { IAM } from '@aws-sdk/client-iam'
import type { Served } from './served.ts'
import type { Keys } from './sign.ts'

/** A caller that reads are measured for. */
export interface Person {
  readonly what: string
  readonly keys: Keys
}

const POLICIES = 10
const STATEMENTS = 20

type Statement = Readonly<Record<string, unknown>>

/** What the statements of one person look like; the last one of all lets the reads pass. */
const kinds: Readonly<Record<string, (policy: number, index: number) => Statement>> = {
  'user, 10 × 20 statements, as teams write them': (policy, index) => ({
    Effect: 'Allow',
    Action: [
      ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      ['ssm:GetParameter*'],
      ['logs:*'],
      ['iam:PassRole'],
    ][index % 5],
    Resource: `arn:aws:secretsmanager:us-east-1:*:secret:team-${policy}/service-${index}/*`,
  }),
  'user, 10 × 20 statements, all about reading': (policy, index) => ({
    Effect: index % 4 === 3 ? 'Deny' : 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: `arn:aws:secretsmanager:us-east-1:*:secret:team-${policy}/service-${index}/*`,
    ...(index % 2 === 0 ? { Condition: { StringEquals: { 'aws:ResourceTag/team': `team-${policy}` } } } : {}),
  }),
}

/** Makes the people: each a user with ten attached policies of twenty statements. */
export async function people(server: Served): Promise<Person[]> {
  const iam = new IAM({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: server.keys.accessKeyId, secretAccessKey: server.keys.secretAccessKey },
  })
  try {
    const made: Person[] = []
    for (const [number, [what, statementOf]] of Object.entries(kinds).entries()) {
      const UserName = `person-${number}`
      await iam.createUser({ UserName })
      for (let policy = 0; policy < POLICIES; policy++) {
        const Statement = Array.from({ length: STATEMENTS }, (_, index) =>
          policy === POLICIES - 1 && index === STATEMENTS - 1
            ? { Effect: 'Allow', Action: 'secretsmanager:*', Resource: 'arn:aws:secretsmanager:*:*:secret:bench/*' }
            : statementOf(policy, index),
        )
        const { Policy } = await iam.createPolicy({
          PolicyName: `policy-${number}-${policy}`,
          PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
        })
        await iam.attachUserPolicy({ UserName, PolicyArn: Policy?.Arn ?? '' })
      }
      const { AccessKey } = await iam.createAccessKey({ UserName })
      made.push({
        what,
        keys: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
      })
    }
    return made
  } finally {
    iam.destroy()
  }
}

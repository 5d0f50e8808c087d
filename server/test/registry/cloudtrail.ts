import type { Names } from './inputs.ts'
import type { World } from './world.ts'

/** Trails: what the operations on them need. */

/** Where they deliver to. */
const BUCKET = 'the-trail-bucket'

const trailArn = ({ userName, functionArn }: Names) =>
  `arn:aws:cloudtrail:us-east-1:${functionArn.split(':')[4]}:trail/${userName}`

export async function prepareTrail(world: World, names: Names): Promise<Names> {
  await world.done('cloudtrail:CreateTrail', { Name: names.userName, S3BucketName: BUCKET })
  return names
}

export const trailMembers: Readonly<Record<string, (names: Names) => unknown>> = {
  'cloudtrail:Name': ({ userName }) => userName,
  'cloudtrail:TrailName': ({ userName }) => userName,
  'cloudtrail:ResourceId': trailArn,
  'cloudtrail:S3BucketName': () => BUCKET,
}

export const trailInputs: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  'cloudtrail:CreateTrail': ({ userName }) => ({ Name: `${userName}-new` }),
  'cloudtrail:AddTags': () => ({ TagsList: [{ Key: 'stage', Value: 'test' }] }),
  'cloudtrail:ListTags': (names) => ({ ResourceIdList: [trailArn(names)] }),
  'cloudtrail:PutEventSelectors': () => ({ EventSelectors: [{ ReadWriteType: 'All' }] }),
}

import type { CreateTrailRequest, CreateTrailResponse } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { DEFAULT_SELECTION } from '../model/selectors.ts'
import { checkCount, checkedTags } from '../model/tags.ts'
import { checkName, shownTrail, trailArn } from '../model/trail.ts'
import { operation } from '../operation.ts'
import { recordedTrail } from '../recorded.ts'
import { checkRoom, namesake, SETTINGS_REFUSALS, withSettings } from '../settings.ts'
import { passedRole, trailTarget } from '../target.ts'

type Created = Answer<CreateTrailResponse, 'Name' | 'TrailARN' | 'S3BucketName'>

/** Makes a trail; it logs when StartLogging says so. Source: API_CreateTrail; texts as clients report them. */
export const CreateTrail = operation<CreateTrailRequest, Created>()({
  name: 'CreateTrail',
  effect: 'write',
  input: {
    Name: required(members.Text),
    S3BucketName: required(members.Text),
    ...members.TrailSettings,
    TagsList: members.TagsList,
  },
  errors: [
    ...SETTINGS_REFUSALS,
    'InvalidTagParameterException',
    'MaximumNumberOfTrailsExceededException',
    'TagsLimitExceededException',
    'TrailAlreadyExistsException',
  ],
  audit: { response: recordedTrail },
  target: ({ Name, TagsList, CloudWatchLogsRoleArn }, _env, call) => {
    checkName(Name)
    const requestTags = TagsList && tagsIn(TagsList)
    const made = trailTarget(Name, call, requestTags && { requestTags })
    const tagged = TagsList?.length ? [{ ...made, action: 'cloudtrail:AddTags' }] : []
    return [made, ...tagged, ...passedRole(CloudWatchLogsRoleArn)]
  },
  async run({ Name, TagsList, ...asked }, env, call) {
    const { account, region, now } = call
    const tags = checkedTags(TagsList ?? [])
    checkCount(tags)
    const trail = await withSettings(
      {
        ...{ account, region, name: Name, arn: trailArn(call, Name), bucket: '', prefix: undefined },
        ...{ globalEvents: true, multiRegion: false, validation: false, recursive: true },
        ...{ logGroup: undefined, logRole: undefined, kmsKey: undefined, selection: DEFAULT_SELECTION, tags },
        ...{ logging: false, createdAt: now, startedAt: undefined, stoppedAt: undefined },
      },
      asked,
      env,
      call,
    )
    if ((await env.trails.find(trail)) !== undefined || (await namesake(trail, env)) !== undefined)
      throw new ApiError('TrailAlreadyExistsException', `Trail ${Name} already exists for customer: ${account}`)
    await checkRoom(trail, env)
    await env.trails.save(trail)
    return shownTrail(trail)
  },
})

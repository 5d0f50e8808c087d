import type { CreateInstanceProfileRequest, CreateInstanceProfileResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { shownProfile } from '../answers.ts'
import type { InstanceProfile } from '../instance-profiles.ts'
import { instanceProfileArn, pathOf, uniqueId } from '../model/identity.ts'
import { InstanceProfileName, Path, Tags } from '../model/members.ts'
import { alreadyExists, quotaExceeded } from '../model/refusals.ts'
import { sentTags, tagsOf } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { newcomer, tagged } from '../target.ts'

/** Makes an instance profile without a role. Source: API_CreateInstanceProfile, access.md 3.2. */
export const CreateInstanceProfile = operation<
  CreateInstanceProfileRequest,
  Answer<CreateInstanceProfileResponse, 'InstanceProfile'>
>()({
  name: 'CreateInstanceProfile',
  effect: 'write',
  input: { InstanceProfileName: required(InstanceProfileName), Path, Tags },
  errors: [
    'EntityAlreadyExistsException',
    'LimitExceededException',
    'InvalidInputException',
    'ConcurrentModificationException',
  ],
  audit: {
    response: ({ InstanceProfile: made }) => ({
      instanceProfile: {
        path: made.Path,
        instanceProfileName: made.InstanceProfileName,
        instanceProfileId: made.InstanceProfileId,
        arn: made.Arn,
      },
    }),
  },
  target: async ({ Path, InstanceProfileName, Tags }, _env, { account }) =>
    tagged(
      newcomer(instanceProfileArn(account, pathOf(Path), InstanceProfileName), sentTags(Tags)),
      'iam:TagInstanceProfile',
    ),
  async run({ Path, InstanceProfileName, Tags }, { profiles, roles, principals, random, limits }, { account, now }) {
    const path = pathOf(Path)
    if ((await profiles.findAnyCase(InstanceProfileName)) !== undefined) {
      throw alreadyExists(`Instance Profile ${InstanceProfileName} already exists.`)
    }
    const most = limits.instanceProfiles
    if ((await profiles.count()) >= most) throw quotaExceeded('InstanceProfilesPerAccount', most)
    const profile: InstanceProfile = {
      name: InstanceProfileName,
      path,
      arn: instanceProfileArn(account, path, InstanceProfileName),
      id: uniqueId(random, 'AIPA'),
      role: undefined,
      tags: tagsOf(Tags),
      createdAt: now,
    }
    await profiles.add(profile)
    return { InstanceProfile: await shownProfile(profile, roles, principals) }
  },
})

import type { PutEventSelectorsRequest, PutEventSelectorsResponse } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { checkAdvanced, checkedBasic, DEFAULT_SELECTION } from '../model/selectors.ts'
import { operation } from '../operation.ts'
import { recordedSelection, selectionOf } from '../recorded.ts'
import { changedTrail, trailTarget } from '../target.ts'

/** Chooses which records a trail takes: basic selectors or advanced ones, which take each other's place. Source: API_PutEventSelectors. */
export const PutEventSelectors = operation<PutEventSelectorsRequest, Answer<PutEventSelectorsResponse, 'TrailARN'>>()({
  name: 'PutEventSelectors',
  effect: 'write',
  input: {
    TrailName: required(members.Text),
    EventSelectors: members.EventSelectors,
    AdvancedEventSelectors: members.AdvancedEventSelectors,
  },
  errors: [
    'CloudTrailARNInvalidException',
    'InvalidEventSelectorsException',
    'InvalidHomeRegionException',
    'InvalidTrailNameException',
    'TrailNotFoundException',
  ],
  audit: { response: recordedSelection },
  target: ({ TrailName }, _env, call) => trailTarget(TrailName, call),
  async run({ TrailName, EventSelectors, AdvancedEventSelectors }, { unit, trails, delivery }, call) {
    if ((EventSelectors === undefined) === (AdvancedEventSelectors === undefined))
      throw new ApiError(
        'InvalidEventSelectorsException',
        'Specify either event selectors or advanced event selectors for your trail.',
      )
    if (AdvancedEventSelectors !== undefined) checkAdvanced(AdvancedEventSelectors)
    const basic = EventSelectors === undefined ? DEFAULT_SELECTION.basic : checkedBasic(EventSelectors)
    const trail = await changedTrail(TrailName, trails, call)
    const changed = { ...trail, selection: { basic, advanced: AdvancedEventSelectors, custom: true } }
    await trails.save(changed)
    await delivery.changed(unit, changed, 'updated', call.now)
    return selectionOf(changed)
  },
})

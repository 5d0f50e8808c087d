import type { TestMetricFilterRequest, TestMetricFilterResponse } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { Message, pattern } from '../model/filter/pattern.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { allGroups } from '../target.ts'

type Tested = Answer<TestMetricFilterResponse, 'matches'>

/** Which of some messages a pattern takes, and what it finds in them. Source: API_TestMetricFilter. */
export const TestMetricFilter = operation<TestMetricFilterRequest, Tested>()({
  name: 'TestMetricFilter',
  effect: 'read',
  input: {
    filterPattern: required(members.FilterPattern),
    logEventMessages: required(members.TestEventMessages),
  },
  errors: ['InvalidParameterException', 'ServiceUnavailableException'],
  // Messages may hold anything: none of them comes into the trail.
  audit: { request: ({ filterPattern }) => ({ filterPattern }) },
  target: (_, __, call) => allGroups(call),
  run({ filterPattern, logEventMessages }) {
    const { matches, extract } = pattern(filterPattern)
    return {
      matches: logEventMessages.flatMap((eventMessage, at) => {
        const message = new Message(eventMessage)
        if (!matches(message)) return []
        return [{ eventNumber: at + 1, eventMessage, extractedValues: extract(message) }]
      }),
    }
  },
})

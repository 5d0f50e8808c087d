import type { GenerateCredentialReportResponse } from '@aws-sdk/client-iam'
import { REPORT_MS } from '../model/credential-report.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/**
 * Makes a credential report unless there is one of the last four hours. It is made at once; who asks again, as clients do, is told
 * that it is complete. Source: API_GenerateCredentialReport.
 */
export const GenerateCredentialReport = operation<object, GenerateCredentialReportResponse>()({
  name: 'GenerateCredentialReport',
  effect: 'write',
  input: {},
  errors: ['LimitExceededException'],
  target: async () => accountTarget(),
  async run(_input, { reports, passwordPolicy, lastUsed, accountCreatedAt }, { now }) {
    const last = await reports.find()
    if (last !== undefined && now - last.createdAt <= REPORT_MS) return { State: 'COMPLETE' }
    const rules = await passwordPolicy.find()
    await reports.make({ rules, lastUsed, now, accountCreatedAt: await accountCreatedAt() })
    return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' }
  },
})

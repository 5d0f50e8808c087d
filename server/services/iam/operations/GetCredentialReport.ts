import type { GetCredentialReportResponse } from '@aws-sdk/client-iam'
import { ApiError } from '#kernel/error'
import { REPORT_MS } from '../model/credential-report.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/**
 * The credential report, as it was when it was made. Codes and statuses: botocore's model of the errors; they have no text
 * (observed by a public suite). There is no ReportInProgress, since a report is made at once. Source: API_GetCredentialReport.
 */
export const GetCredentialReport = operation<object, GetCredentialReportResponse>()({
  name: 'GetCredentialReport',
  effect: 'read',
  input: {},
  errors: [
    'CredentialReportNotPresentException',
    'CredentialReportExpiredException',
    'CredentialReportNotReadyException',
  ],
  target: async () => accountTarget(),
  async run(_input, { reports }, { now }) {
    const report = await reports.find()
    if (report === undefined) throw new ApiError('ReportNotPresent', '', 410)
    if (now - report.createdAt > REPORT_MS) throw new ApiError('ReportExpired', '', 410)
    return { Content: report.content, ReportFormat: 'text/csv', GeneratedTime: new Date(report.createdAt) }
  },
})

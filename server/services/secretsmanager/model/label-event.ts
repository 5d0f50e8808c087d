import type { Secret } from './secret.ts'
import { PENDING, PREVIOUS } from './stages.ts'

/** The event of Secrets Manager's own. Source: surroundings.md 4.1 (Secret Label Updated), trap 19. */

/** An event as the kernel's port takes it. */
export interface Announced {
  readonly source: 'aws.secretsmanager'
  readonly detailType: 'Secret Label Updated'
  readonly account: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: { readonly name: string; readonly labelUpdated: string; readonly versionId: string }
  readonly by: string
}

/**
 * What is announced when a label comes to a version, that of a new secret included; nothing of AWSPENDING and AWSPREVIOUS, which
 * come and go with the others. `by`: the access key of the call.
 */
export function labelUpdated(
  { account, region, arn, name }: Pick<Secret, 'account' | 'region' | 'arn' | 'name'>,
  label: string,
  version: string,
  by: string,
): Announced | undefined {
  if (label === PENDING || label === PREVIOUS) return undefined
  return {
    source: 'aws.secretsmanager',
    detailType: 'Secret Label Updated',
    ...{ account, region, resources: [arn], by },
    detail: { name, labelUpdated: label, versionId: version },
  }
}

import { entityNamed } from './model/entity-arn.ts'
import { noSuchGroup, noSuchRole, noSuchUser } from './model/refusals.ts'
import type { PolicySource, PolicySources } from './policy-sources.ts'

const MISSING = { user: noSuchUser, group: noSuchGroup, role: noSuchRole }

/** The user, group or role of that ARN. Throws NoSuchEntity, and InvalidInput for what is none. */
export async function existingSource(sources: PolicySources, arn: string): Promise<PolicySource> {
  const { kind, name } = entityNamed(arn)
  const source = await sources.find(arn)
  if (source === undefined) throw MISSING[kind](name)
  return source
}

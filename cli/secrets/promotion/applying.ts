import { token } from '@strongroom/server/wire'
import { Failure } from '../../command.ts'
import type { Client } from '../../wire/client.ts'
import { type Ends, readPolicy, readValue } from './ends.ts'
import { type Change, CURRENT, type Step, type Value, type Wish } from './plan.ts'
import { seen } from './seen.ts'

/** How secrets are made. */
export interface Making {
  /** The KMS key of secrets that are made; undefined: the source's within one server, else the default key over there. */
  readonly kmsKeyId: string | undefined
}

/**
 * Does what was planned for one secret, and only if both ends are still as they were then. What is done stays done when something
 * later fails: planned anew, only the rest is left. Throws Refused and Failure.
 */
export async function apply(step: Step, wish: Wish, ends: Ends, making: Making): Promise<void> {
  const parts = new Map(step.changes.map((change) => [change.part, change]))
  const { to } = ends
  if (step.action === 'create') await create(step, parts, wish, ends, making)
  else {
    const there = await seen(to, step.target)
    if (there === undefined || there.deleted || there.labels.get(wish.as) !== step.over)
      throw new Failure('it was changed over there since the plan was made', 'run it again: the plan is made anew')
    const brought = parts.has('value') ? await valueFor(step, ends) : undefined
    if (brought !== undefined) await put(to, step.target, brought, [wish.as, ...labelsIn(parts)])
    else if (there.labels.has(wish.as))
      await moveLabels(to, step.target, there.labels, there.labels.get(wish.as) as string, labelsIn(parts))
    if (parts.has('description'))
      await to.call('secretsmanager', 'UpdateSecret', {
        SecretId: step.target,
        Description: await description(step, ends),
      })
    const tags = tagsIn(parts)
    if (tags.length > 0) await to.call('secretsmanager', 'TagResource', { SecretId: step.target, Tags: tags })
  }
  if (parts.has('policy')) await putPolicy(step, ends)
}

type Parts = ReadonlyMap<Change['part'], Change>

async function create(step: Step, parts: Parts, { as }: Wish, ends: Ends, { kmsKeyId }: Making): Promise<void> {
  const { from, to } = ends
  const source = await seen(from, step.source)
  const brought = parts.has('value') ? await valueFor(step, ends) : undefined
  const key = kmsKeyId ?? (from === to ? source?.kmsKeyId : undefined)
  const id = token()
  const tags = tagsIn(parts)
  await to.call('secretsmanager', 'CreateSecret', {
    Name: step.target,
    ClientRequestToken: id,
    ...content(brought),
    ...(parts.has('description') && { Description: source?.description }),
    ...(tags.length > 0 && { Tags: tags }),
    ...(key !== undefined && { KmsKeyId: key }),
  })
  // A first version is AWSCURRENT, whatever else it is called.
  const labels = [...(as === CURRENT ? [] : [as]), ...labelsIn(parts)]
  if (brought !== undefined) await moveLabels(to, step.target, new Map(), id, labels)
}

/** The version that was planned, whatever is current by now. */
async function valueFor({ source, version }: Step, { from }: Ends): Promise<Value> {
  const value = await readValue(from, source, version === undefined ? {} : { version })
  if (value !== undefined) return value
  throw new Failure('its version is gone since the plan was made', 'run it again: the plan is made anew')
}

const content = (value: Value | undefined) =>
  value === undefined
    ? {}
    : value.SecretString === undefined
      ? { SecretBinary: value.SecretBinary }
      : { SecretString: value.SecretString }

const put = (to: Client, SecretId: string, value: Value, VersionStages: readonly string[]) =>
  to.call('secretsmanager', 'PutSecretValue', {
    SecretId,
    ClientRequestToken: token(),
    ...content(value),
    VersionStages,
  })

async function moveLabels(
  to: Client,
  SecretId: string,
  labels: ReadonlyMap<string, string>,
  version: string,
  wanted: readonly string[],
): Promise<void> {
  for (const label of wanted) {
    const on = labels.get(label)
    if (on === version) continue
    await to.call('secretsmanager', 'UpdateSecretVersionStage', {
      SecretId,
      VersionStage: label,
      MoveToVersionId: version,
      ...(on !== undefined && { RemoveFromVersionId: on }),
    })
  }
}

/** As it is now: it is no secret, and who changed it meanwhile wants it so. */
async function description({ source }: Step, { from }: Ends): Promise<string> {
  return (await seen(from, source))?.description ?? ''
}

async function putPolicy({ source, target }: Step, { from, to }: Ends): Promise<void> {
  const ResourcePolicy = await readPolicy(from, source)
  if (ResourcePolicy === undefined) return
  await to.call('secretsmanager', 'PutResourcePolicy', { SecretId: target, ResourcePolicy, BlockPublicPolicy: true })
}

const tagsIn = (parts: Parts) => {
  const change = parts.get('tags')
  return change?.part === 'tags' ? change.tags.map(([Key, Value]) => ({ Key, Value })) : []
}
const labelsIn = (parts: Parts): readonly string[] => {
  const change = parts.get('labels')
  return change?.part === 'labels' ? change.labels : []
}

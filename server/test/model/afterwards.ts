import assert from 'node:assert/strict'
import { type Call, type Made, makes, type Of, type Plan } from './call.ts'
import { told } from './explain.ts'
import { meant, type Namesakes } from './namesakes.ts'
import type { SeenName } from './observe.ts'
import { CURRENT, PENDING, type Secret } from './secret.ts'
import type { Certainty } from './trial.ts'

/** ARNs that are shown, or were answered. */
export const arnsIn = (made: readonly Made[], { secrets }: SeenName): readonly string[] => [
  ...secrets.map(({ arn }) => arn),
  ...made.flatMap(({ outcome }) => (outcome.kind === 'answered' ? (outcome.answer.ARN ?? []) : [])),
]

/** Those that are new, but for those that were told to who made them. `former`: those that are not. */
export function arrivalsOf(former: readonly string[], made: readonly Made[], seen: SeenName): readonly string[] {
  const makers = made.filter(({ call }) => makes(call.op))
  const claimed = new Set([...former, ...arnsIn(makers, { holder: undefined, secrets: [] })])
  return [...new Set(arnsIn(made, seen))].filter((arn) => !claimed.has(arn))
}

/** Whether it can leave versions without AWSCURRENT: an import that says so, a look back to when there was none. */
export const leavesBare = (call: Call): boolean =>
  (call.op === 'goback' && !call.dryRun) ||
  (call.op === 'import' && !call.versions.some(({ labels }) => labels.includes(CURRENT)))

/** What a dry run of RestoreSecrets has listed, so that it can be carried out later. */
export function planOf(made: Made | undefined, { all }: Namesakes): Plan | undefined {
  if (made?.call.op !== 'goback' || !made.call.dryRun || made.outcome.kind !== 'answered') return undefined
  const { asOf, deleteCreated } = made.call
  const listed = made.outcome.answer.Secrets ?? []
  const tokens = listed.flatMap(({ ARN, PlanToken }) => (PlanToken === undefined ? [] : [[ARN, PlanToken] as const]))
  if (tokens.length === 0) return undefined
  return { tokens: new Map(tokens), secrets: new Map(all.map((secret) => [secret.arn, secret])), asOf, deleteCreated }
}

/**
 * RestoreSecrets under a prefix of several names, as if each name had been asked for alone; how many of each are unchanged is known only when
 * nobody else called meanwhile (`isAlone`). Throws when what is counted is something else.
 */
export function parts(
  made: Made,
  call: Of<'goback'>,
  names: readonly { readonly name: string; readonly state: Namesakes }[],
  isAlone: boolean,
): readonly Made[] {
  const { outcome } = made
  const answer = outcome.kind === 'answered' ? outcome.answer : undefined
  const each = names.map(({ name, state }): Made => {
    const asked = { ...call, name }
    if (answer === undefined) return { ...made, call: asked }
    const Secrets = answer.Secrets?.filter(({ Name }) => Name === name) ?? []
    const differ = Secrets.filter(({ Status }) => Status !== 'Gone').length
    const Unchanged = isAlone ? state.all.length - differ : undefined
    return { ...made, call: asked, outcome: { kind: 'answered', answer: { ...answer, Secrets, Unchanged } } }
  })
  if (!isAlone) return each
  const counted = each.map((part) => (part.outcome.kind === 'answered' ? (part.outcome.answer.Unchanged ?? 0) : 0))
  const total = counted.reduce((sum, more) => sum + more, 0)
  assert.equal(answer?.Unchanged ?? 0, total, `RestoreSecrets under ${call.prefix}: Unchanged`)
  return each
}

/** One call is one unit: it can't have been made to one name, and not to another. */
export function checkWhole(lost: ReadonlyMap<Made, Certainty>, made: readonly Made[]): void {
  for (const [agent, of] of Map.groupBy(made, (each) => each.agent)) {
    const certain = new Set(of.map((part) => lost.get(part)))
    assert.ok(!(certain.has('made') && certain.has('not made')), `${agent} was done by half: ${told(of[0] as Made)}`)
  }
}

/** A rotation that nothing disturbs and whose function can work ends well at once. */
export function rotates(names: Namesakes, made: Made | undefined, after: Namesakes): void {
  if (made?.call.op !== 'rotate' || made.outcome.kind !== 'answered') return
  const { call } = made
  const before = names.all[meant(names, call.id)]
  if (before === undefined || call.immediately === false || before.run !== undefined) return
  if (before.stages[CURRENT] === call.token || before.stages[PENDING] === call.token || !canWork(before)) return
  const rotated = after.all.find(({ arn }) => arn === before.arn)
  assert.equal(rotated?.stages[CURRENT], call.token, `${before.name}: the rotation has not made its version current`)
}

/** Whether the function makes something of the current value: it refuses bytes, and objects. */
function canWork({ stages, versions }: Secret): boolean {
  const content = versions[stages[CURRENT] ?? '']?.content ?? ''
  return content.startsWith('string ') && !content.startsWith('string {')
}

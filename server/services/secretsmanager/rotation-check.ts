import type { Call } from '#kernel/call'
import { checkOf } from './model/beyond.ts'
import { cannotInvoke } from './model/refusals.ts'
import type { Env } from './operation.ts'

/**
 * Who names the function that checks a rotation, in the tag strongroom:rotation-check, needs lambda:InvokeFunction on it, as who
 * names the function of the rotation does. `tags`: those that the caller sets. Throws AccessDeniedException.
 */
export async function checkNamedBy(
  tags: ReadonlyMap<string, string> | undefined,
  env: Pick<Env, 'functions'>,
  call: Call,
): Promise<void> {
  const functionArn = checkOf(tags)
  if (functionArn !== undefined && !(await env.functions().mayInvoke(functionArn, call))) throw cannotInvoke()
}

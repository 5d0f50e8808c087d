import { lambdaForManaged } from './refusals.ts'
import type { Secret } from './secret.ts'

/**
 * The secret if it can be rotated with this function. One that a service keeps has none: its rules may be changed, and its rotation
 * begun. Source: secretsmanager.md 8.17, 13; rotation.md 11.
 */
export function rotatable<S extends Secret>(secret: S, functionArn: string | undefined): S {
  if (secret.owningService !== undefined && functionArn) throw lambdaForManaged()
  return secret
}

import { lambdaForManaged, managedByService } from './refusals.ts'
import type { Secret } from './secret.ts'

/** The secret if its rotation is the caller's to configure. Source: secretsmanager.md 8.17, 13. */
export function rotatable<S extends Secret>(secret: S, functionArn: string | undefined): S {
  if (secret.owningService === undefined) return secret
  throw functionArn ? lambdaForManaged() : managedByService(secret.owningService)
}

import { decide } from '#kernel/authorization/authorize'
import type { Call } from '#kernel/call'
import type { Found } from './model/parameter.ts'
import { parameterTarget } from './target.ts'

/**
 * Whether a parameter below a path is hidden from a caller who may read the path: by a deny of GetParametersByPath or GetParameter
 * that names it. AWS knows no such thing (parameterstore.md 6, trap 35): only where the operator has asked for it.
 */
export function deniedBelow(call: Call, recursive: boolean): (found: Found) => boolean {
  const context = { 'ssm:Recursive': String(recursive) }
  return (found) => {
    const { key } = found.parameter
    return (
      isDenied('ssm:GetParametersByPath', parameterTarget(key, found, call, { context }), call) ||
      isDenied('ssm:GetParameter', parameterTarget(key, found, call), call)
    )
  }
}

function isDenied(action: string, target: ReturnType<typeof parameterTarget>, call: Call): boolean {
  const decision = decide(call, 'ssm', action, target)
  return !decision.allowed && decision.explicit
}

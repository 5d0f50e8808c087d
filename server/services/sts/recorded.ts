import type { Credentials } from '@aws-sdk/client-sts'
import { shownMoment } from '#kernel/audit/moment'
import { audited, Input } from '#kernel/input'
import type { Shape } from '#kernel/shape'

/** What the trail keeps of a request: all members but `hidden` ones and those that are sensitive anyway. */
export function requestShown(
  members: Readonly<Record<string, Shape>>,
  hidden: readonly string[],
): (input: object) => Record<string, unknown> | null {
  const shown = new Input(Object.fromEntries(Object.entries(members).filter(([name]) => !hidden.includes(name))))
  return (input) => audited(shown, input as Record<string, unknown>)
}

/**
 * What the trail keeps of temporary credentials: whose they are and for how long. AWS keeps the session token too, which
 * signs nothing without the secret key; here whoever reads the trail gets nothing of what is presented with a request.
 */
export function credentialsShown({ Credentials }: { readonly Credentials: Credentials }): Record<string, unknown> {
  const { AccessKeyId, Expiration } = Credentials
  return { accessKeyId: AccessKeyId, ...(Expiration !== undefined && { expiration: shownMoment(Expiration) }) }
}

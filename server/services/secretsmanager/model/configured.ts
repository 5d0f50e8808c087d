/** The unique id of who makes a call: of a session, the role's. Root has the account's. Source: access.md 2. */
export function principalOf({ userId }: { readonly userId: string }): string {
  const colon = userId.indexOf(':')
  return colon < 0 ? userId : userId.slice(0, colon)
}

import type { Vault } from '#kernel/sealing/vault'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'

/**
 * The MACs of the rows that decide who may do what. Each row carries its own, over what it is and what it says; who writes a
 * row makes it, and who lets a row decide checks it.
 */

/** A row's table, what is authenticated of it, and how the log names it. */
interface Authenticated {
  readonly table: string
  readonly fields: readonly Field[]
  readonly name: string
}

/** The MAC to put into the row. */
export function macOf(vault: Vault, { table, fields }: Authenticated): Buffer {
  return rowMac(vault.macKey('iam/rows'), table, fields)
}

/** Throws RowForged for a row without the right MAC. */
export function check(vault: Vault, { table, fields, name }: Authenticated, mac: Uint8Array | null): void {
  checkRow(vault.macKey('iam/rows'), table, fields, mac, name)
}

/** Its secret is bound to its row by the encryption. */
export function keyRow(account: string, key: { readonly id: string; readonly owner: string; readonly status: string }) {
  return { table: 'iam_access_key', fields: [account, key.id, key.owner, key.status], name: key.id }
}

interface UserColumns {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly boundary: string | null
  readonly tags: string | null
}

export function userRow(account: string, { id, name, path, boundary, tags }: UserColumns): Authenticated {
  return { table: 'iam_user', fields: [account, id, name, path, boundary, tags], name: `user ${name}` }
}

export function inlineRow(account: string, owner: string, name: string, document: string): Authenticated {
  return {
    table: 'iam_inline_policy',
    fields: [account, owner, name, document],
    name: `policy ${name} of user ${owner}`,
  }
}

interface PolicyColumns {
  readonly id: string
  readonly arn: string
  readonly tags: string | null
  readonly default_version: number
  readonly last_version: number | null
}

/** The ARN has path and name in it. Rows from before there were several versions have no last one, and a MAC without it. */
export function policyRow(account: string, row: PolicyColumns): Authenticated {
  const { id, arn, tags, default_version, last_version } = row
  const fields = [account, id, arn, tags, default_version]
  return { table: 'iam_policy', fields: last_version === null ? fields : [...fields, last_version], name: arn }
}

export function versionRow(account: string, policy: string, version: number, document: string): Authenticated {
  return {
    table: 'iam_policy_version',
    fields: [account, policy, version, document],
    name: `version ${version} of policy ${policy}`,
  }
}

/** The policy stands here by its id: an attachment does not go over to a namesake. */
export function attachmentRow(account: string, owner: string, policy: string): Authenticated {
  return { table: 'iam_attachment', fields: [account, owner, policy], name: `policy ${policy} to user ${owner}` }
}

interface GroupColumns {
  readonly id: string
  readonly name: string
  readonly path: string
}

export function groupRow(account: string, { id, name, path }: GroupColumns): Authenticated {
  return { table: 'iam_group', fields: [account, id, name, path], name: `group ${name}` }
}

/** Both by id. */
export function memberRow(account: string, member: string, group: string): Authenticated {
  return { table: 'iam_member', fields: [account, member, group], name: `user ${member} in group ${group}` }
}

interface RoleColumns {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly trust: string
  readonly trust_principals: string
  readonly max_session: number
  readonly boundary: string | null
  readonly tags: string | null
  readonly linked_service: string | null
}

export function roleRow(account: string, row: RoleColumns): Authenticated {
  const { id, name, path, trust, trust_principals, max_session, boundary, tags, linked_service } = row
  const fields = [account, id, name, path, trust, trust_principals, max_session, boundary, tags, linked_service]
  return { table: 'iam_role', fields, name: `role ${name}` }
}

interface InstanceProfileColumns {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly role: string | null
  readonly tags: string | null
}

export function instanceProfileRow(account: string, row: InstanceProfileColumns): Authenticated {
  const { id, name, path, role, tags } = row
  return { table: 'iam_instance_profile', fields: [account, id, name, path, role, tags], name: `profile ${name}` }
}

interface LoginColumns {
  readonly owner: string
  /** Hexadecimal: what stands in a MAC is text. */
  readonly hash: string
  /** JSON of former hashes. */
  readonly former: string
  readonly reset_required: number
  readonly changed_at: number
}

export function loginRow(account: string, row: LoginColumns): Authenticated {
  const { owner, hash, former, reset_required, changed_at } = row
  return { table: 'iam_login', fields: [account, owner, hash, former, reset_required, changed_at], name: owner }
}

export function passwordPolicyRow(account: string, settings: string): Authenticated {
  return { table: 'iam_password_policy', fields: [account, settings], name: account }
}

interface ProviderColumns {
  readonly url: string
  readonly client_ids: string
  readonly thumbprints: string
  readonly tags: string | null
}

export function providerRow(account: string, { url, client_ids, thumbprints, tags }: ProviderColumns): Authenticated {
  return { table: 'iam_oidc_provider', fields: [account, url, client_ids, thumbprints, tags], name: url }
}

export function aliasRow(account: string, alias: string): Authenticated {
  return { table: 'iam_account_alias', fields: [account, alias], name: alias }
}

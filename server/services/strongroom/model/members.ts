/** The request members that our own operations have besides those of Secrets Manager, each declared once. */

/** A point in time: seconds since the epoch on the wire. */
export const Moment = { kind: 'timestamp' } as const

/** Words to search for. Who looks for where a leaked value is may paste it here: no record and no error shows it. */
export const Query = { kind: 'string', length: [1, 256], sensitive: true } as const
export const SearchIn = {
  kind: 'list',
  of: { kind: 'string', oneOf: ['name', 'tag', 'description', 'key'] },
  length: [1, 4],
} as const
/** How names of secrets begin: of the characters that they may have. */
export const NamePrefix = { kind: 'string', length: [1, 512], pattern: '[a-zA-Z0-9/_+=.@!\\-]+' } as const

/** What becomes of a secret that is there already. */
export const OnConflict = { kind: 'string', oneOf: ['Fail', 'Skip', 'Overwrite'] } as const

/** A version id, a staging label, or a time in ISO 8601. */
export const VersionOrTime = { kind: 'string', length: [1, 256] } as const

/** How names begin; empty: all of them. */
export const Prefix = { kind: 'string', length: [0, 512], pattern: '[a-zA-Z0-9/_+=.@!\\-]*' } as const
export const RestoreResults = { kind: 'integer', range: [1, 50] } as const

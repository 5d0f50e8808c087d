/**
 * One step of the schema. Forward only: never edited after it landed, never undone. `sql` holds statements separated by
 * `;` at line ends, valid on both engines (see storage.ts for the common dialect).
 */
export interface Migration {
  /** `secretsmanager/0001-secrets`: service, number, what. Applied in the order of main's list. */
  readonly name: string
  readonly sql: string
}

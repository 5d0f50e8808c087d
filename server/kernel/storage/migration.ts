/**
 * One step of the schema. Forward only: never edited after it landed, never undone. `sql` holds statements separated by
 * `;` at line ends, valid on both engines (see storage.ts for the common dialect).
 */
export interface Migration {
  /** `secretsmanager/0001-secrets`: service, number, what. Applied in the order of main's list. */
  readonly name: string
  readonly sql: string
}

/** The tables that are there after these migrations, in the order in which they were made. */
export function tablesOf(migrations: readonly Migration[]): readonly string[] {
  const tables = new Set<string>()
  const changes = /\b(create|drop|alter)\s+table\s+(?:if\s+(?:not\s+)?exists\s+)?(\w+)(?:\s+rename\s+to\s+(\w+))?/gi
  for (const { sql } of migrations)
    for (const [, verb = '', table = '', renamed] of sql.replace(/--.*$/gm, '').matchAll(changes)) {
      if (verb.toLowerCase() === 'create') tables.add(table)
      else if (verb.toLowerCase() === 'drop' || renamed !== undefined) tables.delete(table)
      if (renamed !== undefined) tables.add(renamed)
    }
  return [...tables]
}

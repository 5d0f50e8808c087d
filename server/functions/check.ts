import { FunctionFault } from './function.ts'

/** How long a check of the secret's owner (the key `rotationCheck`) may take. */
export const CHECK_MS = 5_000

/** A statement that may be run as a check; what does not begin like a question, or writes a file, is refused. */
export function readingOnly(statement: string): string {
  const asks = /^\s*(select|with|values|show|table)\b/i.test(statement)
  // wherever they stand: between the words there may be comments, and comments that MySQL runs
  if (asks && !(/into/i.test(statement) && /outfile|dumpfile/i.test(statement))) return statement
  throw new FunctionFault('rotationCheck must be a statement that reads: SELECT …', 'CheckFailed')
}

import { ApiError } from '#kernel/error'
import type { Cell } from './model/names.ts'
import type { Env } from './operation.ts'

/** Refuses code that does not fit into what the account may have. Source: Lambda quotas; assumed: the text. */
export async function checkCodeTotal(
  { functions, limits }: Pick<Env, 'functions' | 'limits'>,
  cell: Cell,
  more: number,
) {
  const { codeBytes } = await functions.usage(cell)
  if (codeBytes + more > limits.codeBytes)
    throw new ApiError('CodeStorageExceededException', 'Code storage limit exceeded.', 400)
}

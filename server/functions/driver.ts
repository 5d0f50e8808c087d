import { FunctionFault } from './function.ts'

/** The package of a driver, which may not be installed: a fault says which one, and what for. */
export async function driver<T>(name: string, databases: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new FunctionFault(
      `The package ${name}, which rotation on ${databases} needs, is not installed beside the server`,
      'Runtime.ImportModuleError',
    )
  }
}

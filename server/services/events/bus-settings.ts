import { unsupported } from './model/refusals.ts'

interface Settings {
  readonly KmsKeyIdentifier?: string | undefined
  readonly LogConfig?: { readonly Level?: string | undefined } | undefined
}

/**
 * Refuses what a bus cannot have here: events are encrypted by the server's own seal, and how they fare is told by metrics and the
 * archive of failed deliveries. Nobody is to believe that a setting works which does not.
 */
export function checkSettings({ KmsKeyIdentifier, LogConfig }: Settings): void {
  if (KmsKeyIdentifier) throw unsupported('KmsKeyIdentifier')
  if (LogConfig?.Level !== undefined && LogConfig.Level !== 'OFF') throw unsupported('LogConfig')
}

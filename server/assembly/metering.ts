import type { MeterSource } from '#kernel/metering/census'
import { meteredKeys } from '../services/kms/metered.ts'
import { meteredSecrets } from '../services/secretsmanager/metered.ts'
import { meteredParameters } from '../services/ssm/metered.ts'

/** All that is billed by the hour. The order is kept in jobs: new ones go to the end. */
export const meterSources: readonly MeterSource[] = [meteredSecrets, meteredParameters, meteredKeys]

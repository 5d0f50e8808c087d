import { faultsOf } from './faults.ts'

faultsOf('cloudtrail')
faultsOf('cloudwatch')

import { faultsOf } from './faults.ts'

faultsOf('iam', [2, 2])

import { faultsOf } from './faults.ts'

faultsOf('iam', [1, 2])

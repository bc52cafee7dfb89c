export { type FibQuery, lookup, type RouteResult } from './fib.js'
export { makeFib } from './oracle.js'
export { masqueradeAddress, redirectAddress, sourceAddress } from './source.js'
export { rpFilter, type Validation } from './validate.js'

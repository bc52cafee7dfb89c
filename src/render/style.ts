/** The one place that knows colours. Meaning never rests on them: without colour every function is the identity. */
import { Chalk } from 'chalk'
import type { TraceStyle } from './trace.js'

export const colorStyle = (): TraceStyle => {
  const chalk = new Chalk({ level: 1 })
  return { good: chalk.green, bad: chalk.red, unsure: chalk.yellow, dim: chalk.dim, bold: chalk.bold, change: chalk.cyan }
}

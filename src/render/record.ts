/** What `record` prints: the plan of a dry run, and what a recording holds and leaves out. */
import type { PlannedCommand, Recorded } from '../evidence/recorded.js'
import { escapeHost } from '../view/escape.js'

const word = (text: string): string => (/^[\w@%+=:,./<>…-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

export const renderDryRun = (planned: readonly PlannedCommand[]): string => {
  let where = ''
  const lines = planned.flatMap((one) => {
    const head = one.where === where ? [] : [`${where === '' ? '' : '\n'}in ${one.where}:`]
    where = one.where
    return [...head, `  ${escapeHost(one.argv.map(word).join(' '))}${one.when === null ? '' : `    # if ${one.when}`}`]
  })
  return `${lines.join('\n')}\n`
}

export const renderRecorded = (recorded: Recorded): string => {
  const outcomes = Object.entries(recorded.outcomes).map(([name, count]) => `${count} ${name}`)
  const left = recorded.redactions.map((one) => `  ${one.where === '' ? '' : `${escapeHost(one.where)}: `}${escapeHost(one.what)}`)
  return [
    `recorded into ${escapeHost(recorded.folder)}: ${recorded.namespaces} network namespaces, ${recorded.commands} commands (${outcomes.join(', ')})`,
    ...(left.length > 0 ? ['left out or replaced:', ...left] : []),
    `try: netmap --from ${escapeHost(recorded.folder)}`,
    '',
  ].join('\n')
}

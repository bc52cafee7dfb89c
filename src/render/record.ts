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

/** host.json holds the whole list; here the first few are enough to know what kind of thing it is. */
const shorten = (what: string): string => (what.length <= 100 ? what : `${what.slice(0, what.lastIndexOf(',', 100))}, …`)

export const renderRecorded = (recorded: Recorded): string => {
  const outcomes = Object.entries(recorded.outcomes).map(([name, count]) => `${count} ${name}`)
  const left = recorded.redactions.map((one) => `  ${escapeHost(one.where)}: ${one.count} ${escapeHost(shorten(one.what))}`)
  return [
    `recorded into ${escapeHost(recorded.folder)}: ${recorded.namespaces} network namespaces, ${recorded.commands} commands (${outcomes.join(', ')})`,
    ...(left.length > 0 ? ['left out or replaced:', ...left] : []),
    `try: netmap --from ${escapeHost(recorded.folder)}`,
    '',
  ].join('\n')
}

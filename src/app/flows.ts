/** `trace --flows FILE`: many questions, one host, answers as NDJSON in the same order. A question that cannot be asked is answered with its error. */
import { readLines } from '../host/lines.js'
import { exitCodeOf } from '../query/trace/answer.js'
import { trace } from '../query/trace/index.js'
import { isObject, parseJson } from '../evidence/json.js'
import { escapeJson } from '../view/escape.js'
import { EXIT, failureOf } from './errors.js'
import { type LoadOptions, loadGraph } from './load.js'
import { questionOf, type TraceFlags } from './trace.js'

/** `FROM TO`, or `{"from":"web","to":"db:5432","proto":"tcp"}` with the flags of `trace` as keys. */
const flagsOf = (line: string): TraceFlags => {
  if (line.startsWith('{')) {
    const parsed = parseJson(line)
    if (parsed.ok && isObject(parsed.value)) return parsed.value as unknown as TraceFlags
  }
  const [from, to] = line.trim().split(/\s+/)
  return { from, to }
}

/** The exit code: 2 where a question could not be asked, else the worst answer (cannot tell before no). */
export const traceFlows = async (file: string, options: LoadOptions, print: (line: string) => void): Promise<number> => {
  const graph = await loadGraph(options, { kind: 'everything' })
  const codes = new Set<number>()
  for (const line of readLines(file)) {
    if (line.trim() === '') continue
    let document: unknown
    try {
      const answer = trace(graph, questionOf(flagsOf(line)))
      codes.add(exitCodeOf(answer))
      document = answer
    } catch (error) {
      const { exit, code, message, suggestions } = failureOf(error)
      if (exit === EXIT.bug) throw error
      codes.add(exit)
      document = { error: { code, message, suggestions }, line }
    }
    print(`${escapeJson(JSON.stringify(document))}\n`)
  }
  return [EXIT.usage, EXIT.cannotTell, EXIT.no].find((code) => codes.has(code)) ?? EXIT.yes
}
